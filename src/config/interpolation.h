// ${env:X} and ${file:…} in values.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "config/config_entries.h"

namespace pinlake {

/// The environment variable's value; none if it is not set.
using Environment = std::function<std::optional<std::string>(const std::string& name)>;
Environment ProcessEnvironment();

/// Replaces in every value (and list item) of \p entries
/// - `${env:NAME}` by the environment variable,
/// - `${file:PATH}` by the file's text without its last line end,
/// - `${file:PATH:KEY}` by the value of KEY in the .properties file PATH, as Connect's
///   FileConfigProvider.
/// A relative PATH starts in \p directory (empty: the working directory). A value with a
/// replacement is secret from then on. What can't be replaced becomes the entry's problem, so that
/// it is reported with all others. Replacements are not looked at again; `${word}` without a colon
/// stays.
void Interpolate(ConfigEntries& entries, const std::string& directory,
                 const Environment& environment);

}  // namespace pinlake
