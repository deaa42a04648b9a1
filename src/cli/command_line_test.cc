#include "cli/command_line.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/commands.h"
#include "cli/help.h"
#include "config/option_table.h"

namespace pinlake {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

struct Flags {
  int64_t posts = 0;
  bool json = false;
  std::vector<std::string> topics, configs;
};

const OptionTable<Flags>& FlagTable() {
  using C = Flags;
  static const OptionTable<C> table{
      {.name = "posts", .field = Int(&C::posts, 1), .fallback = "500", .doc = "Rounds."},
      {.name = "json", .field = Bool(&C::json), .fallback = "false", .doc = "For machines."},
      {.name = "topics", .field = List(&C::topics), .fallback = ""},
      {.name = "config", .field = Repeated(&C::configs)},
  };
  return table;
}

const std::vector<Command>& Rows() {
  static const auto options = []() -> const OptionRows& { return FlagTable().rows(); };
  static const std::vector<Command> rows = {
      {.name = "demo", .summary = "Shows it.", .options = options},
      {.name = "run", .summary = "Runs it.", .pipeline = true, .pipeline_by_position = true},
      {.name = "sink",
       .summary = "Sinks.",
       .arguments = "connector.properties",
       .positionals_min = 1,
       .positionals_max = 1},
      {.name = "dataset generate", .summary = "Makes rows."},
      {.name = "dataset load", .summary = "Loads rows."},
  };
  return rows;
}

Result<ParsedLine> Line(std::vector<std::string> args) { return ParseCommandLine(Rows(), args); }
std::string Problem(std::vector<std::string> args) {
  const auto line = Line(std::move(args));
  return line ? "" : line.error().message();
}

TEST(CommandLineTest, FlagsComeWithAndWithoutEquals) {
  const auto line = Line(
      {"demo", "--posts=7", "--json", "--topics", "a,b", "--config", "a=1,2", "--config", "b=3"});
  ASSERT_TRUE(line) << line.error().message();
  const auto flags = FlagTable().Parse(line->call.flags);
  ASSERT_TRUE(flags) << flags.error().message();
  EXPECT_EQ(flags->config.posts, 7);
  EXPECT_TRUE(flags->config.json);
  EXPECT_THAT(flags->config.topics, ElementsAre("a", "b"));
  EXPECT_THAT(flags->config.configs, ElementsAre("a=1,2", "b=3"));
}

TEST(CommandLineTest, AWrongValueNamesTheFlag) {
  const auto line = Line({"demo", "--posts", "x"});
  ASSERT_TRUE(line);
  EXPECT_EQ(FlagTable().Parse(line->call.flags).error().message(),
            "command line:\n--posts: 'x' is not an integer (allowed: at least 1)");
}

TEST(CommandLineTest, AFlagWithoutItsValueIsReported) {
  const auto line = Line({"demo", "--posts"});
  ASSERT_TRUE(line);
  EXPECT_EQ(FlagTable().Parse(line->call.flags).error().message(),
            "command line:\n--posts: needs a value");
  EXPECT_EQ(Problem({"demo", "--log-level"}), "--log-level: needs a value");
}

TEST(CommandLineTest, UnknownWordsGetASuggestion) {
  EXPECT_EQ(Problem({"dmeo"}), "unknown command 'dmeo'; did you mean demo?");
  EXPECT_EQ(Problem({"xyzzy"}), "unknown command 'xyzzy'");
  EXPECT_EQ(Problem({"--posts"}), "unknown option --posts; a command comes first");
  EXPECT_EQ(Problem({"dataset"}), "'dataset' needs a second word: generate or load");
  EXPECT_EQ(Problem({"demo", "--pots", "5"}), "unknown option --pots; did you mean --posts?");
  EXPECT_EQ(Problem({"demo", "-x"}), "unknown option -x");
  EXPECT_EQ(Problem({"demo", "--log-level", "loud"}),
            "--log-level: 'loud' is not one of the choices (allowed: debug, info, warn, error)");
}

TEST(CommandLineTest, PositionalsAreCounted) {
  EXPECT_EQ(Problem({"sink"}), "connector.properties is missing");
  EXPECT_EQ(Problem({"sink", "a", "b"}), "'b' is one argument too many");
  EXPECT_EQ(Problem({"demo", "a"}), "'a' is one argument too many");
  const auto line = Line({"sink", "--", "--odd-name"});
  ASSERT_TRUE(line);
  EXPECT_THAT(line->call.positionals, ElementsAre("--odd-name"));
}

TEST(CommandLineTest, APipelineComesByFlagOrPosition) {
  EXPECT_EQ(Line({"run", "p.yaml"})->call.pipeline_file, "p.yaml");
  const auto line = Line({"run", "--pipeline", "q.yaml", "--set", "a.b=c=d", "--set=e="});
  ASSERT_TRUE(line);
  EXPECT_EQ(line->call.pipeline_file, "q.yaml");
  ASSERT_EQ(line->call.sets.entries.size(), 2u);
  EXPECT_EQ(line->call.sets.entries[0].key, "a.b");
  EXPECT_EQ(line->call.sets.entries[0].value, "c=d");
  EXPECT_EQ(line->call.sets.entries[1].value, "");
  EXPECT_EQ(Problem({"run", "--set", "novalue"}), "--set: 'novalue' is not key=value");
  EXPECT_EQ(Problem({"run", "--pipeline", "a", "b"}), "the pipeline file is given twice: a and b");
}

TEST(CommandLineTest, HelpIsFoundAnywhere) {
  EXPECT_TRUE(Line({"sink", "--help"})->global.help);
  EXPECT_THAT(HelpOfCommand(Rows()[0]), HasSubstr("  --posts  <integer>  [500]\n"));
  EXPECT_THAT(HelpOfCommand(Rows()[0]), HasSubstr("  --json\n"));
  EXPECT_THAT(HelpOfCommand(Rows()[1]), HasSubstr("usage: pinlake run [pipeline.yaml] [options]"));
  EXPECT_THAT(ShortHelp(Rows()), HasSubstr("  dataset load      Loads rows.\n"));
}

TEST(CommandsTest, EveryRowIsWhole) {
  for (const Command& command : Commands()) {
    EXPECT_NE(command.run, nullptr) << command.name;
    EXPECT_TRUE(command.summary.ends_with('.')) << command.name;
    EXPECT_TRUE(command.positionals_min == 0 || !command.arguments.empty()) << command.name;
  }
}

}  // namespace
}  // namespace pinlake
