#include <algorithm>
#include <cstdio>

#include "cli/commands.h"
#include "cli/log_access.h"
#include "cli/pipeline.h"
#include "cli/signals.h"
#include "model/topic_pattern.h"
#include "tools/name_values.h"
#include "tools/record_printer.h"

namespace pinlake {
namespace {

constexpr size_t kReadBytesMax = 1 << 20;
/// Longest time that a signal waits for a read.
constexpr Millis kReadWait{200};
/// As Kafka's auto.commit.interval.ms.
constexpr Millis kCommitEvery{5000};

struct Flags {
  std::optional<std::string> topic, include, group, offset;
  std::optional<int32_t> partition;
  std::optional<int64_t> messages_max, timeout_ms;
  bool from_beginning = false, skip_on_error = false;
  std::string formatter, isolation_level;
  std::vector<std::string> properties, consumer_properties;
  std::optional<std::string> log_dir, bootstrap_server, config_file;
};

const OptionTable<Flags>& Table() {
  using C = Flags;
  static const OptionTable<C> table(
      {
          {.name = "topic", .field = Text(&C::topic, 1), .doc = "Topic to read."},
          {.name = "include",
           .field = Text(&C::include, 1),
           .doc = "Regular expression of the topics to read.",
           .aliases = {"whitelist"}},
          {.name = "from-beginning",
           .field = Bool(&C::from_beginning),
           .fallback = "false",
           .doc = "Begin at the first record where the group has no offset; else at the end."},
          {.name = "partition",
           .field = Int(&C::partition, 0),
           .doc = "Only this topic partition."},
          {.name = "offset",
           .field = Text(&C::offset, 1),
           .doc = "With --partition: earliest, latest or the offset to begin at."},
          {.name = "max-messages",
           .field = Int(&C::messages_max, 0),
           .doc = "End after so many records. None: at a signal."},
          {.name = "timeout-ms",
           .field = Int(&C::timeout_ms, 0),
           .doc = "End when no record came for so many milliseconds."},
          {.name = "group",
           .field = Text(&C::group, 1),
           .doc = "Read as a member of this group, and commit what was printed. None: no group."},
          {.name = "property",
           .field = Repeated(&C::properties),
           .doc = "name=value: how a record is printed; the names are below."},
          {.name = "formatter",
           .field = Text(&C::formatter),
           .fallback = "default",
           .doc = "default, or the name of Kafka's class for it."},
          {.name = "isolation-level",
           .field = Text(&C::isolation_level),
           .fallback = "read_uncommitted",
           .doc = "read_committed leaves out records of transactions that are open or aborted."},
          {.name = "log-dir",
           .field = Text(&C::log_dir, 1),
           .doc = "Directory of the embedded log; else the pipeline's."},
          {.name = "bootstrap-server",
           .field = Text(&C::bootstrap_server, 1),
           .doc = "Read Kafka: brokers as host:port, one or several."},
          {.name = "consumer.config",
           .field = Text(&C::config_file, 1),
           .doc = "With --bootstrap-server: properties of the Kafka client.",
           .aliases = {"command-config"}},
          {.name = "consumer-property",
           .field = Repeated(&C::consumer_properties),
           .doc = "name=value: one more property of the Kafka client."},
          {.name = "skip-message-on-error", .field = {}, .ignored = "every record can be printed"},
          {.name = "key-deserializer",
           .unsupported = "bytes are printed as they are; leave it out"},
          {.name = "value-deserializer",
           .unsupported = "bytes are printed as they are; leave it out"},
      },
      {{"topic",
        [](const C& c) -> Complaint {
          if (c.topic.has_value() != c.include.has_value()) return {};
          return "give exactly one of --topic, --include";
        }},
       {"partition",
        [](const C& c) -> Complaint {
          if (!c.partition || (c.topic && !c.group)) return {};
          return "only with --topic, and without --group";
        }},
       {"offset",
        [](const C& c) -> Complaint {
          if (!c.offset || (c.partition && !c.from_beginning)) return {};
          return "only with --partition, and without --from-beginning";
        }},
       {"offset",
        [](const C& c) -> Complaint {
          if (!c.offset || *c.offset == "earliest" || *c.offset == "latest" ||
              (c.offset->size() <= 18 &&
               c.offset->find_first_not_of("0123456789") == std::string::npos))
            return {};
          return "write earliest, latest or a number from 0";
        }},
       {"formatter",
        [](const C& c) -> Complaint {
          if (c.formatter == "default" || c.formatter.ends_with("DefaultMessageFormatter"))
            return {};
          return "only default";
        }},
       {"isolation-level", [](const C& c) -> Complaint {
          if (c.isolation_level == "read_uncommitted" || c.isolation_level == "read_committed")
            return {};
          return "write read_uncommitted or read_committed";
        }}});
  return table;
}

/// Prints records and knows when it is enough.
class Printer {
 public:
  Printer(const Flags& flags, PrintFormat format)
      : left_(flags.messages_max), format_(std::move(format)) {
    if (flags.timeout_ms) timeout_ = Millis(*flags.timeout_ms);
  }

