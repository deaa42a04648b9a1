#include "query/raw_objects.h"

#include <fmt/format.h>

#include <algorithm>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include "codec/gunzip.h"

namespace pinlake {
namespace {

constexpr size_t kReaders = 8;
constexpr size_t kAheadMax = 64;
constexpr uint64_t kAheadBytesMax = uint64_t{32} << 20;
/// Larger objects are read piece by piece.
constexpr uint64_t kPieceBytes = uint64_t{8} << 20;
constexpr size_t kWriteBytes = 1 << 20;

/// Appends to a file and looks at each of its lines.
class LineFile {
 public:
  LineFile(std::unique_ptr<WriteFile> file, SpilledTopic& spilled)
      : file_(std::move(file)), spilled_(spilled) {}

  Status Add(std::string_view text) {
    size_t from = 0;
    for (size_t end = text.find('\n'); end != text.npos; end = text.find('\n', from)) {
      line_ += text.substr(from, end - from);
      RETURN_IF_ERROR(EndLine());
      from = end + 1;
    }
    line_ += text.substr(from);
    return {};
  }
  /// An object whose last line lacks its end gets it.
  Status EndObject() {
    if (!line_.empty()) RETURN_IF_ERROR(EndLine());
    ++spilled_.objects;
    lines_ = 0;
    return {};
  }
  Status Flush() {
    RETURN_IF_ERROR(file_->WriteAt(spilled_.bytes, buffer_));
    spilled_.bytes += buffer_.size();
    buffer_.clear();
    return {};
  }

 private:
  Status EndLine() {
    ++lines_;
    const auto value = JsonDocument::Parse(std::exchange(line_, {}));
    if (!value) {
      return Fail(ErrorKind::kCorruption, "line {}: {}", lines_, value.error().message());
    }
    // Written anew: DuckDB refuses an object that has a member twice; here the last one counts.
    const size_t start = buffer_.size();
    value->root().AppendTo(&buffer_);
    buffer_ += '\n';
    spilled_.line_bytes_max = std::max<uint64_t>(spilled_.line_bytes_max, buffer_.size() - start);
    spilled_.shape.Add(value->root());
    return buffer_.size() >= kWriteBytes ? Flush() : Status();
  }

  std::unique_ptr<WriteFile> file_;
  SpilledTopic& spilled_;
  std::string buffer_;
  std::string line_;
  uint64_t lines_ = 0;
};

/// Reads small objects ahead, several at once, and hands them over in order.
class ReadAhead {
 public:
  ReadAhead(ObjectStore& store, const std::vector<ObjectInfo>& objects, std::stop_token stop)
      : store_(store), objects_(objects), done_(objects.size()) {
    stop_callback_.emplace(stop, [this] { Stop(); });
    const size_t readers = std::min(kReaders, objects.size());
    for (size_t i = 0; i < readers; ++i) threads_.emplace_back([this] { Work(); });
  }
  ~ReadAhead() { Stop(); }

  /// The object number \p index; each is taken once, in order.
  Result<std::string> Take(size_t index) {
    std::unique_lock lock(mutex_);
    filled_.wait(lock, [&] { return stopped_ || done_[index].has_value(); });
    if (!done_[index]) return Fail(ErrorKind::kCancelled, "stopped while reading objects");
    Result<std::string> body = std::move(*done_[index]);
    done_[index].reset();
    taken_ = index + 1;
    ahead_bytes_ -= objects_[index].size;
    room_.notify_all();
    return body;
  }

 private:
  void Stop() {
    std::lock_guard lock(mutex_);
    stopped_ = true;
    room_.notify_all();
    filled_.notify_all();
  }

  bool HasRoom() const {
    if (next_ == taken_) return true;
    return next_ - taken_ < kAheadMax && ahead_bytes_ + objects_[next_].size <= kAheadBytesMax;
  }

  std::optional<size_t> Claim() {
    std::unique_lock lock(mutex_);
    room_.wait(lock, [&] { return stopped_ || next_ == objects_.size() || HasRoom(); });
    if (stopped_ || next_ == objects_.size()) return std::nullopt;
    ahead_bytes_ += objects_[next_].size;
    return next_++;
  }

  void Work() {
    while (const auto index = Claim()) {
      auto body = store_.Get(objects_[*index].key);
      std::lock_guard lock(mutex_);
      done_[*index].emplace(std::move(body));
      filled_.notify_all();
    }
  }

  ObjectStore& store_;
  const std::vector<ObjectInfo>& objects_;
  std::mutex mutex_;
  std::condition_variable room_, filled_;
  std::vector<std::optional<Result<std::string>>> done_;
  size_t next_ = 0;
  size_t taken_ = 0;
  uint64_t ahead_bytes_ = 0;
  bool stopped_ = false;
  std::optional<std::stop_callback<std::function<void()>>> stop_callback_;
  std::vector<std::jthread> threads_;
};

bool IsGzip(const ObjectKey& key) { return key.value().ends_with(".json.gz"); }

/// Adds one object's text to the file, through gunzip if it needs it. Errors name the object.
class ObjectText {
 public:
  ObjectText(const ObjectKey& key, LineFile& file) : key_(key), file_(file) {
    if (IsGzip(key)) gunzip_.emplace();
  }
  Status Add(std::string_view piece) {
    if (!gunzip_) return Named(file_.Add(piece));
    std::string text;
    RETURN_IF_ERROR(Named(gunzip_->Add(piece, &text)));
    return Named(file_.Add(text));
  }
  Status Finish() {
    if (gunzip_) RETURN_IF_ERROR(Named(gunzip_->Finish()));
    return Named(file_.EndObject());
  }

