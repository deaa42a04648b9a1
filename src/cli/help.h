// What `pinlake help` and `pinlake <command> --help` print.
#pragma once

#include <span>
#include <string>

#include "cli/command.h"

namespace pinlake {

/// The list of commands.
std::string ShortHelp(std::span<const Command> commands);
/// Usage, flags and details of one command.
std::string HelpOfCommand(const Command& command);
/// The version in one line.
std::string VersionLine();

}  // namespace pinlake
