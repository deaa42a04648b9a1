#include <algorithm>
#include <charconv>
#include <cstdio>
#include <fstream>
#include <set>

#include "base/clock.h"
#include "cli/commands.h"
#include "cli/log_access.h"
#include "cli/pipeline.h"
#include "cli/time_text.h"

namespace pinlake {
namespace {

struct Flags : LogAccessFlags {
  bool list = false, describe = false, reset_offsets = false;
  bool all_groups = false, all_topics = false, members = false, verbose = false, state = false;
  bool to_earliest = false, to_latest = false, to_current = false;
  bool execute = false, dry_run = false, export_csv = false;
  std::optional<int64_t> to_offset, shift_by;
  std::optional<std::string> to_datetime, by_duration, from_file;
  std::vector<std::string> groups, topics;

  int scenarios() const {
    return to_earliest + to_latest + to_current + to_offset.has_value() + shift_by.has_value() +
           to_datetime.has_value() + by_duration.has_value() + from_file.has_value();
  }
};

const OptionTable<Flags>& Table() {
  using C = Flags;
  static const OptionTable<C> table(
      {
          {.name = "list",
           .field = Bool(&C::list),
           .fallback = "false",
           .doc = "Names all groups; with --state their states too."},
          {.name = "describe",
           .field = Bool(&C::describe),
           .fallback = "false",
           .doc = "Committed offsets and lag of the group's topic partitions, and who reads them."},
          {.name = "reset-offsets",
           .field = Bool(&C::reset_offsets),
           .fallback = "false",
           .doc = "Moves the offsets of a group without members. Shows what would be done, and "
                  "does it with --execute."},
          {.name = "group",
           .field = Repeated(&C::groups),
           .doc = "The group; several times for more."},
          {.name = "all-groups",
           .field = Bool(&C::all_groups),
           .fallback = "false",
           .doc = "All groups."},
          {.name = "members",
           .field = Bool(&C::members),
           .fallback = "false",
           .doc = "With --describe: the members instead of the offsets."},
          {.name = "verbose",
           .field = Bool(&C::verbose),
           .fallback = "false",
           .doc = "With --members: their topic partitions too."},
          {.name = "state",
           .field = Bool(&C::state),
           .fallback = "false",
           .doc = "With --describe: the group's state and number of members; with --list: states."},
          {.name = "topic",
           .field = Repeated(&C::topics),
           .doc = "With --reset-offsets: a topic, or topic:0,2 for some of its partitions."},
          {.name = "all-topics",
           .field = Bool(&C::all_topics),
           .fallback = "false",
           .doc = "With --reset-offsets: every topic that the group has offsets of."},
          {.name = "to-earliest",
           .field = Bool(&C::to_earliest),
           .fallback = "false",
           .doc = "To the first offset in the log."},
          {.name = "to-latest",
           .field = Bool(&C::to_latest),
           .fallback = "false",
           .doc = "To the end of the log."},
          {.name = "to-current",
           .field = Bool(&C::to_current),
           .fallback = "false",
           .doc = "To the committed offset; the end of the log where there is none."},
          {.name = "to-offset", .field = Int(&C::to_offset), .doc = "To this offset."},
          {.name = "shift-by",
           .field = Int(&C::shift_by),
           .doc = "By so many records, back if negative."},
          {.name = "to-datetime",
           .field = Text(&C::to_datetime, 1),
           .doc = "To the first record since then: 2024-03-01T12:30:45.000, UTC without a zone."},
          {.name = "by-duration",
           .field = Text(&C::by_duration, 1),
           .doc = "To the first record of the last so long: PT1H30M, P1D."},
          {.name = "from-file",
           .field = Text(&C::from_file, 1),
           .doc = "To the offsets in this file: topic,partition,offset a line."},
          {.name = "execute", .field = Bool(&C::execute), .fallback = "false", .doc = "Do it."},
          {.name = "dry-run",
           .field = Bool(&C::dry_run),
           .fallback = "false",
           .doc = "Only show what would be done."},
          {.name = "export",
           .field = Bool(&C::export_csv),
           .fallback = "false",
           .doc = "Print as --from-file reads it."},
          {.name = "timeout", .ignored = "requests have time-outs of their own"},
          LogDirRow<C>(),
          BootstrapServerRow<C>(),
          CommandConfigRow<C>(),
          ZookeeperRow<C>(),
      },
      {CommandConfigRule<C>(),
       LogDirRule<C>(),
       {"list",
        [](const C& c) -> Complaint {
          if (c.list + c.describe + c.reset_offsets == 1) return {};
          return "give exactly one of --list, --describe, --reset-offsets";
        }},
       {"group",
        [](const C& c) -> Complaint {
          if (c.list || c.all_groups == c.groups.empty()) return {};
          return "give --group or --all-groups";
        }},
       {"reset-offsets",
        [](const C& c) -> Complaint {
          if (!c.reset_offsets || c.scenarios() == 1) return {};
          return "give exactly one of --to-earliest, --to-latest, --to-current, --to-offset, "
                 "--shift-by, --to-datetime, --by-duration, --from-file";
        }},
       {"topic",
        [](const C& c) -> Complaint {
          if (!c.reset_offsets || c.from_file || c.all_topics == c.topics.empty()) return {};
          return "give --topic or --all-topics";
        }},
       {"to-datetime",
        [](const C& c) -> Complaint {
          if (!c.to_datetime || ParseDateTime(*c.to_datetime)) return {};
          return "is not a moment such as 2024-03-01T12:30:45.000";
        }},
       {"by-duration",
        [](const C& c) -> Complaint {
          if (!c.by_duration || ParseDuration(*c.by_duration)) return {};
          return "is not a span such as PT1H30M";
        }},
       {"execute", [](const C& c) -> Complaint {
          if (!c.execute || !c.dry_run) return {};
          return "not with --dry-run";
        }}});
  return table;
}

using Offsets = std::map<TopicPartition, CommittedOffset>;

constexpr int kLeastWidth = 15;

int WidthOf(const std::vector<std::string>& texts) {
  size_t width = kLeastWidth;
  for (const std::string& text : texts) width = std::max(width, text.size());
  return static_cast<int>(width);
}

// --describe.

struct OffsetRow {
  std::string topic, partition, current, end, lag, member, host, client;
};

Result<OffsetRow> RowOf(EventLog& log, const TopicPartition& tp, const CommittedOffset* committed) {
  OffsetRow row{
      tp.topic.value(), std::to_string(tp.partition.value()), "-", "-", "-", "-", "-", "-"};
  if (committed != nullptr) row.current = std::to_string(committed->offset.value());
  const auto range = log.Offsets(tp);
  if (!range && range.error().kind() != ErrorKind::kNotFound) return Fail(range.error());
  if (!range) return row;  // the topic is gone, its offsets are not yet
  row.end = std::to_string(range->end.value());
  if (committed != nullptr)
    row.lag = std::to_string(range->end.value() - committed->offset.value());
  return row;
}

void PrintOffsets(const std::string& group, const std::vector<OffsetRow>& rows) {
  std::vector<std::string> topics, members, hosts;
  for (const OffsetRow& row : rows) {
    topics.push_back(row.topic);
    members.push_back(row.member);
    hosts.push_back(row.host);
  }
  const auto print = [&, topic_width = WidthOf(topics), member_width = WidthOf(members),
                      host_width = WidthOf(hosts)](const std::string& name, const OffsetRow& row) {
    std::printf("%-*s %-*s %-10s %-15s %-15s %-15s %-*s %-*s %s\n", WidthOf({group}), name.c_str(),
                topic_width, row.topic.c_str(), row.partition.c_str(), row.current.c_str(),
                row.end.c_str(), row.lag.c_str(), member_width, row.member.c_str(), host_width,
                row.host.c_str(), row.client.c_str());
  };
  std::printf("\n");
  print("GROUP", {"TOPIC", "PARTITION", "CURRENT-OFFSET", "LOG-END-OFFSET", "LAG", "CONSUMER-ID",
                  "HOST", "CLIENT-ID"});
  for (const OffsetRow& row : rows) print(group, row);
}

Status DescribeOffsets(EventLog& log, const GroupInfo& info) {
  ASSIGN_OR_RETURN(const Offsets committed, log.CommittedOffsets(info.group));
  std::map<TopicPartition, const GroupInfo::Member*> readers;
  for (const auto& member : info.members)
    for (const auto& tp : member.assigned) readers[tp] = &member;
  std::set<TopicPartition> all;
  for (const auto& [tp, offset] : committed) all.insert(tp);
  for (const auto& [tp, member] : readers) all.insert(tp);
  std::vector<OffsetRow> rows;
  for (const TopicPartition& tp : all) {
    const auto at = committed.find(tp);
    ASSIGN_OR_RETURN(OffsetRow row, RowOf(log, tp, at == committed.end() ? nullptr : &at->second));
    if (const auto reader = readers.find(tp); reader != readers.end()) {
      row.member = reader->second->member_id;
      row.host = reader->second->host.empty() ? "-" : reader->second->host;
      row.client = reader->second->client_id;
    }
    rows.push_back(std::move(row));
  }
  PrintOffsets(info.group.value(), rows);
  return {};
}

std::string Joined(const std::vector<TopicPartition>& assigned) {
  std::map<TopicName, std::string> by_topic;
  for (const auto& tp : assigned) {
    std::string& list = by_topic[tp.topic];
    list.append(list.empty() ? "" : ",").append(std::to_string(tp.partition.value()));
  }
  std::string text;
  for (const auto& [topic, list] : by_topic)
    text += fmt::format("{}{}({})", text.empty() ? "" : ", ", topic.value(), list);
  return text.empty() ? "-" : text;
}

void DescribeMembers(const GroupInfo& info, bool verbose) {
  struct Row {
    std::string member, instance, host, client, count, assigned;
  };
  std::vector<Row> rows;
  std::vector<std::string> ids, instances, hosts, clients;
  bool any_instance = false;
  for (const auto& member : info.members) {
    any_instance |= !member.instance_id.empty();
    rows.push_back({member.member_id, member.instance_id, member.host.empty() ? "-" : member.host,
                    member.client_id, std::to_string(member.assigned.size()),
                    verbose ? Joined(member.assigned) : ""});
    ids.push_back(member.member_id);
    instances.push_back(member.instance_id);
    hosts.push_back(member.host);
    clients.push_back(member.client_id);
  }
  const std::string& group = info.group.value();
  const auto print = [&](const std::string& name, const Row& row) {
    std::printf("%-*s %-*s ", WidthOf({group}), name.c_str(), WidthOf(ids), row.member.c_str());
    // As in the original, a column only where there is something for it.
    if (any_instance) std::printf("%-*s ", WidthOf(instances), row.instance.c_str());
    std::printf("%-*s %-*s %-15s %s\n", WidthOf(hosts), row.host.c_str(), WidthOf(clients),
                row.client.c_str(), row.count.c_str(), row.assigned.c_str());
  };
  std::printf("\n");
  print("GROUP", {"CONSUMER-ID", "GROUP-INSTANCE-ID", "HOST", "CLIENT-ID", "#PARTITIONS",
                  verbose ? "ASSIGNMENT" : ""});
  for (const Row& row : rows) print(group, row);
}

Status DescribeState(EventLog& log, const GroupInfo& info) {
  std::string coordinator = std::to_string(info.coordinator);
  ASSIGN_OR_RETURN(const auto brokers, log.Brokers());
  for (const BrokerInfo& broker : brokers) {
    if (broker.id != info.coordinator || broker.host.empty()) continue;
    coordinator = fmt::format("{}:{} ({})", broker.host, broker.port, broker.id);
  }
  const auto print =
      [&, width = WidthOf({info.group.value()}), coordinator_width = WidthOf({coordinator})](
          const std::string& group, const std::string& place, const std::string& strategy,
          const std::string& state, const std::string& members) {
        std::printf("%-*s %-*s %-25s %-20s %s\n", width, group.c_str(), coordinator_width,
                    place.c_str(), strategy.c_str(), state.c_str(), members.c_str());
      };
  std::printf("\n");
  print("GROUP", "COORDINATOR (ID)", "ASSIGNMENT-STRATEGY", "STATE", "#MEMBERS");
  print(info.group.value(), coordinator, info.assignor, info.state,
        std::to_string(info.members.size()));
  return {};
}

Result<GroupInfo> InfoOf(EventLog& log, const GroupName& group) {
  auto info = log.DescribeGroup(group);
  if (info || info.error().kind() != ErrorKind::kNotFound) return info;
  // A log of our own forgets members with its process, not offsets.
  ASSIGN_OR_RETURN(const Offsets committed, log.CommittedOffsets(group));
  if (committed.empty()) return info;
  return GroupInfo{.group = group, .state = "Empty"};
}

Status Describe(EventLog& log, const Flags& flags, const GroupName& group) {
  ASSIGN_OR_RETURN(const GroupInfo info, InfoOf(log, group));
  if (flags.state) return DescribeState(log, info);
  if (info.members.empty())
    std::fprintf(stderr, "\nConsumer group '%s' has no active members.\n", group.value().c_str());
  if (flags.members) {
    DescribeMembers(info, flags.verbose);
    return {};
  }
  return DescribeOffsets(log, info);
}

// --reset-offsets.

/// The topic partitions of "topic" or "topic:0,2".
Status AddPartitions(EventLog& log, const std::string& text, std::set<TopicPartition>* all) {
  const size_t colon = text.rfind(':');
  const TopicName topic(text.substr(0, colon));
  ASSIGN_OR_RETURN(const TopicInfo info, log.DescribeTopic(topic));
  if (colon == std::string::npos) {
    for (const auto& partition : info.partitions) all->insert({topic, partition.partition});
    return {};
  }
  std::string_view rest = std::string_view(text).substr(colon + 1);
  while (true) {
    const std::string_view item = rest.substr(0, rest.find(','));
    int32_t number = -1;
    const auto [end, error] = std::from_chars(item.data(), item.data() + item.size(), number);
    if (error != std::errc() || end != item.data() + item.size() || number < 0 ||
        static_cast<size_t>(number) >= info.partitions.size()) {
      return Fail(ErrorKind::kInvalidArgument, "--topic: '{}' is no partition of {}, which has {}",
                  item, topic.value(), info.partitions.size());
    }
    all->insert({topic, PartitionId(number)});
    if (item.size() == rest.size()) return {};
    rest.remove_prefix(item.size() + 1);
  }
}

Result<std::map<TopicPartition, Offset>> ReadCsv(const std::string& path) {
  std::ifstream file(path);
  if (!file) return Fail(ErrorKind::kNotFound, "--from-file: {} cannot be read", path);
  std::map<TopicPartition, Offset> offsets;
  std::string line;
  for (int number = 1; std::getline(file, line); ++number) {
    if (!line.empty() && line.back() == '\r') line.pop_back();
    if (line.empty()) continue;
    std::erase(line, '"');
    const size_t second = line.rfind(',');
    const size_t first = second == std::string::npos || second == 0 ? std::string::npos
                                                                    : line.rfind(',', second - 1);
    int32_t partition = -1;
    int64_t offset = -1;
    const bool parsed =
        first != std::string::npos && first > 0 &&
        std::from_chars(line.data() + first + 1, line.data() + second, partition).ptr ==
            line.data() + second &&
        std::from_chars(line.data() + second + 1, line.data() + line.size(), offset).ptr ==
            line.data() + line.size();
    if (!parsed || partition < 0 || offset < 0) {
      return Fail(ErrorKind::kInvalidArgument, "{}:{}: '{}' is not topic,partition,offset", path,
                  number, line);
    }
    offsets[{TopicName(line.substr(0, first)), PartitionId(partition)}] = Offset(offset);
  }
  return offsets;
}

/// Where the scenario of \p flags puts \p tp, whose log holds \p range.
Result<Offset> NewOffset(EventLog& log, const Flags& flags, const TopicPartition& tp,
                         const OffsetRange& range, const std::optional<Offset>& committed) {
  if (flags.to_earliest) return range.low;
  if (flags.to_latest) return range.end;
  if (flags.to_offset) return Offset(*flags.to_offset);
  if (flags.to_datetime) return log.OffsetAt(tp, *ParseDateTime(*flags.to_datetime));
  if (flags.by_duration)
    return log.OffsetAt(tp, SystemClock().WallMs() - *ParseDuration(*flags.by_duration));
  if (flags.shift_by && !committed) {
    return Fail(ErrorKind::kInvalidArgument, "--shift-by: the group has no committed offset of {}",
                ToString(tp));
  }
  if (flags.shift_by) return Offset(committed->value() + *flags.shift_by);
  return committed.value_or(range.end);  // --to-current
}

/// Kafka's tool keeps offsets inside the log, and says so.
Offset Inside(const TopicPartition& tp, Offset wanted, const OffsetRange& range) {
  const Offset kept = std::clamp(wanted, range.low, range.end);
  if (kept != wanted) {
    LogWarn("New offset lies outside the log; the nearest inside is taken.",
            F("topic_partition", ToString(tp)), F("wanted", wanted.value()),
            F("taken", kept.value()));
  }
  return kept;
}

Result<Offsets> Plan(EventLog& log, const Flags& flags, const GroupName& group) {
  ASSIGN_OR_RETURN(const Offsets committed, log.CommittedOffsets(group));
  std::map<TopicPartition, Offset> given;
  std::set<TopicPartition> all;
  if (flags.from_file) {
    ASSIGN_OR_RETURN(given, ReadCsv(*flags.from_file));
    for (const auto& [tp, offset] : given) all.insert(tp);
  } else if (flags.all_topics) {
    for (const auto& [tp, offset] : committed) all.insert(tp);
  }
  for (const std::string& topic : flags.topics) RETURN_IF_ERROR(AddPartitions(log, topic, &all));
  Offsets planned;
  for (const TopicPartition& tp : all) {
    ASSIGN_OR_RETURN(const OffsetRange range, log.Offsets(tp));
    const auto at = committed.find(tp);
    std::optional<Offset> now;
    if (at != committed.end()) now = at->second.offset;
    Offset wanted;
    if (flags.from_file) {
      wanted = given.at(tp);
    } else {
      ASSIGN_OR_RETURN(wanted, NewOffset(log, flags, tp, range, now));
    }
    planned[tp] = {Inside(tp, wanted, range), ""};
  }
  return planned;
}

void PrintPlan(const Flags& flags, const GroupName& group, const Offsets& planned) {
  if (flags.export_csv) {
    for (const auto& [tp, to] : planned) {
      std::printf("%s,%d,%lld\n", tp.topic.value().c_str(), tp.partition.value(),
                  static_cast<long long>(to.offset.value()));
    }
    return;
  }
  std::printf("\n%-30s %-30s %-10s %-15s\n", "GROUP", "TOPIC", "PARTITION", "NEW-OFFSET");
  for (const auto& [tp, to] : planned) {
    std::printf("%-30s %-30s %-10d %-15lld\n", group.value().c_str(), tp.topic.value().c_str(),
                tp.partition.value(), static_cast<long long>(to.offset.value()));
  }
}

Status Reset(EventLog& log, const Flags& flags, const GroupName& group) {
  const auto info = log.DescribeGroup(group);
  if (!info && info.error().kind() != ErrorKind::kNotFound) return Fail(info.error());
  if (info && !info->members.empty()) {
    return Fail(ErrorKind::kConflict,
                "reset offsets of group {}: it has {} members, its state is {}; stop them first",
                group.value(), info->members.size(), info->state);
  }
  ASSIGN_OR_RETURN(const Offsets planned, Plan(log, flags, group));
  if (flags.execute) RETURN_IF_ERROR(log.SetCommittedOffsets(group, planned));
  PrintPlan(flags, group, planned);
  if (!flags.execute && !flags.dry_run && !flags.export_csv)
    LogWarn("Nothing was changed; add --execute to do it.");
  return {};
}

Status List(EventLog& log, const Flags& flags, const std::vector<GroupName>& groups) {
  if (flags.state) std::printf("\n%-*s %s\n", kLeastWidth, "GROUP", "STATE");
  for (const GroupName& group : groups) {
    if (!flags.state) {
      std::printf("%s\n", group.value().c_str());
      continue;
    }
    ASSIGN_OR_RETURN(const GroupInfo info, InfoOf(log, group));
    std::printf("%-*s %s\n", kLeastWidth, group.value().c_str(), info.state.c_str());
  }
  return {};
}

Status Act(EventLog& log, const Flags& flags) {
  std::vector<GroupName> groups(flags.groups.begin(), flags.groups.end());
  if (flags.list || flags.all_groups) {
    ASSIGN_OR_RETURN(groups, log.ListGroups());
  }
  if (flags.list) return List(log, flags, groups);
  for (const GroupName& group : groups)
    RETURN_IF_ERROR(flags.describe ? Describe(log, flags, group) : Reset(log, flags, group));
  return {};
}

int Run(const CommandCall& call) {
  const auto parsed = Table().Parse(call.flags);
  if (!parsed) return WrongUsage(call, parsed.error());
  LogWarnings(parsed->warnings);
  const Flags& flags = parsed->config;
  return WithLog(call, flags, flags.execute ? LogUse::kChange : LogUse::kLook, {},
                 [&](EventLog& log, bool) { return Act(log, flags); });
}

}  // namespace

Command GroupsCommand() {
  return {.name = "groups",
          .summary = "Lists consumer groups, shows their offsets and lag, and moves the offsets.",
          .details =
              "The flags are those of kafka-consumer-groups.sh.\n\n"
              "  pinlake groups --bootstrap-server b-1:9098 --describe --group connect-S3-sink\n"
              "  pinlake groups --log-dir data/log --group connect-S3-sink --reset-offsets "
              "--to-earliest --all-topics --execute",
          .options = []() -> const OptionRows& { return Table().rows(); },
          .pipeline = true,
          .log_level = LogLevel::kWarn,
          .run = Run};
}

}  // namespace pinlake
