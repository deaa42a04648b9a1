// What `pinlake help` and `pinlake <command> --help` print.
#pragma once

#include <span>
#include <string>

#include "cli/command.h"

namespace pinlake {

/// The list of commands.
std::string ShortHelp(std::span<const Command> commands);
/// The commands of two words whose first is \p word; empty if there are none.
std::string HelpOfFirstWord(std::span<const Command> commands, std::string_view word);
/// Usage, flags and details of one command.
std::string HelpOfCommand(const Command& command);
/// The version in one line.
std::string VersionLine();

}  // namespace pinlake
