// docs/CONFIGURATION.md, made from the tables.
#pragma once

#include <string>

namespace pinlake {

/// Commands with their flags, sections of pipeline.yaml, properties of connector files, exit codes.
std::string ConfigurationMarkdown();

}  // namespace pinlake
