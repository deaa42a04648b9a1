// Splits a command line into a command, its flags and its positionals.
#pragma once

#include <span>

#include "cli/command.h"

namespace pinlake {

struct GlobalFlags {
  bool help = false;
  LogFormat log_format = LogFormat::kText;
  std::optional<LogLevel> log_level;
};

struct ParsedLine {
  CommandCall call;
  GlobalFlags global;
};

/// kInvalidArgument: what is wrong, with the nearest name for what is unknown. \p args without the
/// program's name; the first one or two name the command.
Result<ParsedLine> ParseCommandLine(std::span<const Command> commands,
                                    const std::vector<std::string>& args);

/// The row that \p args begin with; null if none. \p words gets how many words its name has.
const Command* FindCommand(std::span<const Command> commands, const std::vector<std::string>& args,
                           size_t* words);

/// "unknown command 'qurey'; did you mean query?"
Error UnknownCommand(std::span<const Command> commands, std::string_view word);

}  // namespace pinlake
