// Time, as one of the five seams: nothing else asks for the current time.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <stop_token>

namespace pinlake {

using Millis = std::chrono::milliseconds;
using Micros = std::chrono::microseconds;

/// Wall and steady time. Thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;
  /// Milliseconds since 1970-01-01 UTC; may step.
  virtual int64_t WallMs() = 0;
  /// Never goes back; only differences mean something.
  virtual Micros Steady() = 0;
  /// Waits \p span or until \p stop is requested. \return false if stopped.
  virtual bool SleepFor(Millis span, std::stop_token stop) = 0;
};

/// The machine's clock. One for the process.
Clock& SystemClock();

/// A clock that moves when told to; SleepFor moves it.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(int64_t wall_ms = 1'700'000'000'000) : wall_ms_(wall_ms) {}
  int64_t WallMs() override { return wall_ms_; }
  Micros Steady() override { return Micros(steady_us_); }
  bool SleepFor(Millis span, std::stop_token stop) override {
    Advance(span);
    return !stop.stop_requested();
  }
  void Advance(Millis span) {
    wall_ms_ += span.count();
    steady_us_ += span.count() * 1000;
  }
  /// Steps the wall clock alone, as an administrator or NTP would.
  void StepWall(Millis span) { wall_ms_ += span.count(); }

 private:
  std::atomic<int64_t> wall_ms_;
  std::atomic<int64_t> steady_us_{1'000'000};
};

}  // namespace pinlake
