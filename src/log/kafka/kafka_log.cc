#include "log/kafka/kafka_log.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <future>
#include <mutex>

#include "log/kafka/admin.h"
#include "log/kafka/consumer.h"
#include "log/kafka/diagnosis.h"
#include "log/kafka/producer.h"
#include "log/kafka/reader.h"

namespace pinlake {
namespace {

kafka::Properties Merged(const kafka::Properties& common, const kafka::Properties& over) {
  kafka::Properties all = over;
  all.insert(common.begin(), common.end());
  return all;
}

// A topic just made is not at once known to every broker: admin calls wait for it, as
// kafka-topics.sh users expect.
constexpr Millis kTopicVisible{15000};
// Until the first of the records that are there must have come.
constexpr Millis kFirstFetch{15000};

}  // namespace

struct KafkaLog::Parts {
  std::string servers;
  kafka::ConnectionFacts facts;
  kafka::TokenSource tokens;
  std::unique_ptr<kafka::Producer> producer;
  std::unique_ptr<kafka::Reader> reader;
  kafka::Properties consumer_properties;
  std::unique_ptr<kafka::Admin> admin;
  std::atomic<bool> closed = false;
  std::mutex facts_mutex;
};

KafkaLog::KafkaLog(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
KafkaLog::~KafkaLog() { Close(); }

Result<std::unique_ptr<KafkaLog>> KafkaLog::Open(const KafkaLogOptions& options) {
  auto parts = std::make_unique<Parts>();
  parts->consumer_properties = Merged(options.common, options.consumer);
  parts->tokens = options.tokens;
  const auto common = [&](const char* name) {
    const auto at = options.common.find(name);
    return at == options.common.end() ? std::string() : at->second;
  };
  parts->servers = common("bootstrap.servers");
  parts->facts = {.protocol = common("security.protocol"),
                  .mechanism = common("sasl.mechanism"),
                  .msk = static_cast<bool>(options.tokens)};
  if (parts->servers.empty())
    return Fail(ErrorKind::kInvalidArgument, "bootstrap.servers: required (host:port, …)");
  ASSIGN_OR_RETURN(parts->producer,
                   kafka::Producer::Open(Merged(options.common, options.producer), options.tokens));
  ASSIGN_OR_RETURN(parts->reader, kafka::Reader::Open(parts->consumer_properties, options.tokens));
  const auto isolation = parts->consumer_properties.find("isolation.level");
  parts->admin = std::make_unique<kafka::Admin>(
      parts->producer->client(),
      isolation != parts->consumer_properties.end() && isolation->second == "read_committed");
  return std::unique_ptr<KafkaLog>(new KafkaLog(std::move(parts)));
}

Status KafkaLog::CheckReachable(Millis wait) {
  const auto until = SystemClock().Steady() + wait;
  const auto said = [&] {
    const auto error = parts_->producer->connection_error();
    return error ? error->message() : std::string();
  };
  Status reached;
  do {
    const auto left = std::chrono::duration_cast<Millis>(until - SystemClock().Steady());
    reached = parts_->admin->Ping(std::clamp(left, Millis(1), Millis(1000)));
    // Who is refused once is refused again; a name or a port may just not be there yet.
    if (!reached && kafka::Diagnose(said(), parts_->facts).final) break;
  } while (!reached && SystemClock().Steady() < until);
  if (reached) return {};
  const std::string last = said();
  const auto diagnosis = kafka::Diagnose(last, parts_->facts);
  const auto text =
      last.empty() ? std::string_view(reached.error().message()) : kafka::WithoutCounts(last);
  return Fail(
      diagnosis.kind, "reach Kafka at {} (bootstrap.servers) with security.protocol {}: {} ({})",
      parts_->servers, parts_->facts.protocol.empty() ? "plaintext" : parts_->facts.protocol,
      diagnosis.text, text);
}

Result<TopicInfo> KafkaLog::CreateTopic(const TopicSpec& spec) {
  const auto until = SystemClock().Steady() + kTopicVisible;
  Status made = parts_->admin->CreateTopic(spec);
  while (!made && made.error().kind() == ErrorKind::kAlreadyExists &&
         SystemClock().Steady() < until) {
    // With ZooKeeper a deleted topic's name is taken for a moment longer than it is shown.
    const auto info = parts_->admin->DescribeTopic(spec.topic);
    if (info || info.error().kind() != ErrorKind::kNotFound) break;
    SystemClock().SleepFor(Millis(50), {});
    made = parts_->admin->CreateTopic(spec);
  }
  RETURN_IF_ERROR(made);
  while (true) {
    auto info = parts_->admin->DescribeTopic(spec.topic);
    // -1: as many as the brokers make by themselves.
    const bool whole = info && (spec.partitions < 0 ||
                                info->partitions.size() == static_cast<size_t>(spec.partitions));
    if (whole || SystemClock().Steady() > until) return info;
    SystemClock().SleepFor(Millis(50), {});
  }
}

Status KafkaLog::DeleteTopic(const TopicName& topic) {
  RETURN_IF_ERROR(parts_->admin->DeleteTopic(topic));
  const auto until = SystemClock().Steady() + kTopicVisible;
  while (SystemClock().Steady() < until) {
    const auto info = parts_->admin->DescribeTopic(topic);
    if (!info && info.error().kind() == ErrorKind::kNotFound) return {};
    SystemClock().SleepFor(Millis(50), {});
  }
  return {};
}

Status KafkaLog::AddPartitions(const TopicName& topic, int32_t partitions) {
  RETURN_IF_ERROR(parts_->admin->AddPartitions(topic, partitions));
  // The producer of this process knows them when this returns.
  const auto until = SystemClock().Steady() + kTopicVisible;
  while (SystemClock().Steady() < until) {
    if (parts_->producer->KnownPartitions(topic) >= partitions) break;
    SystemClock().SleepFor(Millis(50), {});
  }
  return {};
}

Status KafkaLog::AlterTopic(const TopicName& topic,
                            const std::map<std::string, std::optional<std::string>>& configs) {
  return parts_->admin->AlterTopic(topic, configs);
}

Result<std::vector<TopicName>> KafkaLog::ListTopics() { return parts_->admin->ListTopics(); }
Result<TopicInfo> KafkaLog::DescribeTopic(const TopicName& topic) {
  return parts_->admin->DescribeTopic(topic);
}

Status KafkaLog::PutTopicFact(const TopicName& topic, const std::string& key,
                              const std::string& value) {
  ASSIGN_OR_RETURN(const auto info, DescribeTopic(topic));
  const std::lock_guard lock(parts_->facts_mutex);
  const auto made =
      CreateTopic({.topic = TopicName(kFactsTopic), .configs = {{"cleanup.policy", "compact"}}});
  if (!made && made.error().kind() != ErrorKind::kAlreadyExists) return Fail(made.error());
  // The log id keeps facts of a deleted topic from its successor.
  auto bytes = std::make_shared<std::pair<std::string, std::string>>(
      info.log_id.value() + '\n' + key, value);
  RecordBatch batch{.records = {{.key = bytes->first, .partition = PartitionId(0)}},
                    .owner = bytes};
  if (!value.empty()) batch.records[0].value = bytes->second;
  std::promise<Status> answered;
  parts_->producer->Append(
      TopicName(kFactsTopic), std::move(batch), [&](std::vector<Result<Appended>> results) {
        answered.set_value(results[0] ? Status() : Status(Fail(results[0].error())));
      });
  return answered.get_future().get();
}

Result<std::map<std::string, std::string>> KafkaLog::TopicFacts(const TopicName& topic) {
  ASSIGN_OR_RETURN(const auto info, DescribeTopic(topic));
  const std::string prefix = info.log_id.value() + '\n';
  std::map<std::string, std::string> facts;
  const TopicPartition tp{TopicName(kFactsTopic), PartitionId(0)};
  const auto range = Offsets(tp);
  if (!range && range.error().kind() == ErrorKind::kNotFound) return facts;
  if (!range) return Fail(range.error());
  const std::lock_guard lock(parts_->facts_mutex);
  for (Offset at = range->low; at < range->end;) {
    ASSIGN_OR_RETURN(const auto set, parts_->reader->Read(tp, at, 1 << 20, Millis(10000), {}));
    if (set.records.empty())
      return Fail(ErrorKind::kUnavailable, "read facts of {}: nothing at offset {}", topic.value(),
                  at.value());
    for (const auto& record : set.records) {
      if (!record.key || !record.key->starts_with(prefix)) continue;
      const std::string key(record.key->substr(prefix.size()));
      if (record.value) {
        facts[key] = *record.value;
      } else {
        facts.erase(key);
      }
    }
    at = set.next;
  }
  return facts;
}

void KafkaLog::Append(const TopicName& topic, RecordBatch batch, AppendDone done) {
  if (parts_->closed) {
    done(std::vector<Result<Appended>>(
        batch.records.size(),
        Fail(ErrorKind::kCancelled, "append to {}: the log is closed", topic.value())));
    return;
  }
  parts_->producer->Append(topic, std::move(batch), std::move(done));
}

Result<RecordSet> KafkaLog::Read(const TopicPartition& tp, Offset from, size_t bytes_max,
                                 Millis wait, std::stop_token stop) {
  auto set = parts_->reader->Read(tp, from, bytes_max, wait, stop);
  if (set && from < set->next) return set;
  // Nothing, or refused: only then are the bounds worth a request.
  ASSIGN_OR_RETURN(const auto range, Offsets(tp));
  if (from < range.low || range.end < from) {
    return Fail(ErrorKind::kInvalidArgument, "read {} from {}: the log holds [{}, {}]",
                ToString(tp), from.value(), range.low.value(), range.end.value());
  }
  if (!set || from == range.end) return set;
  // There is something, so it is waited for: the first fetch takes longer than a short wait.
  set = parts_->reader->Read(tp, from, bytes_max, kFirstFetch, stop);
  if (!set || from < set->next || stop.stop_requested()) return set;
  return Fail(ErrorKind::kUnavailable, "read {} from {}: nothing came in {} ms", ToString(tp),
              from.value(), kFirstFetch.count());
}

Result<OffsetRange> KafkaLog::Offsets(const TopicPartition& tp) {
  return parts_->admin->Offsets(tp);
}
Result<Offset> KafkaLog::OffsetAt(const TopicPartition& tp, TimestampMs at) {
  return parts_->admin->OffsetAt(tp, at);
}

Result<std::unique_ptr<GroupConsumer>> KafkaLog::Join(const GroupOptions& options) {
  return kafka::Consumer::Open(parts_->consumer_properties, options, parts_->tokens);
}

Result<std::vector<GroupName>> KafkaLog::ListGroups() { return parts_->admin->ListGroups(); }
Result<GroupInfo> KafkaLog::DescribeGroup(const GroupName& group) {
  return parts_->admin->DescribeGroup(group);
}
Result<std::map<TopicPartition, CommittedOffset>> KafkaLog::CommittedOffsets(
    const GroupName& group) {
  return parts_->admin->CommittedOffsets(group);
}
Status KafkaLog::SetCommittedOffsets(const GroupName& group,
                                     const std::map<TopicPartition, CommittedOffset>& offsets) {
  return parts_->admin->SetCommittedOffsets(group, offsets);
}

Result<std::vector<BrokerInfo>> KafkaLog::Brokers() { return parts_->admin->Brokers(); }
std::string KafkaLog::ClusterId() { return parts_->admin->ClusterId(); }
Status KafkaLog::Ready() {
  if (parts_->closed) return Fail(ErrorKind::kCancelled, "the log is closed");
  return parts_->admin->Ping(Millis(3000));
}

void KafkaLog::Close() {
  if (parts_->closed.exchange(true)) return;
  parts_->producer->Flush(Millis(10000));
}

}  // namespace pinlake
