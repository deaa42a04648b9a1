// The columns of a Delta table.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace pinlake {

struct DeltaField {
  std::string name;
  std::string type;  ///< JSON: `"long"`, or the object of a nested type
  bool nullable = true;
  std::string metadata = "{}";  ///< a JSON object, e.g. {"comment":"..."}
  bool operator==(const DeltaField&) const = default;
};
using DeltaSchema = std::vector<DeltaField>;

/// Reads the schemaString of metaData. kCorruption names the field.
Result<DeltaSchema> ParseDeltaSchema(std::string_view json);
std::string RenderDeltaSchema(const DeltaSchema& schema);

/// \p existing with the columns that only \p wanted has behind it, nullable: rows that are there
/// have null in them. Columns that \p wanted lacks stay. Metadata (comments) are those of \p
/// wanted. kInvalidArgument: a column of another type, two names that differ in case only, or a
/// column that was nullable and shall not be; the message names it and both types.
Result<DeltaSchema> EvolveDeltaSchema(const DeltaSchema& existing, const DeltaSchema& wanted);

}  // namespace pinlake
