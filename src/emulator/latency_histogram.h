// How long things took, in buckets, so that percentiles need no list.
#pragma once

#include <array>
#include <atomic>
#include <bit>
#include <cstdint>

#include "base/clock.h"

namespace pinlake {

/// Durations from a microsecond to an hour with an error of at most 1/16. Thread-safe.
class LatencyHistogram {
 public:
  void Add(Micros took) {
    const auto value = static_cast<uint64_t>(took.count() < 0 ? 0 : took.count());
    counts_[Bucket(value)].fetch_add(1, std::memory_order_relaxed);
  }

  /// The greatest duration of the bucket that \p percent (0 … 100] of all reach; 0 if there is
  /// none.
  Micros Percentile(double percent) const {
    uint64_t total = 0;
    for (const auto& count : counts_) total += count.load(std::memory_order_relaxed);
    if (total == 0) return Micros(0);
    auto left = static_cast<uint64_t>(static_cast<double>(total) * percent / 100.0);
    if (left == 0) left = 1;
    for (size_t i = 0; i < counts_.size(); ++i) {
      const uint64_t count = counts_[i].load(std::memory_order_relaxed);
      if (count >= left) return Micros(static_cast<int64_t>(Greatest(i)));
      left -= count;
    }
    return Micros(static_cast<int64_t>(Greatest(counts_.size() - 1)));
  }

 private:
  // 16 buckets to each power of two: exact below 16, then steps of 1/16.
  static constexpr size_t kBuckets = 16 * 30;
  static size_t Bucket(uint64_t value) {
    if (value < 16) return static_cast<size_t>(value);
    const int shift = std::bit_width(value) - 5;
    const size_t bucket = static_cast<size_t>(shift + 1) * 16 + ((value >> shift) & 15);
    return bucket < kBuckets ? bucket : kBuckets - 1;
  }
  static uint64_t Greatest(size_t bucket) {
    if (bucket < 16) return bucket;
    const size_t shift = bucket / 16 - 1;
    return ((16 + bucket % 16 + 1) << shift) - 1;
  }

  std::array<std::atomic<uint64_t>, kBuckets> counts_{};
};

}  // namespace pinlake
