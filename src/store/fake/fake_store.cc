#include "store/fake/fake_store.h"

#include <algorithm>

#include "store/store_rules.h"

namespace pinlake {
namespace {

std::string Range(const std::string& body, uint64_t first, std::optional<uint64_t> size) {
  if (first >= body.size()) return {};
  return body.substr(first, size.value_or(std::string::npos));
}

}  // namespace

std::string_view Name(StoreOperation operation) {
  switch (operation) {
    case StoreOperation::kPutIfAbsent:
      return "put if absent";
    case StoreOperation::kPut:
      return "put";
    case StoreOperation::kHead:
      return "head";
    case StoreOperation::kGet:
      return "get";
    case StoreOperation::kList:
      return "list";
    case StoreOperation::kDelete:
      return "delete";
    case StoreOperation::kCreateMultipart:
      return "create multipart";
    case StoreOperation::kUploadPart:
      return "upload part";
    case StoreOperation::kCompleteMultipart:
      return "complete multipart";
    case StoreOperation::kAbortMultipart:
      return "abort multipart";
    case StoreOperation::kListMultiparts:
      return "list multiparts";
    case StoreOperation::kCheckReachable:
      return "check reachable";
  }
  return "?";
}

template <typename T>
Result<T> FakeStore::Run(StoreOperation operation, const std::string& key, bool changes,
                         std::function<Result<T>()> deed) {
  Decide decide;
  StoreCall call{operation, key, 0};
  {
    std::lock_guard lock(mutex_);
    decide = decide_;
    call.number = calls_++;
  }
  const StoreFault fault = decide ? decide(call) : StoreFault::kNone;
  const ErrorKind lost = changes ? ErrorKind::kUnknownOutcome : ErrorKind::kUnavailable;
  std::lock_guard lock(mutex_);
  switch (fault) {
    case StoreFault::kNone:
      return deed();
    case StoreFault::kUnavailable:
      return Fail(ErrorKind::kUnavailable, "{} {}: fault: 500", Name(operation), key);
    case StoreFault::kThrottled:
      return Fail(ErrorKind::kThrottled, "{} {}: fault: SlowDown", Name(operation), key);
    case StoreFault::kConflict:
      return Fail(ErrorKind::kConflict, "{} {}: fault: 409", Name(operation), key);
    case StoreFault::kUnknownNotDone:
      return Fail(lost, "{} {}: fault: no answer", Name(operation), key);
    case StoreFault::kUnknownDone:
      static_cast<void>(deed());
      return Fail(lost, "{} {}: fault: no answer", Name(operation), key);
    case StoreFault::kUnknownLate:
      if (changes) late_.push_back([deed = std::move(deed)] { static_cast<void>(deed()); });
      return Fail(lost, "{} {}: fault: no answer", Name(operation), key);
  }
  return Fail(ErrorKind::kInternal, "unknown fault");
}

void FakeStore::SetFaults(Decide decide) {
  std::lock_guard lock(mutex_);
  decide_ = std::move(decide);
}

size_t FakeStore::DeliverLate(size_t count) {
  std::lock_guard lock(mutex_);
  count = std::min(count, late_.size());
  for (size_t i = 0; i < count; ++i) late_[i]();
  late_.erase(late_.begin(), late_.begin() + static_cast<std::ptrdiff_t>(count));
  return count;
}

size_t FakeStore::late() const {
  std::lock_guard lock(mutex_);
  return late_.size();
}

uint64_t FakeStore::calls() const {
  std::lock_guard lock(mutex_);
  return calls_;
}

uint64_t FakeStore::writes(const ObjectKey& key) const {
  std::lock_guard lock(mutex_);
  const auto at = writes_.find(key.value());
  return at == writes_.end() ? 0 : at->second;
}

std::vector<std::pair<std::string, std::string>> FakeStore::TagsOf(const ObjectKey& key) const {
  std::lock_guard lock(mutex_);
  const auto at = objects_.find(key.value());
  if (at == objects_.end()) return {};
  return at->second.options.tags;
}

void FakeStore::Overwrite(const ObjectKey& key, std::string body, ObjectMetadata metadata) {
  std::lock_guard lock(mutex_);
  static_cast<void>(Store(key, std::move(body), {.metadata = std::move(metadata)}, false));
}

Result<PutAnswer> FakeStore::Store(const ObjectKey& key, std::string body,
                                   const PutOptions& options, bool if_absent) {
  if (if_absent && !conditional_) {
    return Fail(ErrorKind::kUnsupported, "{}: no conditional put", Describe());
  }
  if (if_absent && objects_.contains(key.value())) return ObjectIsThere(key, Describe());
  Object object{std::move(body), options, fmt::format("e{}", next_id_++), clock_.WallMs()};
  PutAnswer answer{object.etag};
  objects_[key.value()] = std::move(object);
  ++writes_[key.value()];
  return answer;
}

Result<PutAnswer> FakeStore::PutAs(StoreOperation operation, const ObjectKey& key,
                                   std::string_view body, const PutOptions& options) {
  RETURN_IF_ERROR(CheckObjectKey(key));
  RETURN_IF_ERROR(CheckPutOptions(options));
  const bool if_absent = operation == StoreOperation::kPutIfAbsent;
  return Run<PutAnswer>(operation, key.value(), true,
                        [this, key, text = std::string(body), options, if_absent] {
                          return Store(key, text, options, if_absent);
                        });
}

Result<PutAnswer> FakeStore::PutIfAbsent(const ObjectKey& key, std::string_view body,
                                         const PutOptions& options) {
  return PutAs(StoreOperation::kPutIfAbsent, key, body, options);
}

Result<PutAnswer> FakeStore::Put(const ObjectKey& key, std::string_view body,
                                 const PutOptions& options) {
  return PutAs(StoreOperation::kPut, key, body, options);
}

Result<ObjectInfo> FakeStore::Head(const ObjectKey& key) {
  RETURN_IF_ERROR(CheckObjectKey(key));
  return Run<ObjectInfo>(StoreOperation::kHead, key.value(), false, [&]() -> Result<ObjectInfo> {
    const auto at = objects_.find(key.value());
    if (at == objects_.end()) return NoSuchObject(key, Describe());
    const Object& o = at->second;
    return ObjectInfo{key, o.body.size(), o.etag, o.modified_ms, o.options.metadata};
  });
}

Result<std::string> FakeStore::Get(const ObjectKey& key, uint64_t first,
                                   std::optional<uint64_t> size) {
  RETURN_IF_ERROR(CheckObjectKey(key));
  return Run<std::string>(StoreOperation::kGet, key.value(), false, [&]() -> Result<std::string> {
    const auto at = objects_.find(key.value());
    if (at == objects_.end()) return NoSuchObject(key, Describe());
    return Range(at->second.body, first, size);
  });
}

Result<ListPage> FakeStore::List(std::string_view prefix,
                                 const std::optional<ObjectKey>& start_after, size_t limit) {
  limit = std::clamp<size_t>(limit, 1, kListLimitMax);
  return Run<ListPage>(
      StoreOperation::kList, std::string(prefix), false, [&]() -> Result<ListPage> {
        ListPage page;
        auto at = objects_.lower_bound(std::string(prefix));
        if (start_after && start_after->value() >= prefix)
          at = objects_.upper_bound(start_after->value());
        for (; at != objects_.end() && at->first.starts_with(prefix); ++at) {
          if (page.objects.size() == limit) {
            page.more_after = page.objects.back().key;
            break;
          }
          const Object& o = at->second;
          page.objects.push_back({ObjectKey(at->first), o.body.size(), o.etag, o.modified_ms, {}});
        }
        return page;
      });
}

Status FakeStore::Delete(const ObjectKey& key) {
  RETURN_IF_ERROR(CheckObjectKey(key));
  return Run<void>(StoreOperation::kDelete, key.value(), true, [this, key]() -> Status {
    objects_.erase(key.value());
    return {};
  });
}

Result<MultipartUpload> FakeStore::CreateMultipart(const ObjectKey& key,
                                                   const PutOptions& options) {
  RETURN_IF_ERROR(CheckObjectKey(key));
  RETURN_IF_ERROR(CheckPutOptions(options));
  return Run<MultipartUpload>(
      StoreOperation::kCreateMultipart, key.value(), true,
      [this, key, options]() -> Result<MultipartUpload> {
        Upload upload{{key, fmt::format("u{}", next_id_++), clock_.WallMs()}, options, {}};
        MultipartUpload what = upload.what;
        uploads_[what.upload_id] = std::move(upload);
        return what;
      });
}

Result<UploadedPart> FakeStore::UploadPart(const MultipartUpload& upload, int32_t number,
                                           std::string_view body) {
  if (number < 1 || number > kPartNumberMax) {
    return Fail(ErrorKind::kInvalidArgument, "part number {} is not 1 to {}", number,
                kPartNumberMax);
  }
  return Run<UploadedPart>(
      StoreOperation::kUploadPart, upload.key.value(), true,
      [this, upload, number, text = std::string(body)]() -> Result<UploadedPart> {
        const auto at = uploads_.find(upload.upload_id);
        if (at == uploads_.end()) {
          return Fail(ErrorKind::kNotFound, "upload {} of {}: not there", upload.upload_id,
                      upload.key.value());
        }
        Object part{text, {}, fmt::format("e{}", next_id_++), clock_.WallMs()};
        UploadedPart done{number, part.etag};
        at->second.parts[number] = std::move(part);
        return done;
      });
}

Result<PutAnswer> FakeStore::Complete(const MultipartUpload& upload,
                                      const std::vector<UploadedPart>& parts, bool if_absent) {
  const auto at = uploads_.find(upload.upload_id);
  if (at == uploads_.end()) {
    return Fail(ErrorKind::kNotFound, "upload {} of {}: not there", upload.upload_id,
                upload.key.value());
  }
  std::string body;
  for (const UploadedPart& part : parts) {
    const auto stored = at->second.parts.find(part.number);
    if (stored == at->second.parts.end() || stored->second.etag != part.etag) {
      return Fail(ErrorKind::kInvalidArgument, "upload {} of {}: part {} is not there",
                  upload.upload_id, upload.key.value(), part.number);
    }
    body += stored->second.body;
  }
  auto answer = Store(upload.key, std::move(body), at->second.options, if_absent);
  if (answer) uploads_.erase(at);
  return answer;
}

Result<PutAnswer> FakeStore::CompleteMultipart(const MultipartUpload& upload,
                                               const std::vector<UploadedPart>& parts,
                                               bool if_absent) {
  RETURN_IF_ERROR(CheckParts(parts));
  return Run<PutAnswer>(
      StoreOperation::kCompleteMultipart, upload.key.value(), true,
      [this, upload, parts, if_absent] { return Complete(upload, parts, if_absent); });
}

Status FakeStore::AbortMultipart(const MultipartUpload& upload) {
  return Run<void>(StoreOperation::kAbortMultipart, upload.key.value(), true,
                   [this, id = upload.upload_id]() -> Status {
                     uploads_.erase(id);
                     return {};
                   });
}

Result<std::vector<MultipartUpload>> FakeStore::ListMultiparts(std::string_view prefix) {
  using Uploads = std::vector<MultipartUpload>;
  return Run<Uploads>(StoreOperation::kListMultiparts, std::string(prefix), false,
                      [&]() -> Result<Uploads> {
                        Uploads found;
                        for (const auto& [id, upload] : uploads_) {
                          if (upload.what.key.value().starts_with(prefix))
                            found.push_back(upload.what);
                        }
                        return found;
                      });
}

Status FakeStore::CheckReachable() {
  return Run<void>(StoreOperation::kCheckReachable, "", false, []() -> Status { return {}; });
}

}  // namespace pinlake
