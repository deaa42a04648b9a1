// One process-wide limit on bytes held by queues, open objects and uploads.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <utility>

namespace pinlake {

class ByteBudget;

/// Bytes taken from a budget; given back when destroyed. Move-only.
class ByteLease {
 public:
  ByteLease() = default;
  ByteLease(ByteLease&& other) noexcept
      : budget_(std::exchange(other.budget_, nullptr)), bytes_(std::exchange(other.bytes_, 0)) {}
  ByteLease& operator=(ByteLease&& other) noexcept {
    Release();
    budget_ = std::exchange(other.budget_, nullptr);
    bytes_ = std::exchange(other.bytes_, 0);
    return *this;
  }
  ~ByteLease() { Release(); }

  int64_t bytes() const { return bytes_; }
  void Release();

 private:
  friend class ByteBudget;
  ByteLease(ByteBudget* budget, int64_t bytes) : budget_(budget), bytes_(bytes) {}
  ByteBudget* budget_ = nullptr;
  int64_t bytes_ = 0;
};

/// Counts bytes against a limit (option `memory.budget`). Nobody waits here: over the limit the
/// caller sheds load in its own way (the gateway answers 429, the sink cuts its largest topic
/// partition), so holders can never wait for each other. Thread-safe.
class ByteBudget {
 public:
  explicit ByteBudget(int64_t limit_bytes) : limit_(limit_bytes) {}
  ByteBudget(const ByteBudget&) = delete;

  /// Takes \p bytes if they fit under the limit; an empty lease (bytes() == 0) if not.
  ByteLease TryTake(int64_t bytes) {
    int64_t used = used_.load(std::memory_order_relaxed);
    do {
      if (used + bytes > limit_) return {};
    } while (!used_.compare_exchange_weak(used, used + bytes, std::memory_order_relaxed));
    return {this, bytes};
  }
  /// Takes \p bytes even over the limit: for a part's guaranteed minimum.
  ByteLease Take(int64_t bytes) {
    used_.fetch_add(bytes, std::memory_order_relaxed);
    return {this, bytes};
  }

  int64_t limit() const { return limit_; }
  int64_t used() const { return used_.load(std::memory_order_relaxed); }
  bool over() const { return used() > limit_; }

 private:
  friend class ByteLease;
  const int64_t limit_;
  std::atomic<int64_t> used_{0};
};

inline void ByteLease::Release() {
  if (budget_ != nullptr) budget_->used_.fetch_sub(bytes_, std::memory_order_relaxed);
  budget_ = nullptr;
  bytes_ = 0;
}

}  // namespace pinlake
