#include "http/body_account.h"

#include <algorithm>

namespace pinlake {
namespace {

// A body that says it is large is believed step by step, as it arrives.
constexpr uint64_t kFirstStepBytes = 64 << 10;

}  // namespace

bool LeasedBody::Append(std::string_view data, uint64_t expected) {
  const uint64_t needed = text_.size() + data.size();
  const auto leased = static_cast<uint64_t>(leased_bytes_);
  if (account_ && needed > leased) {
    const uint64_t step = std::max(kFirstStepBytes, leased);
    const uint64_t wanted = std::max(needed, std::min(expected, leased + step));
    if (!Charge(static_cast<int64_t>(wanted - leased))) return false;
    text_.reserve(wanted);
  }
  text_ += data;
  return true;
}

bool LeasedBody::Charge(int64_t bytes) {
  if (!account_ || bytes == 0) return true;
  ByteLease lease = account_->Take(bytes);
  if (lease.bytes() == 0) return false;
  leased_bytes_ += lease.bytes();
  leases_.push_back(std::move(lease));
  return true;
}

}  // namespace pinlake
