// Which rounds are posted when.
#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <stop_token>
#include <vector>

#include "base/clock.h"
#include "base/rng.h"

namespace pinlake {

struct PostScheduleOptions {
  int64_t first_number = 0, last_number = 0;  ///< numbers are drawn from [first, last]
  std::optional<double> rate;                 ///< rounds a second; none: 0 to 1 s at random
  std::optional<int64_t> count;
  std::optional<Millis> duration;
  int batch = 1;
};

/// Hands out batches of row numbers, each when its time has come. The numbers depend on the
/// generator alone, not on who asks. Thread-safe.
class PostSchedule {
 public:
  PostSchedule(const PostScheduleOptions& options, Rng rng, Clock& clock);

  /// Waits until the next batch is due. Empty: all is handed out, time is over, or \p stop.
  std::vector<int64_t> Next(std::stop_token stop);

 private:
  struct Batch {
    std::vector<int64_t> numbers;
    Micros due{0};
  };
  Batch Draw();
  bool IsOver() const;

  const PostScheduleOptions options_;
  Clock& clock_;
  const Micros start_;
  std::mutex mutex_;
  Rng rng_;
  int64_t drawn_ = 0;
  Micros due_;
};

}  // namespace pinlake
