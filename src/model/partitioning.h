// Which partition a record key belongs to, as Kafka's Java client decides it.
#pragma once

#include <cstdint>
#include <string_view>

#include "model/record.h"

namespace pinlake {

/// Murmur2 with Kafka's seed 0x9747b28c.
/// \see org.apache.kafka.common.utils.Utils.murmur2; vectors in partitioning_test.cc
uint32_t Murmur2(std::string_view bytes);

/// (murmur2(key) & 0x7fffffff) % partitions. An empty key is a key.
PartitionId PartitionOfKey(std::string_view key, int32_t partitions);

}  // namespace pinlake
