// A version of a Delta table: what all commits up to it add up to, and what may be done to it.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "base/result.h"
#include "delta/delta_action.h"

namespace pinlake {

/// Says that Pinlake made the table; only such tables are written to.
inline constexpr std::string_view kDeltaCreatedBy = "pinlake.createdBy";

struct DeltaSnapshot {
  int64_t version = -1;  ///< -1: there is no table yet
  DeltaProtocol protocol;
  DeltaMetadata metadata;
  std::map<std::string, DeltaAdd> files;  ///< by path
  /// Files that were removed; no one deletes them before their time (vacuum).
  std::map<std::string, DeltaRemove> tombstones;
  std::map<std::string, DeltaTxn> txns;  ///< by application

  bool exists() const { return version >= 0; }
  bool operator==(const DeltaSnapshot&) const = default;
};

/// Makes \p snapshot the version \p version. kCorruption: not the next version, a first one without
/// protocol or metaData, a file added and removed at once. kUnsupported: a protocol that can't be
/// read; the message names version or feature. After an error \p snapshot must not be used.
Status ApplyDeltaCommit(int64_t version, const DeltaCommit& commit, DeltaSnapshot* snapshot);

/// Whether \p commit may be made to \p snapshot by this program.
/// kUnsupported: a table that Pinlake did not create, a writer version or feature that it does not
/// know, invariants, `delta.setTransactionRetentionDuration` (it would make builds repeat);
/// kPermissionDenied: rows would be removed from an append-only table;
/// kAlreadyExists: the application has committed this transaction, or a later one;
/// kInvalidArgument: a first commit without protocol and metaData.
Status CheckDeltaCommit(const DeltaSnapshot& snapshot, const DeltaCommit& commit);

}  // namespace pinlake
