// Configuration files from a path to entries.
#pragma once

#include <string>

#include "base/result.h"
#include "config/config_entries.h"
#include "config/interpolation.h"

namespace pinlake {

/// The whole text of a file or pipe, at most 4 MiB. kNotFound, kPermissionDenied,
/// kInvalidArgument (a directory, too large).
Result<std::string> ReadConfigFile(const std::string& path);

/// Read, parsed by what the name ends with (.yaml and .yml: YAML, else .properties) and
/// interpolated. kInvalidArgument for what is wrong with the file as such; what is wrong with
/// single values comes with parsing the entries.
Result<ConfigEntries> LoadConfigFile(const std::string& path,
                                     const Environment& environment = ProcessEnvironment());

/// The directory that relative paths in the file start in; "." without one.
std::string DirectoryOf(const std::string& path);

}  // namespace pinlake
