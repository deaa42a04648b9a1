// One read of a consumer instance: it takes turns until it has enough or its time is over.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "gateway/rest_consumer.h"
#include "protocol/rest_v2_consumers.h"

namespace pinlake {

struct RestReadLimits {
  /// How long it lasts, unless it has enough before.
  Millis wait{1000};
  /// It ends before the record that would make it as long as this. So a first record of that size
  /// gives an empty answer each time, as in the original.
  int64_t bytes_max = 64 << 20;
  /// It ends once it has more bytes; -1: only by time.
  int64_t bytes_min = -1;
  /// Between two polls that find nothing, at most.
  Millis backoff_max{50};
  /// How long it waits for the group to deal out topic partitions.
  Millis join_wait{10'000};
};

/// Keys and values count as they are stored. The first read of a member lasts until the group has
/// dealt out topic partitions, and brings nothing: as the original, whose first poll is used up by
/// that. \see golden cases 066a, 112, 113, P04
class RestRead {
 public:
  /// Takes bytes from the budget of memory for the answer; false: there is no room.
  using Charge = std::function<bool(int64_t bytes)>;

  RestRead(RestV2Body format, RestReadLimits limits, Charge charge)
      : limits_(limits), charge_(std::move(charge)), writer_(format) {}

  /// One turn. \return none: finished, Take() is the answer; else when to go on.
  /// kCorruption: the first record can't be rendered. kThrottled: no memory for it. Others are the
  /// log's.
  Result<std::optional<Millis>> Step(RestConsumer& consumer, Clock& clock);
  std::string Take() { return writer_.Take(); }
  size_t records() const { return writer_.records(); }

 private:
  enum class Added { kAll, kFull };

  Status Begin(RestConsumer& consumer, Clock& clock);
  Result<Added> AddPolled(RestConsumer& consumer);
  bool MakeRoom(int64_t bytes);
  Millis NextBackoff();

  const RestReadLimits limits_;
  const Charge charge_;
  ConsumedV2Writer writer_;
  bool begun_ = false;
  bool joining_ = false;
  Micros until_{}, join_until_{};
  Millis backoff_{1};
  int64_t bytes_ = 0;
  int64_t room_ = 0;
};

}  // namespace pinlake