 private:
  Status Named(Status status) const {
    if (!status) return Fail(std::move(status).error().In(key_.value()));
    return status;
  }

  const ObjectKey& key_;
  LineFile& file_;
  std::optional<Gunzip> gunzip_;
};

Status CopyLarge(ObjectStore& store, const ObjectInfo& object, LineFile& file,
                 std::stop_token stop) {
  ObjectText text(object.key, file);
  for (uint64_t at = 0; at < object.size; at += kPieceBytes) {
    if (stop.stop_requested()) return Fail(ErrorKind::kCancelled, "stopped while reading objects");
    ASSIGN_OR_RETURN(const std::string piece, store.Get(object.key, at, kPieceBytes));
    RETURN_IF_ERROR(text.Add(piece));
  }
  return text.Finish();
}

/// One list page's objects into the file.
Status CopyObjects(ObjectStore& store, const std::vector<ObjectInfo>& objects, LineFile& file,
                   std::stop_token stop) {
  std::vector<ObjectInfo> small;
  for (const auto& object : objects) {
    if (object.size <= kPieceBytes) small.push_back(object);
  }
  ReadAhead ahead(store, small, stop);
  size_t next_small = 0;
  for (const auto& object : objects) {
    if (object.size > kPieceBytes) {
      RETURN_IF_ERROR(CopyLarge(store, object, file, stop));
      continue;
    }
    ASSIGN_OR_RETURN(const std::string body, ahead.Take(next_small++));
    ObjectText text(object.key, file);
    RETURN_IF_ERROR(text.Add(body));
    RETURN_IF_ERROR(text.Finish());
  }
  return {};
}

/// The value objects among \p page. kUnsupported: one whose format can't be read here.
Result<std::vector<ObjectInfo>> ValueObjects(const ListPage& page, const ObjectNaming& naming,
                                             const TopicName& topic) {
  std::vector<ObjectInfo> values;
  for (const auto& object : page.objects) {
    bool known = false;
    for (const std::string extension :
         {".json", ".json.gz", ".avro", ".parquet", ".bin", ".bin.gz"}) {
      ObjectNaming read_naming = naming;
      read_naming.value_extension = extension;
      const auto name = ParseObjectKey(read_naming, object.key, topic);
      if (!name || name->kind != ObjectKind::kValue) continue;
      if (!extension.starts_with(".json")) {
        return Fail(ErrorKind::kUnsupported,
                    "{} is not JSON; this version queries raw objects of JsonFormat only",
                    object.key.value());
      }
      known = true;
      break;
    }
    if (known) values.push_back(object);
  }
  return values;
}

Status CopyTopic(ObjectStore& store, const ObjectNaming& naming, const TopicName& topic,
                 LineFile& file, std::stop_token stop) {
  std::optional<ObjectKey> after;
  do {
    if (stop.stop_requested()) return Fail(ErrorKind::kCancelled, "stopped while reading objects");
    ASSIGN_OR_RETURN(const ListPage page, store.List(TopicPrefix(naming, topic), after));
    ASSIGN_OR_RETURN(const auto values, ValueObjects(page, naming, topic));
    RETURN_IF_ERROR(CopyObjects(store, values, file, stop));
    after = page.more_after;
  } while (after);
  return file.Flush();
}

}  // namespace

Result<std::vector<TopicName>> ListRawTopics(ObjectStore& store, const ObjectNaming& naming,
                                             std::stop_token stop) {
  const std::string& delim = naming.directory_delim;
  const std::string prefix = naming.topics_dir.empty() ? "" : naming.topics_dir + delim;
  std::vector<TopicName> topics;
  std::optional<ObjectKey> after;
  for (;;) {
    if (stop.stop_requested()) return Fail(ErrorKind::kCancelled, "stopped while listing topics");
    ASSIGN_OR_RETURN(const ListPage page, store.List(prefix, after, 1));
    if (page.objects.empty()) return topics;
    const std::string& key = page.objects[0].key.value();
    const auto end = key.find(delim, prefix.size());
    if (end == key.npos) {
      after = page.objects[0].key;
      continue;
    }
    const auto name = key.substr(prefix.size(), end - prefix.size());
    // Our own records of cuts lie beside the topics.
    if (!name.starts_with("_pinlake")) topics.emplace_back(name);
    // Past everything of this topic: the first key that does not begin with its prefix.
    std::string past = key.substr(0, end) + delim;
    ++past.back();
    after = ObjectKey(std::move(past));
  }
}

Result<SpilledTopic> SpillTopic(ObjectStore& store, const ObjectNaming& naming,
                                const TopicName& topic, const Path& path, Disk& disk,
                                std::stop_token stop) {
  SpilledTopic spilled;
  spilled.path = path;
  ASSIGN_OR_RETURN(auto created, disk.CreateNew(path));
  LineFile file(std::move(created), spilled);
  auto status = CopyTopic(store, naming, topic, file, std::move(stop));
  if (status) return spilled;
  (void)disk.Remove(path);
  return Fail(std::move(status).error().In("read the objects of " + topic.value()));
}

}  // namespace pinlake
