// The columns of newline JSON, found over all of its rows.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace pinlake {

struct RawColumn {
  std::string name;
  std::string type;  ///< in DuckDB's SQL
  bool operator==(const RawColumn&) const = default;
};

/// What DuckDB's json_group_structure says, as columns. Texts stay texts, whatever they look like;
/// whole numbers are BIGINT; a member with values of several kinds is JSON; one that is always null
/// is VARCHAR. None: the rows are not all objects, or members differ only in case, so that they
/// can't be columns.
Result<std::vector<RawColumn>> RawColumnsOf(std::string structure);

}  // namespace pinlake
