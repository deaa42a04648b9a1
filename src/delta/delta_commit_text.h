// A commit of a Delta table as text: one JSON object a line.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "delta/delta_action.h"

namespace pinlake {

/// Reads `_delta_log/N.json`. Members that are null count as absent; members not known are left
/// out.
/// kCorruption names the line and the member. kUnsupported: deletion vectors, and data files that
/// are not Parquet.
Result<DeltaCommit> ParseDeltaCommit(std::string_view text);

/// Ends with a line feed. The information comes first, then protocol, metadata, txn, remove, add.
/// Texts in \p commit are UTF-8.
std::string RenderDeltaCommit(const DeltaCommit& commit);

}  // namespace pinlake