  /// \return where the next read goes on: behind the last record that was printed.
  Result<Offset> Print(const TopicPartition& tp, const RecordSet& set) {
    Offset next = set.next;
    std::string text;
    for (const RecordView& record : set.records) {
      if (left_ && *left_ == 0) {
        next = record.offset;
        break;
      }
      text += PrintRecord(format_, tp.partition, record);
      ++printed_;
      if (left_) --*left_;
    }
    if (!set.records.empty()) last_ = SystemClock().Steady();
    if (std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fflush(stdout) == 0)
      return next;
    return Fail(ErrorKind::kUnavailable, "standard output takes no more");
  }

  bool Enough() const {
    return (left_ && *left_ == 0) || (timeout_ && SystemClock().Steady() - last_ >= *timeout_);
  }
  int64_t printed() const { return printed_; }

 private:
  std::optional<int64_t> left_;
  std::optional<Millis> timeout_;
  Micros last_ = SystemClock().Steady();
  int64_t printed_ = 0;
  PrintFormat format_;
};

using Positions = std::vector<std::pair<TopicPartition, Offset>>;

Result<std::vector<TopicName>> TopicsOf(EventLog& log, const Flags& flags) {
  if (flags.topic) return std::vector<TopicName>{TopicName(*flags.topic)};
  ASSIGN_OR_RETURN(const auto pattern, TopicPattern::Compile(*flags.include));
  ASSIGN_OR_RETURN(auto topics, log.ListTopics());
  std::erase_if(topics, [&](const TopicName& topic) { return !pattern.Matches(topic); });
  if (!topics.empty()) return topics;
  return Fail(ErrorKind::kNotFound, "--include: no topic matches '{}'", *flags.include);
}

Offset StartOf(const Flags& flags, const OffsetRange& range) {
  if (flags.from_beginning || flags.offset == "earliest") return range.low;
  if (!flags.offset || *flags.offset == "latest") return range.end;
  return Offset(std::stoll(*flags.offset));
}

Result<Positions> StartsOf(EventLog& log, const Flags& flags) {
  ASSIGN_OR_RETURN(const auto topics, TopicsOf(log, flags));
  Positions positions;
  for (const TopicName& topic : topics) {
    ASSIGN_OR_RETURN(const TopicInfo info, log.DescribeTopic(topic));
    for (const PartitionInfo& partition : info.partitions) {
      if (flags.partition && partition.partition.value() != *flags.partition) continue;
      const TopicPartition tp{topic, partition.partition};
      ASSIGN_OR_RETURN(const OffsetRange range, log.Offsets(tp));
      positions.emplace_back(tp, StartOf(flags, range));
    }
    if (positions.empty() && flags.partition) {
      return Fail(ErrorKind::kNotFound, "--partition: topic {} has {} partitions, from 0 on",
                  topic.value(), info.partitions.size());
    }
  }
  return positions;
}

/// Reads all in turn, without a group; waits only where the last round brought nothing.
Status ConsumeAlone(EventLog& log, const Flags& flags, Printer& printer,
                    const std::stop_token& stop) {
  ASSIGN_OR_RETURN(Positions positions, StartsOf(log, flags));
  const Millis share =
      std::max(Millis(1), kReadWait / static_cast<int64_t>(std::max<size_t>(positions.size(), 1)));
  bool idle = true;
  while (!printer.Enough() && !stop.stop_requested()) {
    bool brought = false;
    for (auto& [tp, next] : positions) {
      if (printer.Enough() || stop.stop_requested()) break;
      auto set = log.Read(tp, next, kReadBytesMax, idle ? share : Millis(1), stop);
      if (!set && set.error().kind() == ErrorKind::kCancelled) break;
      if (!set) return Fail(std::move(set).error());
      brought = brought || !set->records.empty();
      ASSIGN_OR_RETURN(next, printer.Print(tp, *set));
    }
    idle = !brought;
  }
  return {};
}

/// A member of a group that commits what it has printed: now and then, before partitions go to
/// another member, and at the end.
class Member {
 public:
  Member(GroupConsumer& consumer, Printer& printer) : consumer_(consumer), printer_(printer) {}

