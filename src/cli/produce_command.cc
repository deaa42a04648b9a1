#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <condition_variable>
#include <cstdio>
#include <cstring>
#include <mutex>

#include "cli/commands.h"
#include "cli/log_access.h"
#include "cli/pipeline.h"
#include "cli/signals.h"
#include "tools/line_reader.h"
#include "tools/name_values.h"

namespace pinlake {
namespace {

/// A longer line is refused; no log takes such a record.
constexpr size_t kLineBytesMax = 64 << 20;
/// Lines that wait for their acknowledgement; reading waits beyond it.
constexpr size_t kUnacknowledgedMax = 10'000;

struct Flags {
  std::string topic;
  std::optional<std::string> log_dir, bootstrap_server, config_file;
  std::vector<std::string> properties, producer_properties;
  bool sync = false;
};

const OptionTable<Flags>& Table() {
  using C = Flags;
  static const OptionTable<C> table{
      {.name = "topic", .field = Text(&C::topic, 1), .doc = "Topic to append to; it exists."},
      {.name = "property",
       .field = Repeated(&C::properties),
       .doc = "name=value: how a line is read; the names are below."},
      {.name = "sync",
       .field = Bool(&C::sync),
       .fallback = "false",
       .doc = "Wait for each record's acknowledgement before the next line."},
      {.name = "log-dir",
       .field = Text(&C::log_dir, 1),
       .doc = "Directory of the embedded log; else the pipeline's."},
      {.name = "bootstrap-server",
       .field = Text(&C::bootstrap_server, 1),
       .doc = "Append to Kafka: brokers as host:port, one or several.",
       .aliases = {"broker-list"}},
      {.name = "producer.config",
       .field = Text(&C::config_file, 1),
       .doc = "With --bootstrap-server: properties of the Kafka client.",
       .aliases = {"command-config"}},
      {.name = "producer-property",
       .field = Repeated(&C::producer_properties),
       .doc = "name=value: one more property of the Kafka client."},
      {.name = "request-required-acks",
       .ignored = "every record is acknowledged by all replicas in sync (-1)"},
  };
  return table;
}

/// Standard input by lines; gives up waiting when asked to stop.
class InputLines {
 public:
  explicit InputLines(std::stop_token stop) : stop_(std::move(stop)) {}

  /// None at the end, or when asked to stop. A last line without its end counts.
  Result<std::optional<std::string>> Next() {
    while (true) {
      const size_t end = buffer_.find('\n', searched_);
      if (end != std::string::npos) return Take(end, end + 1);
      searched_ = buffer_.size();
      if (buffer_.size() - begin_ > kLineBytesMax) {
        return Fail(ErrorKind::kInvalidArgument, "a line is longer than {} bytes", kLineBytesMax);
      }
      ASSIGN_OR_RETURN(const bool more, Fill());
      if (more) continue;
      if (stop_.stop_requested() || begin_ == buffer_.size()) return std::optional<std::string>();
      return Take(buffer_.size(), buffer_.size());
    }
  }

 private:
  std::optional<std::string> Take(size_t end, size_t next) {
    std::string line = buffer_.substr(begin_, end - begin_);
    if (!line.empty() && line.back() == '\r') line.pop_back();
    begin_ = searched_ = next;
    return line;
  }

  Result<bool> Fill() {
    buffer_.erase(0, begin_);
    searched_ -= begin_;
    begin_ = 0;
    while (!stop_.stop_requested()) {
      pollfd input{.fd = STDIN_FILENO, .events = POLLIN, .revents = 0};
      if (::poll(&input, 1, 100) <= 0) continue;
      char bytes[1 << 16];
      const ssize_t count = ::read(STDIN_FILENO, bytes, sizeof bytes);
      if (count > 0) buffer_.append(bytes, static_cast<size_t>(count));
      if (count >= 0) return count > 0;
      if (errno != EINTR && errno != EAGAIN) {
        return Fail(ErrorKind::kInvalidArgument, "read standard input: {}", std::strerror(errno));
      }
    }
    return false;
  }

  std::stop_token stop_;
  std::string buffer_;
  size_t begin_ = 0, searched_ = 0;
};

/// Appends lines and counts what is not answered yet. Its answers come from other threads.
class Sender {
 public:
  Sender(EventLog& log, TopicName topic, size_t unanswered_max)
      : log_(log), topic_(std::move(topic)), unanswered_max_(unanswered_max) {}

