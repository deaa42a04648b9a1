#include <charconv>
#include <cstdio>

#include "base/clock.h"
#include "cli/commands.h"
#include "cli/console_formats.h"
#include "cli/log_access.h"
#include "cli/pipeline.h"
#include "cli/signals.h"
#include "model/topic_pattern.h"

namespace pinlake {
namespace {

enum class Isolation { kUncommitted, kCommitted };

struct Flags : LogAccessFlags {
  std::optional<std::string> topic, include, group, offset, formatter;
  std::optional<int32_t> partition;
  std::optional<int64_t> messages_max;
  std::optional<Millis> timeout;
  bool from_beginning = false;
  Isolation isolation = Isolation::kUncommitted;
  std::vector<std::string> properties, client_properties;
};

constexpr const char* kDefaultFormatter = "DefaultMessageFormatter";

const OptionTable<Flags>& Table() {
  using C = Flags;
  static const OptionTable<C> table(
      {
          {.name = "topic", .field = Text(&C::topic, 1), .doc = "Which records are shown."},
          {.name = "include",
           .field = Text(&C::include, 1),
           .doc = "Instead of --topic: a regular expression for names of topics.",
           .aliases = {"whitelist"}},
          {.name = "partition", .field = Int(&C::partition, 0), .doc = "Only this partition."},
          {.name = "offset",
           .field = Text(&C::offset, 1),
           .doc = "With --partition: where to begin: an offset, earliest or latest."},
          {.name = "from-beginning",
           .field = Bool(&C::from_beginning),
           .fallback = "false",
           .doc = "Begin with the oldest record, where no offset is committed."},
          {.name = "max-messages",
           .field = Int(&C::messages_max, 0),
           .doc = "End after so many records. None: never."},
          {.name = "timeout-ms",
           .field = IntMillis(&C::timeout, 0),
           .doc = "End when no record came for so long. None: never."},
          {.name = "group",
           .field = Text(&C::group, 1),
           .doc = "Read as a member of this group and commit what was shown. None: no group."},
          {.name = "property",
           .field = Repeated(&C::properties),
           .doc = "What is shown: print.timestamp, print.partition, print.offset, print.headers, "
                  "print.key, print.value, key.separator, line.separator, headers.separator, "
                  "null.literal.",
           .aliases = {"formatter-property"}},
          {.name = "consumer-property",
           .field = Repeated(&C::client_properties),
           .doc = "name=value: a property of the Kafka client.",
           .aliases = {"command-property"}},
          {.name = "isolation-level",
           .field = Enum(&C::isolation, {{"read_uncommitted", Isolation::kUncommitted},
                                         {"read_committed", Isolation::kCommitted}}),
           .fallback = "read_uncommitted",
           .doc = "Whether records of transactions that were not committed are shown, on Kafka."},
          {.name = "formatter",
           .field = Text(&C::formatter, 1),
           .doc = "Kafka's class; only DefaultMessageFormatter."},
          {.name = "key-deserializer", .ignored = "keys are shown as their bytes"},
          {.name = "value-deserializer", .ignored = "values are shown as their bytes"},
          {.name = "skip-message-on-error", .ignored = "every record can be shown"},
          {.name = "enable-systest-events", .unsupported = "leave it out"},
          LogDirRow<C>(),
          BootstrapServerRow<C>(),
          CommandConfigRow<C>({"consumer.config"}),
          ZookeeperRow<C>(),
      },
      {CommandConfigRule<C>(),
       LogDirRule<C>(),
       {"topic",
        [](const C& c) -> Complaint {
          if (c.topic.has_value() != c.include.has_value()) return {};
          return "give --topic or --include";
        }},
       {"offset",
        [](const C& c) -> Complaint {
          if (!c.offset || (c.partition && !c.from_beginning)) return {};
          return "only with --partition, and not with --from-beginning";
        }},
       {"partition",
        [](const C& c) -> Complaint {
          if (!c.partition || (c.topic && !c.group)) return {};
          return "only with --topic, and not with --group";
        }},
       {"formatter", [](const C& c) -> Complaint {
          if (!c.formatter || c.formatter->ends_with(kDefaultFormatter)) return {};
          return "only kafka.tools.DefaultMessageFormatter; shape it with --property";
        }}});
  return table;
}

/// Counts and prints what comes, and knows when it is enough.
class Printer {
 public:
  Printer(const Flags& flags, const RecordFormat& format)
      : flags_(flags), format_(format), last_(SystemClock().Steady()) {}

