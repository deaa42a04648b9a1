// What a subcommand is: one row, and what it gets when it is called.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "config/option_rows.h"
#include "observe/log.h"

namespace pinlake {

struct Command;

/// Exit code for a wrong command line or a wrong configuration file. Other failures exit with
/// ExitCode(kind).
inline constexpr int kExitUsage = 64;

/// What the command line says, checked against the command's row.
struct CommandCall {
  const Command* command = nullptr;
  /// The command's own flags, without dashes; its option table parses them.
  ConfigEntries flags;
  std::vector<std::string> positionals;
  /// Commands with a pipeline: the file named by --pipeline or by position; empty if none was.
  std::string pipeline_file;
  /// Commands with a pipeline: what --set gave, in order.
  ConfigEntries sets;
};

/// One subcommand. Rows stand in cli/commands.cc, in the order of `pinlake help`.
struct Command {
  /// One word, or two ("dataset generate").
  std::string_view name;
  /// One sentence.
  std::string_view summary;
  /// What follows the name in the usage line besides flags: "connector.properties".
  std::string_view arguments = {};
  /// Paragraphs and examples for --help.
  std::string_view details = {};
  /// Its flags, named without dashes. A boolean flag takes no value. Null: none.
  const OptionRows& (*options)() = nullptr;
  size_t positionals_min = 0;
  size_t positionals_max = 0;
  /// Takes --pipeline FILE and --set key=value.
  bool pipeline = false;
  /// Takes --set without --pipeline.
  bool sets = false;
  /// Takes the pipeline file by position too (the only positional then).
  bool pipeline_by_position = false;
  /// Least level of log lines unless --log-level says another.
  LogLevel log_level = LogLevel::kInfo;
  /// Returns the exit code.
  int (*run)(const CommandCall& call) = nullptr;
};

/// Prints \p error for a person on stderr. \return kExitUsage
int WrongUsage(const CommandCall& call, const Error& error);
/// Prints \p error for a person on stderr. \return ExitCode(error.kind())
int Failed(const CommandCall& call, const Error& error);

/// Runs what \p args (without the program's name) say. \return the exit code
int RunCommandLine(std::string_view program, const std::vector<std::string>& args);

}  // namespace pinlake