  Status Run(const std::stop_token& stop) {
    while (!printer_.Enough() && !stop.stop_requested()) {
      ASSIGN_OR_RETURN(const ConsumerEvent event, consumer_.Poll(kReadWait));
      RETURN_IF_ERROR(std::visit([&](const auto& e) { return On(e); }, event));
      if (SystemClock().Steady() - committed_at_ >= kCommitEvery) RETURN_IF_ERROR(CommitAll());
    }
    return CommitAll();
  }

 private:
  Status On(const NothingEvent&) { return {}; }
  Status On(const AssignedEvent&) { return {}; }
  Status On(const OffsetLostEvent&) { return {}; }
  Status On(const RevokedEvent& event) {
    const Status committed = CommitAll();
    consumer_.ConfirmRevoked(event.partitions);
    return committed;
  }
  Status On(const LostEvent& event) {
    for (const TopicPartition& tp : event.partitions) printed_.erase(tp);
    return {};
  }
  Status On(const RecordsEvent& event) {
    ASSIGN_OR_RETURN(const Offset next, printer_.Print(event.tp, event.set));
    printed_[event.tp] = {next, event.epoch};
    return {};
  }

  Status CommitAll() {
    committed_at_ = SystemClock().Steady();
    for (const auto& [tp, place] : std::exchange(printed_, {})) {
      const Status done = consumer_.Commit(tp, {place.first, ""}, place.second);
      // Another member has it now, and prints it again.
      if (!done && done.error().kind() != ErrorKind::kFenced) return done;
    }
    return {};
  }

  GroupConsumer& consumer_;
  Printer& printer_;
  std::map<TopicPartition, std::pair<Offset, Epoch>> printed_;
  Micros committed_at_ = SystemClock().Steady();
};

Status ConsumeAsMember(EventLog& log, const Flags& flags, Printer& printer,
                       const std::stop_token& stop) {
  GroupOptions options{
      .group = GroupName(*flags.group),
      .client_id = "console-consumer",
      .reset = flags.from_beginning ? OffsetReset::kEarliest : OffsetReset::kLatest};
  if (flags.topic) {
    RETURN_IF_ERROR(log.DescribeTopic(TopicName(*flags.topic)));
    options.topics = {TopicName(*flags.topic)};
  } else {
    options.topics_regex = flags.include;
  }
  ASSIGN_OR_RETURN(const auto consumer, log.Join(options));
  const Status done = Member(*consumer, printer).Run(stop);
  consumer->Close();
  return done;
}

Result<PrintFormat> FormatOf(const Flags& flags) {
  ASSIGN_OR_RETURN(const ConfigEntries properties, NameValues("--property", flags.properties));
  ASSIGN_OR_RETURN(auto format, PrintFormatTable().Parse(properties));
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
                           .properties = flags.consumer_properties,
                           .consumer = {{"isolation.level", flags.isolation_level}}};
  auto opened = OpenLogOf(call, log_flags, flags.group.has_value());
  if (!opened) {
    return opened.error().kind() == ErrorKind::kInvalidArgument ? WrongUsage(call, opened.error())
                                                                : Failed(call, opened.error());
  }
  Printer printer(flags, *format);
  const Status done = flags.group ? ConsumeAsMember(*opened->log, flags, printer, stop)
                                  : ConsumeAlone(*opened->log, flags, printer, stop);
  opened->log->Close();
  std::fprintf(stderr, "Processed a total of %lld messages\n",
               static_cast<long long>(printer.printed()));
  return done ? 0 : Failed(call, done.error());
}

const std::string& Details() {
  static const std::string text =
      "The flags and properties are those of kafka-console-consumer.sh. Without --group nothing is "
      "committed, and an\nembedded log may be open in another process.\n\n"
      "  pinlake consume --topic orders --from-beginning --log-dir data/log\n"
      "  pinlake consume --topic orders --bootstrap-server b-1:9092 --group readers "
      "--property print.key=true\n\n"
      "Names of --property:\n" +
      PrintFormatTable().Help();
  return text;
}

}  // namespace

Command ConsumeCommand() {
  return {.name = "consume",
          .summary = "Prints the records of a topic, a line each.",
          .details = Details(),
          .options = []() -> const OptionRows& { return Table().rows(); },
          .pipeline = true,
          .log_level = LogLevel::kWarn,
          .run = Run};
}

}  // namespace pinlake
