// A request target's path, taken apart.
#pragma once

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

}  // namespace pinlake
