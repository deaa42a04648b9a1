// Requests and answers of REST Proxy v2's consumers.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "codec/json_minify.h"
#include "model/record.h"
#include "protocol/rest_error.h"
#include "protocol/rest_v2_media.h"

namespace pinlake {

template <typename T>
using RestParsed = tl::expected<T, RestError>;

/// What a new instance is to be; fields that were not given are the proxy's.
struct ConsumerV2 {
  std::optional<std::string> name;  ///< `id` if that is given: it wins
  RestV2Body format = RestV2Body::kBinary;
  std::optional<std::string> reset;  ///< earliest, latest, none
  std::optional<bool> auto_commit;
  std::optional<int32_t> fetch_bytes_min;  ///< -1: a read lasts as long as it may
  std::optional<Millis> request_timeout;
};
/// An empty body is an instance with the proxy's settings. 400 for malformed JSON and wrong types;
/// 422 for unknown fields, a wrong format, 42204 and 40001 for values out of range.
/// \see golden cases 053–061
RestParsed<ConsumerV2> ParseConsumerV2(std::string_view body);
std::string RenderConsumerV2(std::string_view instance, std::string_view base_uri);

struct SubscriptionV2 {
  std::optional<std::vector<TopicName>> topics;
  std::optional<std::string> pattern;
};
/// \see golden cases 062*
RestParsed<SubscriptionV2> ParseSubscriptionV2(std::string_view body);
std::string RenderSubscriptionV2(std::span<const TopicName> topics);

/// `{"partitions":[{"topic":"t","partition":0}]}`. None: there was no body.
/// \see golden cases 079*, 081–086*
RestParsed<std::optional<std::vector<TopicPartition>>> ParsePartitionsV2(std::string_view body);
std::string RenderPartitionsV2(std::span<const TopicPartition> partitions);

struct OffsetV2 {
  TopicPartition tp;
  int64_t offset = 0;
  std::string metadata;
};
struct TimestampV2 {
  TopicPartition tp;
  TimestampMs at = 0;
};
struct PositionsV2 {
  std::vector<OffsetV2> offsets;
  std::vector<TimestampV2> timestamps;
};
/// Where to go on; none: there was no body. An entry without offset is at 0, as in the original.
/// \see golden cases 083–087
RestParsed<std::optional<PositionsV2>> ParsePositionsV2(std::string_view body);
/// What to commit; none: everything (no body, or no list in it).
/// \see golden cases 076*, 077*
RestParsed<std::optional<std::vector<OffsetV2>>> ParseCommitV2(std::string_view body);
std::string RenderOffsetsV2(std::span<const OffsetV2> offsets);

/// Renders records for a consumer. Keep one per answer.
class ConsumedV2Writer {
 public:
  /// \param format  kBinary or kJson
  explicit ConsumedV2Writer(RestV2Body format) : format_(format) {}

  /// Adds one record. kCorruption: key or value is not JSON; nothing was added.
  Status Add(const TopicPartition& tp, const RecordView& record);
  size_t records() const { return records_; }
  /// The answer: an array.
  std::string Take();

 private:
  Status AppendData(const MaybeBytes& data);

  const RestV2Body format_;
  JsonMinifier minifier_;
  std::string text_ = "[";
  size_t records_ = 0;
};

}  // namespace pinlake
