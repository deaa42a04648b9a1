#include "gateway/rest_read.h"

#include <algorithm>

namespace pinlake {
namespace {

/// A read that finds records all the time lets others go on after this.
constexpr Millis kTurn{20};
/// Memory is asked for in portions.
constexpr int64_t kRoomBytes = 64 << 10;
/// What a record's members cost beside its key and value.
constexpr int64_t kRecordOverheadBytes = 128;

int64_t StoredBytes(const RecordView& record) {
  return static_cast<int64_t>((record.key ? record.key->size() : 0) +
                              (record.value ? record.value->size() : 0));
}

}  // namespace

Status RestRead::Begin(RestConsumer& consumer, Clock& clock) {
  begun_ = true;
  const bool member_before = consumer.member();
  RETURN_IF_ERROR(consumer.Begin());
  joining_ = consumer.joining();
  const Micros now = clock.Steady();
  until_ = now + limits_.wait;
  join_until_ = until_;
  if (!member_before && consumer.expects_assignment()) {
    join_until_ = std::max(until_, now + Micros(limits_.join_wait));
  }
  return {};
}

bool RestRead::MakeRoom(int64_t bytes) {
  if (room_ < bytes) {
    const int64_t more = std::max(kRoomBytes, bytes - room_);
    if (!charge_(more)) return false;
    room_ += more;
  }
  room_ -= bytes;
  return true;
}

Result<RestRead::Added> RestRead::AddPolled(RestConsumer& consumer) {
  while (const PolledRecord* polled = consumer.Front()) {
    const int64_t bytes = StoredBytes(polled->record);
    if (bytes_ + bytes >= limits_.bytes_max) return Added::kFull;
    // Base64 and escapes: at most about twice the bytes.
    if (!MakeRoom(2 * bytes + kRecordOverheadBytes)) {
      if (records() > 0) return Added::kFull;
      return Fail(ErrorKind::kThrottled,
                  "Too many bytes of requests are in memory; try again later.");
    }
    const Status added = writer_.Add(polled->tp, polled->record);
    if (!added) {
      if (records() > 0) return Added::kFull;  // the next read begins with it
      return Fail(added.error());
    }
    bytes_ += bytes;
    consumer.Pop();
  }
  return Added::kAll;
}

Millis RestRead::NextBackoff() {
  const Millis now = std::min(backoff_, limits_.backoff_max);
  backoff_ = std::min(backoff_ * 2, limits_.backoff_max);
  return now;
}

Result<std::optional<Millis>> RestRead::Step(RestConsumer& consumer, Clock& clock) {
  if (!begun_) RETURN_IF_ERROR(Begin(consumer, clock));
  const Micros began = clock.Steady();
  while (true) {
    ASSIGN_OR_RETURN(const Added added, AddPolled(consumer));
    if (added == Added::kFull) return std::nullopt;
    if (limits_.bytes_min >= 0 && bytes_ > limits_.bytes_min) return std::nullopt;
    const Micros now = clock.Steady();
    if (!joining_ && now >= until_) return std::nullopt;
    if (now - began >= kTurn) return Millis(0);
    const auto polled = consumer.Poll();
    if (!polled) {
      // What was handed out already is on its way; the next read meets the error again.
      if (records() > 0) return std::nullopt;
      return Fail(polled.error());
    }
    if (joining_) {
      if (!consumer.joining() || now >= join_until_) return std::nullopt;
      return NextBackoff();
    }
    if (*polled) {
      backoff_ = Millis(1);
      continue;
    }
    const auto left = std::chrono::ceil<Millis>(until_ - now);
    return std::clamp(NextBackoff(), Millis(0), std::max(left, Millis(0)));
  }
}

}  // namespace pinlake
