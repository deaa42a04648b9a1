// Java's .properties format, as java.util.Properties.load reads it.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "config/config_entries.h"

namespace pinlake {

/// Reads \p text by the rules of java.util.Properties.load(InputStream): comments with # and !,
/// `=`, `:` or space between key and value, \t \n \r \f \uXXXX escapes, continuation lines, bytes
/// as ISO-8859-1 (so UTF-8 is not what it looks like: a warning). Lines are those of the keys.
/// A key that is given again counts with its last value and a warning.
/// kInvalidArgument: a \u that four hex digits do not follow.
/// \see java.util.Properties, LineReader and load0
Result<ConfigEntries> ParseProperties(std::string_view text, std::string file);

/// \p entries as a file that ParseProperties reads back as the same keys and values.
std::string RenderProperties(const ConfigEntries& entries);

}  // namespace pinlake
