// What waiting readers and group members wake up for.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <stop_token>

#include "base/clock.h"

namespace pinlake {

/// A counter one can wait on. Thread-safe.
class Activity {
 public:
  uint64_t count() const {
    const std::lock_guard lock(mutex_);
    return count_;
  }
  void Note() {
    {
      const std::lock_guard lock(mutex_);
      ++count_;
    }
    changed_.notify_all();
  }
  /// Waits up to \p wait for count() to differ from \p seen; less if stopped.
  void Await(uint64_t seen, Millis wait, std::stop_token stop = {}) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, stop, wait, [&] { return count_ != seen; });
  }

 private:
  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  uint64_t count_ = 0;
};

}  // namespace pinlake