  bool enough() const { return flags_.messages_max && count_ >= *flags_.messages_max; }
  /// Nothing came for as long as --timeout-ms says.
  bool timed_out() const {
    return flags_.timeout && SystemClock().Steady() - last_ >= *flags_.timeout;
  }
  bool failed() const { return failed_; }
  int64_t count() const { return count_; }

  /// Prints as many of the records as are wanted. \return where to go on: past the last printed
  Offset Print(const TopicPartition& tp, const RecordSet& set) {
    if (!set.records.empty()) last_ = SystemClock().Steady();
    std::string text;
    Offset next = set.next;
    for (const RecordView& record : set.records) {
      if (enough()) {
        next = record.offset;
        break;
      }
      AppendRecord(format_, tp.partition, record, &text);
      ++count_;
    }
    failed_ |=
        std::fwrite(text.data(), 1, text.size(), stdout) != text.size() || std::fflush(stdout) != 0;
    return next;
  }

 private:
  const Flags& flags_;
  const RecordFormat& format_;
  Micros last_;
  int64_t count_ = 0;
  bool failed_ = false;
};

bool Ends(const Printer& printer, const std::stop_token& stop) {
  return printer.enough() || printer.timed_out() || printer.failed() || stop.stop_requested();
}

constexpr Millis kWait(100);

// As a member of a group.

Status Commit(GroupConsumer& consumer, const RecordsEvent& records, Offset next) {
  const Status done = consumer.Commit(records.tp, {next, ""}, records.epoch);
  if (!done && done.error().kind() == ErrorKind::kFenced) return {};  // another one shows it again
  return done;
}

Status ConsumeInGroup(EventLog& log, const Flags& flags, Printer& printer) {
  GroupOptions options{
      .group = GroupName(*flags.group),
      .client_id = "console-consumer",
      .reset = flags.from_beginning ? OffsetReset::kEarliest : OffsetReset::kLatest};
  if (flags.topic) options.topics = {TopicName(*flags.topic)};
  options.topics_regex = flags.include;
  const std::stop_token stop = StopOnSignals();
  ASSIGN_OR_RETURN(const auto consumer, log.Join(options));
  Status status;
  while (status && !Ends(printer, stop)) {
    auto event = consumer->Poll(kWait);
    if (!event) {
      status = Fail(event.error());
    } else if (const auto* revoked = std::get_if<RevokedEvent>(&*event)) {
      consumer->ConfirmRevoked(revoked->partitions);
    } else if (const auto* records = std::get_if<RecordsEvent>(&*event)) {
      status = Commit(*consumer, *records, printer.Print(records->tp, records->set));
    }
  }
  consumer->Close();
  return status;
}

// By itself.

Result<std::vector<TopicPartition>> PartitionsOf(EventLog& log, const Flags& flags) {
  std::vector<TopicName> topics;
  if (flags.topic) topics = {TopicName(*flags.topic)};
  if (flags.include) {
    ASSIGN_OR_RETURN(const auto pattern, TopicPattern::Compile(*flags.include));
    ASSIGN_OR_RETURN(const auto all, log.ListTopics());
    for (const TopicName& topic : all)
      if (pattern.Matches(topic)) topics.push_back(topic);
  }
  std::vector<TopicPartition> partitions;
  for (const TopicName& topic : topics) {
    ASSIGN_OR_RETURN(const TopicInfo info, log.DescribeTopic(topic));
    for (const auto& partition : info.partitions) {
      if (!flags.partition || partition.partition.value() == *flags.partition)
        partitions.push_back({topic, partition.partition});
    }
    if (flags.partition && partitions.empty()) {
      return Fail(ErrorKind::kNotFound, "topic {} has {} partitions, no {}", topic.value(),
                  info.partitions.size(), *flags.partition);
    }
  }
  return partitions;
}

Result<Offset> StartOf(EventLog& log, const Flags& flags, const TopicPartition& tp) {
  ASSIGN_OR_RETURN(const OffsetRange range, log.Offsets(tp));
  if (flags.from_beginning || flags.offset == "earliest") return range.low;
  if (!flags.offset || flags.offset == "latest") return range.end;
  const std::string& text = *flags.offset;
  int64_t offset = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), offset);
  if (error != std::errc() || end != text.data() + text.size() || offset < 0) {
    return Fail(ErrorKind::kInvalidArgument, "--offset: '{}' is not an offset, earliest or latest",
                text);
  }
  return Offset(offset);
}

