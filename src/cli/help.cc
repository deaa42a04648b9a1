#include "cli/help.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

namespace pinlake {
namespace {

constexpr std::string_view kGlobalFlags =
    "  --log-level <debug|info|warn|error>\n      Least level of log lines on stderr.\n"
    "  --log-format <text|json>  [text]\n      How log lines are written.\n"
    "  --help\n      This text.\n";

constexpr std::string_view kPipelineFlag =
    "  --pipeline <file>  [./pipeline.yaml]\n      The pipeline's file.\n";
constexpr std::string_view kSetFlag =
    "  --set <key=value>\n      Any key of a pipeline file, e.g. --set store.url=file:///data. "
    "May be repeated.\n";

}  // namespace

std::string ShortHelp(std::span<const Command> commands) {
  std::string text =
      "pinlake: a stream of events into a lake, and answers from it\n\n"
      "usage: pinlake <command> [options]\n\n";
  size_t width = 4;
  for (const Command& command : commands) width = std::max(width, command.name.size());
  for (const Command& command : commands) {
    text += fmt::format("  {:<{}}  {}\n", command.name, width, command.summary);
  }
  text += fmt::format("  {:<{}}  {}\n", "help", width, "This text, or the help of a command.");
  return text + "\nEvery command has --help. `pinlake --version` prints the version.\n";
}

std::string HelpOfFirstWord(std::span<const Command> commands, std::string_view word) {
  std::vector<const Command*> found;
  size_t width = 0;
  for (const Command& command : commands) {
    if (!command.name.starts_with(std::string(word) + " ")) continue;
    found.push_back(&command);
    width = std::max(width, command.name.size());
  }
  if (found.empty()) return {};
  std::string text = fmt::format("usage: pinlake {} <command> [options]\n\n", word);
  for (const Command* command : found) {
    text += fmt::format("  {:<{}}  {}\n", command->name, width, command->summary);
  }
  return text;
}

std::string HelpOfCommand(const Command& command) {
  std::string text = fmt::format("{}\n\nusage: pinlake {}", command.summary, command.name);
  if (command.pipeline_by_position) text += " [pipeline.yaml]";
  if (!command.arguments.empty()) text += fmt::format(" {}", command.arguments);
  text += " [options]\n";
  if (!command.details.empty()) text += fmt::format("\n{}\n", command.details);
  text += "\noptions:\n";
  if (command.options != nullptr) text += command.options().Help("--");
  if (command.pipeline) text += kPipelineFlag;
  if (command.pipeline || command.sets) text += kSetFlag;
  text += kGlobalFlags;
  return text;
}

std::string VersionLine() { return fmt::format("pinlake {}", PINLAKE_VERSION); }

}  // namespace pinlake
