#include "cli/command_line.h"

#include <fmt/format.h>

#include <algorithm>

#include "config/option_table.h"

namespace pinlake {
namespace {

using Args = std::vector<std::string>;

struct LogFlags {
  std::optional<LogLevel> level;
  LogFormat format = LogFormat::kText;
};

const OptionTable<LogFlags>& LogOptions() {
  using C = LogFlags;
  static const OptionTable<C> table{
      {.name = "log-level",
       .field = Enum(&C::level, {{"debug", LogLevel::kDebug},
                                 {"info", LogLevel::kInfo},
                                 {"warn", LogLevel::kWarn},
                                 {"error", LogLevel::kError}}),
       .doc = "Least level of log lines on stderr."},
      {.name = "log-format",
       .field = Enum(&C::format, {{"text", LogFormat::kText}, {"json", LogFormat::kJson}}),
       .fallback = "text",
       .doc = "How log lines are written."},
  };
  return table;
}

/// The flags that the frame itself takes besides the command's own.
const OptionRow* FrameRow(const Command& command, std::string_view name) {
  static const OptionRow pipeline{.name = "pipeline", .type = "file"};
  static const OptionRow set{.name = "set", .type = "key=value"};
  if (const OptionRow* row = LogOptions().Find(name)) return row;
  if (command.pipeline && name == "pipeline") return &pipeline;
  if ((command.pipeline || command.sets) && name == "set") return &set;
  return nullptr;
}

class LineParser {
 public:
  LineParser(const Command& command, const Args& args, size_t at)
      : command_(command), args_(args), at_(at) {
    line_.call.command = &command;
    line_.call.flags.prefix = log_flags_.prefix = "--";
    line_.call.flags.title = log_flags_.title = "command line";
  }

  Result<ParsedLine> Run() {
    bool only_positionals = false;
    while (at_ < args_.size()) {
      const std::string& arg = args_[at_++];
      if (only_positionals || arg == "-" || !arg.starts_with('-')) {
        line_.call.positionals.push_back(arg);
      } else if (arg == "--") {
        only_positionals = true;
      } else if (arg == "--help" || arg == "-h") {
        line_.global.help = true;
      } else {
        OnFlag(arg);
      }
    }
    if (line_.global.help) return std::move(line_);
    CheckPositionals();
    ReadLogFlags();
    if (problems_.empty()) return std::move(line_);
    return Fail(ErrorKind::kInvalidArgument, "{}", fmt::join(problems_, "\n"));
  }

 private:
  void OnFlag(const std::string& arg) {
    const size_t dashes = arg.starts_with("--") ? 2 : 1;
    const size_t equals = arg.find('=');
    const std::string name =
        arg.substr(dashes, equals == std::string::npos ? equals : equals - dashes);
    const OptionRow* row = command_.options != nullptr ? command_.options().Find(name) : nullptr;
    const bool own = row != nullptr;
    if (!own) row = FrameRow(command_, name);
    if (row == nullptr || dashes == 1) return Unknown(arg.substr(0, equals), name);
    ConfigEntry entry;
    entry.key = name;
    if (equals != std::string::npos) {
      entry.value = arg.substr(equals + 1);
    } else if (row->type == "boolean") {
      entry.value = "true";
    } else if (at_ < args_.size()) {
      entry.value = args_[at_++];
    } else {
      entry.problem = "needs a value";
    }
    if (own) return AddOwn(*row, std::move(entry));
    AddFrame(std::move(entry));
  }

  void AddOwn(const OptionRow& row, ConfigEntry entry) {
    auto& entries = line_.call.flags.entries;
    if (row.type == "list" || row.type == "repeatable") {
      const auto earlier = std::find_if(entries.begin(), entries.end(),
                                        [&](const auto& e) { return e.key == entry.key; });
      if (earlier != entries.end()) {
        if (!earlier->items) earlier->items = std::vector<std::string>{earlier->value};
        earlier->items->push_back(entry.value);
        return;
      }
    }
    entries.push_back(std::move(entry));
  }

  void AddFrame(ConfigEntry entry) {
    if (!entry.problem.empty()) {
      problems_.push_back(fmt::format("--{}: {}", entry.key, entry.problem));
    } else if (entry.key == "pipeline") {
      line_.call.pipeline_file = entry.value;
    } else if (entry.key == "set") {
      OnSet(entry.value);
    } else {
      log_flags_.entries.push_back(std::move(entry));
    }
  }

