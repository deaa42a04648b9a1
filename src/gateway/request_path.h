// A request target's path, taken apart.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace pinlake {

/// The decoded segments of \p target's path: "/topics/a%20b?x=1" gives "topics", "a b". The query
/// is left out, one slash at the end does not count, an absolute-form target ("http://h/p") gives
/// its path. The first of \p base_paths that the path begins with is taken off. kInvalidArgument:
/// an escape that is none.
Result<std::vector<std::string>> PathSegments(std::string_view target,
                                              std::span<const std::string> base_paths);

/// The one of \p base_paths that \p target's path begins with; empty: none.
std::string_view BasePathOf(std::string_view target, std::span<const std::string> base_paths);

/// The decoded value of the first parameter \p name of \p target's query; none if it is absent. A
/// broken escape stays as it is.
std::optional<std::string> QueryValue(std::string_view target, std::string_view name);

}  // namespace pinlake