Status ConsumeAlone(EventLog& log, const Flags& flags, Printer& printer) {
  ASSIGN_OR_RETURN(const auto partitions, PartitionsOf(log, flags));
  std::vector<Offset> next;
  for (const TopicPartition& tp : partitions) {
    ASSIGN_OR_RETURN(const Offset start, StartOf(log, flags, tp));
    next.push_back(start);
  }
  const std::stop_token stop = StopOnSignals();
  constexpr size_t kBytes = 1 << 20;
  while (!Ends(printer, stop)) {
    bool any = false;
    for (size_t i = 0; i < partitions.size() && !Ends(printer, stop); ++i) {
      // One partition is waited for, of several each is only looked at.
      const Millis wait = partitions.size() == 1 ? kWait : Millis(any ? 0 : 10);
      ASSIGN_OR_RETURN(const RecordSet set, log.Read(partitions[i], next[i], kBytes, wait, stop));
      any |= !set.records.empty();
      next[i] = printer.Print(partitions[i], set);
    }
    if (partitions.empty()) SystemClock().SleepFor(kWait, stop);
  }
  return {};
}

int Run(const CommandCall& call) {
  const auto parsed = Table().Parse(call.flags);
  if (!parsed) return WrongUsage(call, parsed.error());
  LogWarnings(parsed->warnings);
  const Flags& flags = parsed->config;
  const auto format = RecordFormatOf(flags.properties);
  if (!format) return WrongUsage(call, format.error());
  StopOnSignals();
  auto properties = flags.client_properties;
  if (flags.isolation == Isolation::kCommitted)
    properties.emplace_back("isolation.level=read_committed");
  const LogUse use = flags.group ? LogUse::kChange : LogUse::kLook;
  return WithLog(call, flags, use, properties, [&](EventLog& log, bool) -> Status {
    Printer printer(flags, *format);
    const Status done =
        flags.group ? ConsumeInGroup(log, flags, printer) : ConsumeAlone(log, flags, printer);
    std::fprintf(stderr, "Processed a total of %lld messages\n",
                 static_cast<long long>(printer.count()));
    if (done && printer.failed())
      return Fail(ErrorKind::kUnavailable, "write to standard output: it is closed");
    return done;
  });
}

}  // namespace

Command ConsumeCommand() {
  return {.name = "consume",
          .summary = "Prints the records of a topic as they come.",
          .details =
              "The flags are those of kafka-console-consumer.sh. On the embedded log it "
              "reads beside the process that\nwrites it; only with --group it needs the log "
              "for itself.\n\n"
              "  pinlake consume --bootstrap-server b-1:9098 --topic orders --from-beginning\n"
              "  pinlake consume --log-dir data/log --topic orders --partition 0 --offset 17 "
              "--max-messages 1 --property print.key=true",
          .options = []() -> const OptionRows& { return Table().rows(); },
          .pipeline = true,
          .log_level = LogLevel::kWarn,
          .run = Run};
}

}  // namespace pinlake
