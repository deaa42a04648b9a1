// Records and where they lie: the vocabulary that log, gateway, sink and tables share.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/strong.h"

namespace pinlake {

using TopicName = Strong<std::string, struct TopicNameTag>;
using PartitionId = Strong<int32_t, struct PartitionIdTag>;
/// Place of a record in its topic partition, from 0; may skip, never goes back.
using Offset = Strong<int64_t, struct OffsetTag>;
/// Consumer group.
using GroupName = Strong<std::string, struct GroupNameTag>;
/// Which log a topic lies in, and which life of it: `<cluster id>/<topic id>`. A topic deleted and
/// made again has another.
using LogId = Strong<std::string, struct LogIdTag>;
/// Milliseconds since 1970-01-01 UTC.
using TimestampMs = int64_t;

struct TopicPartition {
  TopicName topic;
  PartitionId partition;
  auto operator<=>(const TopicPartition&) const = default;
  bool operator==(const TopicPartition&) const = default;
};

/// "orders-3", for messages.
std::string ToString(const TopicPartition& tp);

/// Bytes or null; null and empty are different.
using MaybeBytes = std::optional<std::string_view>;

struct HeaderView {
  std::string_view key;
  MaybeBytes value;
  bool operator==(const HeaderView&) const = default;
};

/// A record as a reader gets it. Valid as long as the owner of its bytes.
struct RecordView {
  Offset offset;
  TimestampMs timestamp = 0;  ///< -1: none
  MaybeBytes key;
  MaybeBytes value;  ///< null: a tombstone
  std::span<const HeaderView> headers;
  /// Bytes of key, value and headers.
  size_t bytes() const;
};

/// Records of one topic partition, in offset order, with what keeps their bytes alive.
struct RecordSet {
  std::vector<RecordView> records;
  /// Where the next read goes on: past compacted or aborted records, so it may be more than the
  /// last offset plus one.
  Offset next;
  /// Holds all the bytes and headers. Keep it as long as any of the records is used.
  std::shared_ptr<const void> owner;
};

/// A record to append. Its bytes belong to the batch's owner.
struct NewRecord {
  MaybeBytes key;
  MaybeBytes value;
  std::span<const HeaderView> headers;
  /// None: the log's clock.
  std::optional<TimestampMs> timestamp;
  /// None: by key (murmur2 as Kafka's Java client), without a key sticky.
  std::optional<PartitionId> partition;
};

struct RecordBatch {
  std::vector<NewRecord> records;
  std::shared_ptr<const void> owner;
};

/// Where a record landed.
struct Appended {
  PartitionId partition;
  Offset offset;
  TimestampMs timestamp = 0;
  bool operator==(const Appended&) const = default;
};

}  // namespace pinlake

template <>
struct std::hash<pinlake::TopicPartition> {
  size_t operator()(const pinlake::TopicPartition& tp) const {
    return std::hash<std::string>{}(tp.topic.value()) * 31 +
           static_cast<size_t>(tp.partition.value());
  }
};
