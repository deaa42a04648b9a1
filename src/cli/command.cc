#include "cli/command.h"

#include <csignal>
#include <cstdio>
#include <utility>

#include "cli/command_line.h"
#include "cli/commands.h"
#include "cli/documents.h"
#include "cli/help.h"

namespace pinlake {
namespace {

void Print(std::FILE* to, std::string_view text) {
  std::fwrite(text.data(), 1, text.size(), to);
  std::fflush(to);
}

std::string Name(const Command* command) {
  return command == nullptr ? "pinlake" : fmt::format("pinlake {}", command->name);
}

int Wrong(const Command* command, const Error& error) {
  Print(stderr,
        fmt::format("{}: {}\nSee `{} --help`.\n", Name(command), error.message(), Name(command)));
  return kExitUsage;
}

int Help(const std::vector<std::string>& about) {
  if (about.empty()) return Print(stdout, ShortHelp(Commands())), 0;
  if (about[0] == "--markdown") return Print(stdout, ConfigurationMarkdown()), 0;
  size_t words = 0;
  const Command* command = FindCommand(Commands(), about, &words);
  if (command != nullptr) return Print(stdout, HelpOfCommand(*command)), 0;
  const std::string words_help = HelpOfFirstWord(Commands(), about[0]);
  if (!words_help.empty()) return Print(stdout, words_help), 0;
  return Wrong(nullptr, UnknownCommand(Commands(), about[0]));
}

/// A link to the program under a name of Kafka's tools is that command.
constexpr std::pair<std::string_view, const char*> kLinks[] = {
    {"kafka-topics.sh", "topics"},
    {"kafka-consumer-groups.sh", "groups"},
    {"kafka-console-producer.sh", "produce"},
    {"kafka-console-consumer.sh", "consume"},
};

bool IsHelp(const std::string& word) { return word == "help" || word == "--help" || word == "-h"; }

}  // namespace

int WrongUsage(const CommandCall& call, const Error& error) { return Wrong(call.command, error); }

int Failed(const CommandCall& call, const Error& error) {
  Print(stderr, fmt::format("{}: {}\n", Name(call.command), error.message()));
  return ExitCode(error.kind());
}

int RunCommandLine(std::string_view program, const std::vector<std::string>& args) {
  // A reader that goes away is an error of a write, not the end of the process.
  std::signal(SIGPIPE, SIG_IGN);
  for (const auto& [link, command] : kLinks) {
    if (!program.ends_with(link)) continue;
    std::vector<std::string> with_command = args;
    with_command.insert(with_command.begin(), command);
    return RunCommandLine("pinlake", with_command);
  }
  if (args.empty()) return Help({});
  if (IsHelp(args[0])) return Help({args.begin() + 1, args.end()});
  if (args[0] == "--version") return Print(stdout, VersionLine() + "\n"), 0;

  size_t words = 0;
  const Command* command = FindCommand(Commands(), args, &words);
  if (command == nullptr && args.size() == 2 && IsHelp(args[1])) return Help({args[0]});
  auto line = ParseCommandLine(Commands(), args);
  if (!line) return Wrong(command, line.error());
  if (line->global.help)
    return Help({args.begin(), args.begin() + static_cast<std::ptrdiff_t>(words)});
  ConfigureLog(line->global.log_level.value_or(command->log_level), line->global.log_format);
  return command->run(line->call);
}

}  // namespace pinlake
