// How far a topic partition is durable: a small file that the writer renews after every sync, for
// readers in other processes and for recovery.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "model/record.h"

namespace pinlake {

inline constexpr std::string_view kSyncedMarkFile = "synced";

/// Renewed without a sync of its own: after a power loss it may lag, but never runs ahead.
struct SyncedMark {
  Offset low;             ///< the first offset still in the log
  Offset end;             ///< one past the last durable record
  Offset segment;         ///< base offset of the segment that \p end lies in
  uint64_t position = 0;  ///< bytes of that segment up to \p end
  bool operator==(const SyncedMark&) const = default;
};

std::string EncodeSyncedMark(const SyncedMark& mark);
/// None if the bytes are no whole mark (being written, or torn).
std::optional<SyncedMark> DecodeSyncedMark(std::string_view bytes);

}  // namespace pinlake
