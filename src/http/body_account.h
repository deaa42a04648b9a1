// Bytes of request bodies, counted against the process-wide budget while they are in memory.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/byte_budget.h"

namespace pinlake {

/// Takes bytes from a budget for all bodies of a server, with a guaranteed minimum: up to it bodies
/// are let in even when other parts of the process hold the whole budget. Thread-safe.
class BodyAccount {
 public:
  BodyAccount(ByteBudget& budget, int64_t minimum_bytes)
      : budget_(budget), minimum_bytes_(minimum_bytes) {}

  int64_t held_bytes() const { return held_.load(std::memory_order_relaxed); }

 private:
  friend class LeasedBody;
  /// An empty lease if neither budget nor minimum has room.
  ByteLease Take(int64_t bytes) {
    ByteLease lease = budget_.TryTake(bytes);
    if (lease.bytes() == 0 && held_bytes() + bytes <= minimum_bytes_) lease = budget_.Take(bytes);
    held_.fetch_add(lease.bytes(), std::memory_order_relaxed);
    return lease;
  }
  void GiveBack(int64_t bytes) { held_.fetch_sub(bytes, std::memory_order_relaxed); }

  ByteBudget& budget_;
  const int64_t minimum_bytes_;
  std::atomic<int64_t> held_{0};
};

/// A body that grows as it arrives, and what it has taken from the budget for that. Move-only; may
/// outlive the server, not the budget.
class LeasedBody {
 public:
  LeasedBody() = default;
  explicit LeasedBody(std::shared_ptr<BodyAccount> account) : account_(std::move(account)) {}
  LeasedBody(LeasedBody&& other) noexcept = default;
  LeasedBody& operator=(LeasedBody&& other) noexcept {
    Release();
    text_ = std::move(other.text_);
    account_ = std::move(other.account_);
    leases_ = std::move(other.leases_);
    leased_bytes_ = std::exchange(other.leased_bytes_, 0);
    return *this;
  }
  ~LeasedBody() { Release(); }

  /// The bytes; a handler may change them in place or move them out, the lease stays.
  std::string& text() { return text_; }
  const std::string& text() const { return text_; }

  /// Adds \p data, making room for at most \p expected bytes in all ahead of time.
  /// \return false: the budget has no room; nothing was added.
  bool Append(std::string_view data, uint64_t expected);
  /// Counts \p bytes that the request costs besides. \return false: the budget has no room.
  bool Charge(int64_t bytes);

 private:
  void Release() {
    if (account_ && leased_bytes_ > 0) account_->GiveBack(leased_bytes_);
    leased_bytes_ = 0;
    leases_.clear();
  }

  std::string text_;
  std::shared_ptr<BodyAccount> account_;
  std::vector<ByteLease> leases_;
  int64_t leased_bytes_ = 0;
};

}  // namespace pinlake
