#include "gateway/rest_v2_produce.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "gateway/gateway_metrics.h"
#include "gateway/rest_v2_errors.h"
#include "gateway/rest_v2_metadata.h"
#include "log/topic_rules.h"
#include "protocol/rest_v2_produce.h"

namespace pinlake {
namespace {

// What a record costs in memory beside its bytes until it is answered: its view, its result, its
// part of the answer.
constexpr int64_t kRecordOverheadBytes = 256;

using AppendResults = std::vector<Result<Appended>>;

// A partition that was asked for, -1: none was. Empty if no record asked for one.
using AskedPartitions = std::vector<int32_t>;

AskedPartitions PartitionsAsked(const std::vector<NewRecord>& records) {
  AskedPartitions asked;
  for (size_t i = 0; i < records.size(); ++i) {
    if (!records[i].partition) continue;
    if (asked.empty()) asked.assign(records.size(), -1);
    asked[i] = records[i].partition->value();
  }
  return asked;
}

bool AllFailedWith(const AppendResults& results, ErrorKind kind) {
  return std::all_of(results.begin(), results.end(), [kind](const auto& result) {
    return !result && result.error().kind() == kind;
  });
}

// The original can't tell a partition that does not exist from a topic that does not: 50003.
void NameMissingPartitions(const Call& call, const AskedPartitions& asked,
                           std::vector<ProducedV2>* produced) {
  if (asked.empty()) return;
  const auto topic = call.context.log.DescribeTopic(TopicName(call.topic));
  if (!topic) return;
  const auto count = static_cast<int32_t>(topic->partitions.size());
  for (size_t i = 0; i < produced->size(); ++i) {
    if ((*produced)[i] || asked[i] < count) continue;
    (*produced)[i] = tl::unexpected<RecordRefusal>(
        RecordRefusal{50003, fmt::format("Partition {} of topic {} is not there: it has {}.",
                                         asked[i], call.topic, count)});
  }
}

// The status of an answer whose records have codes: 200 but for the two that concern the client.
int StatusOf(const std::vector<ProducedV2>& produced) {
  for (const auto& result : produced) {
    if (result) continue;
    if (result.error().code == 40101) return 401;
    if (result.error().code == 40301) return 403;
  }
  return 200;
}

void Count(Call& call, const std::vector<ProducedV2>& produced) {
  uint64_t acknowledged = 0;
  for (const auto& result : produced) {
    if (result) {
      ++acknowledged;
    } else {
      call.context.metrics
          .GetCounter(kGatewayRecordErrorsTotal, {std::to_string(result.error().code)})
          .Add();
    }
  }
  if (acknowledged > 0) call.context.counters.Records(call.topic).Add(acknowledged);
}

Answer AnswerOf(Call& call, const AppendResults& results, const AskedPartitions& asked) {
  if (AllFailedWith(results, ErrorKind::kThrottled)) {
    return call.MakeError({429, 42901, results.front().error().message()});
  }
  if (AllFailedWith(results, ErrorKind::kNotFound)) {
    return call.MakeError({404, 40401, "Topic not found."});
  }
  std::vector<ProducedV2> produced;
  produced.reserve(results.size());
  bool refused_input = false;
  for (const auto& result : results) {
    if (result) {
      produced.emplace_back(*result);
    } else {
      refused_input |= result.error().kind() == ErrorKind::kInvalidArgument;
      produced.emplace_back(tl::unexpected<RecordRefusal>(RecordRefusalOf(result.error())));
    }
  }
  if (refused_input) NameMissingPartitions(call, asked, &produced);
  Count(call, produced);
  return call.MakeAnswer(StatusOf(produced), RenderProducedV2(produced));
}

// As the original: a request that can be read is answered per record.
void RefuseTopicName(Call& call, size_t records) {
  const RecordRefusal refusal{50002, fmt::format("Invalid topics: [{}]", call.topic)};
  const std::vector<ProducedV2> produced(records, tl::unexpected<RecordRefusal>(refusal));
  Count(call, produced);
  call.Send(200, RenderProducedV2(produced));
}

void Produce(CallPtr call, std::optional<PartitionId> path_partition) {
  const RestV2Body format = call->body == RestV2Body::kNone ? RestV2Body::kBinary : call->body;
  // In place: from here on the request's body holds the records' bytes.
  auto request =
      ParseProduceV2(format, call->request.body.text(), call->context.options.records_max);
  if (!request) return call->SendError(request.error());
  auto& records = request->records;
  if (!call->request.body.Charge(static_cast<int64_t>(records.size()) * kRecordOverheadBytes)) {
    return call->SendError(
        {429, 429, "Too many bytes of requests are in memory; try again later."});
  }
  if (!CheckTopicName(TopicName(call->topic))) return RefuseTopicName(*call, records.size());
  if (path_partition) {
    for (auto& record : records) {
      if (!record.partition) record.partition = path_partition;
    }
  }
  auto asked = PartitionsAsked(records);
  RecordBatch batch{.records = std::move(records), .owner = call};
  EventLog& log = call->context.log;
  const TopicName topic(call->topic);
  log.Append(topic, std::move(batch),
             [call = std::move(call), asked = std::move(asked)](AppendResults results) {
               call->SendFrom([call, asked, results = std::move(results)] {
                 Answer answer = AnswerOf(*call, results, asked);
                 answer.owner = call;  // its lease covers the answer too
                 return answer;
               });
             });
}

}  // namespace

void ProduceToTopic(CallPtr call) { Produce(std::move(call), std::nullopt); }

void ProduceToPartition(CallPtr call) {
  const auto partition = ParsePartitionId(call->partition);
  if (!partition) return call->SendError({404, 404, "HTTP 404 Not Found"});
  if (partition->value() < 0) {
    return call->SendError(
        {422, 422, fmt::format("partition must be at least 0 (was {})", partition->value())});
  }
  Produce(std::move(call), partition);
}

}  // namespace pinlake
