#include <unistd.h>

#include <condition_variable>
#include <cstdio>
#include <iostream>
#include <memory>
#include <mutex>

#include "base/clock.h"
#include "cli/commands.h"
#include "cli/console_formats.h"
#include "cli/log_access.h"
#include "cli/pipeline.h"

namespace pinlake {
namespace {

struct Flags : LogAccessFlags {
  std::string topic;
  std::optional<int32_t> partition;
  std::optional<std::string> compression, acks;
  std::vector<std::string> properties, client_properties;
};

const OptionTable<Flags>& Table() {
  using C = Flags;
  static const OptionTable<C> table(
      {
          {.name = "topic", .field = Text(&C::topic, 1), .doc = "Where the records go."},
          {.name = "partition",
           .field = Int(&C::partition, 0),
           .doc = "Its partition for all records. None: by key, as Kafka does."},
          {.name = "property",
           .field = Repeated(&C::properties),
           .doc = "How lines are read: parse.key, key.separator, parse.headers, headers.delimiter, "
                  "headers.separator, headers.key.separator, null.marker, ignore.error.",
           .aliases = {"reader-property"}},
          {.name = "producer-property",
           .field = Repeated(&C::client_properties),
           .doc = "name=value: a property of the Kafka client.",
           .aliases = {"command-property"}},
          {.name = "compression-codec",
           .field = Text(&C::compression, 1),
           .doc = "none, gzip, snappy, lz4 or zstd, on Kafka."},
          {.name = "request-required-acks", .field = Text(&C::acks, 1), .doc = "acks, on Kafka."},
          {.name = "sync", .ignored = "every record is waited for before the end"},
          {.name = "timeout", .ignored = "batches wait by linger.ms"},
          {.name = "batch-size", .ignored = "batches wait by linger.ms"},
          {.name = "max-block-ms", .ignored = "the log's own limits hold"},
          {.name = "request-timeout-ms", .ignored = "give --producer-property request.timeout.ms"},
          {.name = "message-send-max-retries", .ignored = "what is not refused is retried"},
          {.name = "retry-backoff-ms", .ignored = "what is not refused is retried"},
          {.name = "line-reader", .unsupported = "lines are records; shape them with --property"},
          LogDirRow<C>(),
          BootstrapServerRow<C>({"broker-list"}),
          CommandConfigRow<C>({"producer.config"}),
          ZookeeperRow<C>(),
      },
      {CommandConfigRule<C>(), LogDirRule<C>()});
  return table;
}

/// Lines under way, and what went wrong first. More than a log takes at once would be refused, not
/// waited for.
class Pending {
 public:
  /// Waits until there is room for a line of so many bytes; one is always let in.
  void Begin(size_t bytes) {
    std::unique_lock lock(mutex_);
    changed_.wait(
        lock, [&] { return count_ == 0 || (count_ < kLinesMax && bytes_ + bytes <= kBytesMax); });
    ++count_;
    bytes_ += bytes;
  }
  void End(const Result<Appended>& result, size_t bytes, int64_t line) {
    const std::lock_guard lock(mutex_);
    --count_;
    bytes_ -= bytes;
    if (!result) {
      ++failed_;
      std::fprintf(stderr, "line %lld: %s\n", static_cast<long long>(line),
                   result.error().message().c_str());
      if (!first_) first_ = result.error();
    }
    changed_.notify_all();
  }
  Status WaitForAll() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return count_ == 0; });
    if (!first_) return {};
    return Fail(first_->kind(), "{} of the records were not stored; see above", failed_);
  }

 private:
  static constexpr size_t kLinesMax = 10'000;
  static constexpr size_t kBytesMax = 16 << 20;
  std::mutex mutex_;
  std::condition_variable changed_;
  size_t count_ = 0, bytes_ = 0, failed_ = 0;
  std::optional<Error> first_;
};

/// A line with what the log needs of it until it is answered.
struct Line {
  LineRecord record;
  std::vector<HeaderView> headers;
};

NewRecord RecordOf(const Flags& flags, Line* line) {
  for (const auto& [name, value] : line->record.headers)
    line->headers.push_back({name, value ? MaybeBytes(*value) : MaybeBytes()});
  NewRecord record{.headers = line->headers};
  if (line->record.key) record.key = *line->record.key;
  if (line->record.value) record.value = *line->record.value;
  if (flags.partition) record.partition = PartitionId(*flags.partition);
  return record;
}

void Send(EventLog& log, const Flags& flags, std::shared_ptr<Line> line, size_t bytes,
          int64_t number, Pending* pending) {
  const NewRecord record = RecordOf(flags, line.get());
  log.Append(TopicName(flags.topic), {.records = {record}, .owner = std::move(line)},
             [=](const std::vector<Result<Appended>>& results) {
               pending->End(results[0], bytes, number);
             });
}

Status Produce(EventLog& log, const Flags& flags, const LineFormat& format) {
  Pending pending;
  const bool terminal = ::isatty(STDIN_FILENO) == 1;
  std::string text;
  Status wrong;
  for (int64_t number = 1;; ++number) {
    if (terminal) std::fputs(">", stderr);
    if (!std::getline(std::cin, text)) break;
    if (!text.empty() && text.back() == '\r' && terminal) text.pop_back();
    auto parsed = ParseRecordLine(format, text, number);
    if (!parsed) {
      wrong = Fail(parsed.error());
      break;
    }
    pending.Begin(text.size());
    Send(log, flags, std::make_shared<Line>(Line{*std::move(parsed), {}}), text.size(), number,
         &pending);
  }
  RETURN_IF_ERROR(pending.WaitForAll());
  return wrong;
}

int Run(const CommandCall& call) {
  const auto parsed = Table().Parse(call.flags);
  if (!parsed) return WrongUsage(call, parsed.error());
  LogWarnings(parsed->warnings);
  const Flags& flags = parsed->config;
  const auto format = LineFormatOf(flags.properties);
  if (!format) return WrongUsage(call, format.error());
  auto properties = flags.client_properties;
  if (flags.compression) properties.push_back("compression.type=" + *flags.compression);
  if (flags.acks) {
    properties.push_back("acks=" + *flags.acks);
    // Idempotence needs all of them.
    if (*flags.acks != "all" && *flags.acks != "-1")
      properties.emplace_back("enable.idempotence=false");
  }
  return WithLog(call, flags, LogUse::kChange, properties,
                 [&](EventLog& log, bool) { return Produce(log, flags, *format); });
}

}  // namespace

Command ProduceCommand() {
  return {.name = "produce",
          .summary = "Appends the lines of standard input to a topic.",
          .details =
              "The flags are those of kafka-console-producer.sh.\n\n"
              "  pinlake produce --bootstrap-server b-1:9098 --topic orders < orders.jsonl\n"
              "  echo 'k:v' | pinlake produce --log-dir data/log --topic orders "
              "--property parse.key=true --property key.separator=:",
          .options = []() -> const OptionRows& { return Table().rows(); },
          .pipeline = true,
          .log_level = LogLevel::kWarn,
          .run = Run};
}

}  // namespace pinlake
