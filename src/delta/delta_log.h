// The transaction log of one Delta table in a store.
#pragma once

#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/rng.h"
#include "delta/delta_conflict.h"
#include "delta/delta_snapshot.h"
#include "store/object_store.h"

namespace pinlake {

/// Puts of one version that may fail for a passing reason before a commit is given up.
inline constexpr int kDeltaPutsMax = 10;
/// Versions that others may take before a commit is given up.
inline constexpr int kDeltaRacesMax = 1000;

/// The place of a data file whose path in the log is \p path, of the table at \p table
/// ("tables/pin", without a slash at its end). kUnsupported: an absolute path (a shallow clone has
/// such); kCorruption: a path that leaves the table, or is wrongly encoded.
Result<ObjectKey> DeltaDataKey(const std::string& table, std::string_view path);

/// Reads and makes versions. What it needs of the store is PutIfAbsent and lists that show what was
/// put before. Not thread-safe; any number of them may write to one table, in any process.
class DeltaLog {
 public:
  /// \p table: the key of the table's directory, without a slash at its end.
  DeltaLog(ObjectStore& store, std::string table, Clock& clock, Rng rng);

  /// The newest version, or \p version. kNotFound: no table, or not that version. kUnsupported: the
  /// table needs what this program lacks, or its log no longer begins at version 0. kCorruption: a
  /// version is missing or unreadable; the message names its object.
  Result<DeltaSnapshot> Read(std::optional<int64_t> version = {});

  /// Makes the version after \p base, or a later one if others came first and did nothing that
  /// matters to \p intent. A snapshot with version -1 makes a new table.
  /// \return the new version's snapshot.
  ///
  /// kConflict, kAlreadyExists: \see CheckDeltaConflict; nothing was committed. Those of
  /// CheckDeltaCommit. kUnknownOutcome: no answer until the end; it may be committed now or still
  /// later as the version named, so read the table again (its txn tells). kUnsupported: the store
  /// has no conditional put. kCancelled: \p stop, nothing was committed.
  Result<DeltaSnapshot> Commit(DeltaSnapshot base, DeltaIntent intent, std::stop_token stop = {});

 private:
  ObjectKey KeyOf(int64_t version) const;
  Result<std::vector<int64_t>> ListVersions();
  Result<DeltaCommit> ReadCommit(int64_t version);
  Status Wait(int attempt, bool unknown, std::stop_token stop);
  Result<DeltaCommit> PutOrRead(int64_t version, const DeltaCommit& commit, std::stop_token stop);

  ObjectStore& store_;
  std::string table_;
  Clock& clock_;
  Rng rng_;
};

}  // namespace pinlake
