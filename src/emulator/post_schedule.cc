#include "emulator/post_schedule.h"

#include <algorithm>
#include <cmath>

namespace pinlake {
namespace {

/// The longest the schedule lags behind before it gives up what it missed: a gateway that was away
/// for a minute is not hit by a minute's posts at once.
constexpr Micros kLagMax{1'000'000};

}  // namespace

PostSchedule::PostSchedule(const PostScheduleOptions& options, Rng rng, Clock& clock)
    : options_(options), clock_(clock), start_(clock.Steady()), rng_(rng), due_(start_) {}

bool PostSchedule::IsOver() const {
  if (options_.count && drawn_ >= *options_.count) return true;
  return options_.duration && std::max(due_, clock_.Steady()) - start_ >= *options_.duration;
}

PostSchedule::Batch PostSchedule::Draw() {
  std::lock_guard lock(mutex_);
  Batch batch;
  if (!options_.rate) due_ = std::max(due_, clock_.Steady()) + Micros(rng_.Below(1'000'001));
  if (options_.rate) due_ = std::max(due_, clock_.Steady() - kLagMax);
  if (IsOver()) return batch;
  int64_t size = options_.batch;
  if (options_.count) size = std::min(size, *options_.count - drawn_);
  batch.due = due_;
  for (int64_t i = 0; i < size; ++i) {
    batch.numbers.push_back(rng_.Between(options_.first_number, options_.last_number));
  }
  drawn_ += size;
  if (options_.rate && std::isfinite(*options_.rate)) {
    due_ += Micros(static_cast<int64_t>(static_cast<double>(size) * 1e6 / *options_.rate));
  }
  return batch;
}

std::vector<int64_t> PostSchedule::Next(std::stop_token stop) {
  if (stop.stop_requested()) return {};
  Batch batch = Draw();
  if (batch.numbers.empty()) return {};
  const auto wait = std::chrono::ceil<Millis>(batch.due - clock_.Steady());
  if (wait > Millis(0) && !clock_.SleepFor(wait, stop)) return {};
  return std::move(batch.numbers);
}

}  // namespace pinlake
