// Whether a commit can still be made after another one took its version.
#pragma once

#include <cstdint>

#include "base/result.h"
#include "delta/delta_action.h"

namespace pinlake {

/// What somebody wants to commit, and what they looked at to decide it.
struct DeltaIntent {
  DeltaCommit commit;
  /// The rows of the whole table were read: to leave out repeats, or to replace them. Without it,
  /// rows that others add or remove do not matter.
  bool read_rows = false;
};

/// Fine: \p ours may be made behind \p theirs, which is version \p version.
/// kConflict: it was decided on a table that is no more; read the table again and decide anew. The
/// message says what the other commit did.
/// kAlreadyExists: \p theirs is the same transaction of the same application, or a later one.
Status CheckDeltaConflict(const DeltaIntent& ours, int64_t version, const DeltaCommit& theirs);

}  // namespace pinlake
