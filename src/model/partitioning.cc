#include "model/partitioning.h"

#include <cstring>

namespace pinlake {

uint32_t Murmur2(std::string_view bytes) {
  constexpr uint32_t kSeed = 0x9747b28c;
  constexpr uint32_t kM = 0x5bd1e995;
  constexpr int kR = 24;
  const auto length = static_cast<uint32_t>(bytes.size());
  uint32_t h = kSeed ^ length;
  const char* p = bytes.data();
  for (uint32_t i = 0; i < length / 4; ++i, p += 4) {
    uint32_t k;
    std::memcpy(&k, p, 4);
    k *= kM;
    k ^= k >> kR;
    k *= kM;
    h *= kM;
    h ^= k;
  }
  const auto at = [&](int i) { return static_cast<uint32_t>(static_cast<uint8_t>(p[i])); };
  switch (length % 4) {
    case 3:
      h ^= at(2) << 16;
      [[fallthrough]];
    case 2:
      h ^= at(1) << 8;
      [[fallthrough]];
    case 1:
      h ^= at(0);
      h *= kM;
  }
  h ^= h >> 13;
  h *= kM;
  h ^= h >> 15;
  return h;
}

PartitionId PartitionOfKey(std::string_view key, int32_t partitions) {
  return PartitionId(static_cast<int32_t>(Murmur2(key) & 0x7fffffff) % partitions);
}

}  // namespace pinlake