  void OnSet(const std::string& text) {
    const size_t equals = text.find('=');
    if (equals == std::string::npos || equals == 0) {
      problems_.push_back(fmt::format("--set: '{}' is not key=value", text));
      return;
    }
    line_.call.sets.Set(text.substr(0, equals), text.substr(equals + 1), "--set");
  }

  void Unknown(const std::string& flag, const std::string& name) {
    std::vector<std::string_view> known = {"help", "log-level", "log-format"};
    if (command_.pipeline) known.insert(known.end(), {"pipeline", "set"});
    if (command_.sets) known.emplace_back("set");
    if (command_.options != nullptr) {
      for (const OptionRow& row : command_.options().rows()) known.push_back(row.name);
    }
    const std::string_view near = NearestName(name, known);
    problems_.push_back(near.empty()
                            ? fmt::format("unknown option {}", flag)
                            : fmt::format("unknown option {}; did you mean --{}?", flag, near));
    unknown_flag_ = true;
  }

  void CheckPositionals() {
    auto& positionals = line_.call.positionals;
    if (command_.pipeline_by_position && positionals.size() == 1) {
      if (!line_.call.pipeline_file.empty()) {
        problems_.push_back(fmt::format("the pipeline file is given twice: {} and {}",
                                        line_.call.pipeline_file, positionals[0]));
      }
      line_.call.pipeline_file = positionals[0];
      positionals.clear();
    }
    // What follows an unknown flag may have been meant as its value.
    if (unknown_flag_) return;
    if (positionals.size() > command_.positionals_max) {
      problems_.push_back(
          fmt::format("'{}' is one argument too many", positionals[command_.positionals_max]));
    } else if (positionals.size() < command_.positionals_min) {
      problems_.push_back(fmt::format("{} is missing", command_.arguments));
    }
  }

  void ReadLogFlags() {
    auto flags = LogOptions().Parse(log_flags_);
    if (!flags) {
      // The first line only says "command line:".
      const std::string& message = flags.error().message();
      problems_.push_back(message.substr(message.find('\n') + 1));
      return;
    }
    line_.global.log_level = flags->config.level;
    line_.global.log_format = flags->config.format;
  }

  const Command& command_;
  const Args& args_;
  size_t at_;
  ParsedLine line_;
  ConfigEntries log_flags_;
  std::vector<std::string> problems_;
  bool unknown_flag_ = false;
};

/// Words of a command's name: one or two.
size_t Words(std::string_view name) { return name.find(' ') == std::string_view::npos ? 1 : 2; }

}  // namespace

const Command* FindCommand(std::span<const Command> commands, const Args& args, size_t* words) {
  for (const size_t n : {size_t{2}, size_t{1}}) {
    if (args.size() < n) continue;
    const std::string name = n == 1 ? args[0] : args[0] + " " + args[1];
    for (const Command& command : commands) {
      if (command.name == name) {
        *words = n;
        return &command;
      }
    }
  }
  return nullptr;
}

Error UnknownCommand(std::span<const Command> commands, std::string_view word) {
  std::vector<std::string_view> names = {"help"};
  std::string seconds;
  for (const Command& command : commands) {
    names.push_back(command.name);
    if (Words(command.name) == 2 && command.name.starts_with(word) &&
        command.name.size() > word.size() && command.name[word.size()] == ' ') {
      seconds.append(seconds.empty() ? "" : " or ").append(command.name.substr(word.size() + 1));
    }
  }
  if (!seconds.empty()) {
    return Error(ErrorKind::kInvalidArgument,
                 fmt::format("'{}' needs a second word: {}", word, seconds));
  }
  if (word.starts_with('-')) {
    return Error(ErrorKind::kInvalidArgument,
                 fmt::format("unknown option {}; a command comes first", word));
  }
  const std::string_view near = NearestName(word, names);
  return Error(ErrorKind::kInvalidArgument,
               near.empty() ? fmt::format("unknown command '{}'", word)
                            : fmt::format("unknown command '{}'; did you mean {}?", word, near));
}

Result<ParsedLine> ParseCommandLine(std::span<const Command> commands, const Args& args) {
  size_t words = 0;
  const Command* command = FindCommand(commands, args, &words);
  if (command == nullptr) return Fail(UnknownCommand(commands, args.empty() ? "" : args[0]));
  return LineParser(*command, args, words).Run();
}

}  // namespace pinlake
