// Where a record goes that names no partition.
#pragma once

#include <cstddef>
#include <cstdint>

#include "model/partitioning.h"
#include "model/record.h"

namespace pinlake {

/// By record key as Kafka's Java client (murmur2); without a key sticky: one partition until
/// kStickyBytes of records went there, then the next in turn (Kafka's draws at random; in turn
/// spreads as evenly and can be repeated). Not thread-safe; one a topic.
/// \see org.apache.kafka.clients.producer.internals.BuiltInPartitioner
class StickyPartitioner {
 public:
  /// Kafka's batch.size.
  static constexpr size_t kStickyBytes = 16 << 10;

  PartitionId Choose(const NewRecord& record, size_t bytes, int32_t partitions) {
    if (record.partition) return *record.partition;
    if (record.key) return PartitionOfKey(*record.key, partitions);
    if (bytes_ >= kStickyBytes || current_ >= partitions) Next(partitions);
    bytes_ += bytes;
    return PartitionId(current_);
  }

 private:
  void Next(int32_t partitions) {
    current_ = (current_ + 1) % partitions;
    bytes_ = 0;
  }

  int32_t current_ = 0;
  size_t bytes_ = 0;
};

}  // namespace pinlake
