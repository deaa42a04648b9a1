// A queue with a limit: full means the producer waits.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <optional>
#include <stop_token>
#include <utility>

namespace pinlake {

/// First in, first out, at most \p capacity elements. Thread-safe, any number of producers and
/// consumers.
template <typename T>
class BoundedQueue {
 public:
  explicit BoundedQueue(std::size_t capacity) : capacity_(capacity) {}

  /// Waits for room. \return false if closed or stopped; \p value is then dropped.
  bool Push(T value, std::stop_token stop = {}) {
    std::unique_lock lock(mutex_);
    if (!room_.wait(lock, stop, [&] { return closed_ || items_.size() < capacity_; })) return false;
    if (closed_) return false;
    items_.push_back(std::move(value));
    filled_.notify_one();
    return true;
  }

  /// \return false if full or closed.
  bool TryPush(T value) {
    std::lock_guard lock(mutex_);
    if (closed_ || items_.size() >= capacity_) return false;
    items_.push_back(std::move(value));
    filled_.notify_one();
    return true;
  }

  /// Waits for an element. Empty if stopped, or closed and drained.
  std::optional<T> Pop(std::stop_token stop = {}) {
    std::unique_lock lock(mutex_);
    if (!filled_.wait(lock, stop, [&] { return closed_ || !items_.empty(); })) return std::nullopt;
    return TakeLocked();
  }

  /// Waits at most \p span.
  template <typename Rep, typename Period>
  std::optional<T> PopFor(std::chrono::duration<Rep, Period> span, std::stop_token stop = {}) {
    std::unique_lock lock(mutex_);
    filled_.wait_for(lock, stop, span, [&] { return closed_ || !items_.empty(); });
    return TakeLocked();
  }

  std::optional<T> TryPop() {
    std::lock_guard lock(mutex_);
    return TakeLocked();
  }

  /// No more elements come; those inside can still be taken.
  void Close() {
    std::lock_guard lock(mutex_);
    closed_ = true;
    room_.notify_all();
    filled_.notify_all();
  }

  std::size_t size() const {
    std::lock_guard lock(mutex_);
    return items_.size();
  }

 private:
  std::optional<T> TakeLocked() {
    if (items_.empty()) return std::nullopt;
    std::optional<T> value(std::move(items_.front()));
    items_.pop_front();
    room_.notify_one();
    return value;
  }

  const std::size_t capacity_;
  mutable std::mutex mutex_;
  std::condition_variable_any room_;
  std::condition_variable_any filled_;
  std::deque<T> items_;
  bool closed_ = false;
};

}  // namespace pinlake