  void Send(const LineRecord& line, int64_t number) {
    auto owned = std::make_shared<Owned>();
    owned->line = line;
    for (const auto& [key, value] : owned->line.headers)
      owned->headers.push_back({key, value ? MaybeBytes(*value) : MaybeBytes()});
    RecordBatch batch;
    batch.records.push_back(
        {.key = owned->line.key ? MaybeBytes(*owned->line.key) : MaybeBytes(),
         .value = owned->line.value ? MaybeBytes(*owned->line.value) : MaybeBytes(),
         .headers = owned->headers});
    batch.owner = owned;
    std::unique_lock lock(mutex_);
    answered_.wait(lock, [&] { return unanswered_ < unanswered_max_; });
    ++unanswered_;
    lock.unlock();
    log_.Append(topic_, std::move(batch),
                [this, number](auto results) { OnDone(number, results); });
    if (unanswered_max_ == 1) WaitForAll();
  }

  void WaitForAll() {
    std::unique_lock lock(mutex_);
    answered_.wait(lock, [&] { return unanswered_ == 0; });
  }

  /// The first one.
  std::optional<Error> error() {
    const std::lock_guard lock(mutex_);
    return error_;
  }

 private:
  struct Owned {
    LineRecord line;
    std::vector<HeaderView> headers;
  };

  void OnDone(int64_t number, const std::vector<Result<Appended>>& results) {
    const std::lock_guard lock(mutex_);
    for (const auto& result : results)
      if (!result && !error_) error_ = Error(result.error()).In(fmt::format("line {}", number));
    --unanswered_;
    answered_.notify_all();
  }

  EventLog& log_;
  TopicName topic_;
  size_t unanswered_max_;
  std::mutex mutex_;
  std::condition_variable answered_;
  size_t unanswered_ = 0;
  std::optional<Error> error_;
};

/// Up to the end of the input or the first error.
Status SendLines(Sender& sender, const LineFormat& format, InputLines& lines) {
  const bool person = ::isatty(STDIN_FILENO) != 0;
  for (int64_t number = 1; !sender.error(); ++number) {
    if (person) std::fputs(">", stdout), std::fflush(stdout);
    ASSIGN_OR_RETURN(const auto line, lines.Next());
    if (!line) break;
    ASSIGN_OR_RETURN(const LineRecord record, ReadLine(format, *line, number));
    sender.Send(record, number);
  }
  return {};
}

Status Produce(EventLog& log, const Flags& flags, const LineFormat& format, std::stop_token stop) {
  const TopicName topic(flags.topic);
  RETURN_IF_ERROR(log.DescribeTopic(topic));
  Sender sender(log, topic, flags.sync ? 1 : kUnacknowledgedMax);
  InputLines lines(std::move(stop));
  const Status read = SendLines(sender, format, lines);
  sender.WaitForAll();
  if (const auto error = sender.error()) return Fail(Error(*error));
  return read;
}

Result<LineFormat> FormatOf(const Flags& flags) {
  ASSIGN_OR_RETURN(const ConfigEntries properties, NameValues("--property", flags.properties));
  ASSIGN_OR_RETURN(auto format, LineFormatTable().Parse(properties));
  return format.config;
}

int Run(const CommandCall& call) {
  const std::stop_token stop = StopOnSignals();
  const auto parsed = Table().Parse(call.flags);
  if (!parsed) return WrongUsage(call, parsed.error());
  LogWarnings(parsed->warnings);
  const Flags& flags = parsed->config;
  const auto format = FormatOf(flags);
  if (!format) return WrongUsage(call, format.error());
  const LogFlags log_flags{.log_dir = flags.log_dir,
                           .bootstrap_server = flags.bootstrap_server,
                           .command_config = flags.config_file,
                           .properties = flags.producer_properties};
  auto opened = OpenLogOf(call, log_flags, true);
  if (!opened) {
    return opened.error().kind() == ErrorKind::kInvalidArgument ? WrongUsage(call, opened.error())
                                                                : Failed(call, opened.error());
  }
  const Status done = Produce(*opened->log, flags, *format, stop);
  opened->log->Close();
  return done ? 0 : Failed(call, done.error());
}

const std::string& Details() {
  static const std::string text =
      "The flags and properties are those of kafka-console-producer.sh. Ends with the input, or at "
      "the first record\nthat is refused; its line is named then, and what came before is in the "
      "log.\n\n"
      "  pinlake produce --topic orders --log-dir data/log < orders.jsonl\n"
      "  pinlake produce --topic orders --bootstrap-server b-1:9092 --property parse.key=true\n\n"
      "Names of --property:\n" +
      LineFormatTable().Help();
  return text;
}

}  // namespace

Command ProduceCommand() {
  return {.name = "produce",
          .summary = "Appends the lines of standard input to a topic.",
          .details = Details(),
          .options = []() -> const OptionRows& { return Table().rows(); },
          .pipeline = true,
          .log_level = LogLevel::kWarn,
          .run = Run};
}

}  // namespace pinlake
