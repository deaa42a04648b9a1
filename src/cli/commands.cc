#include "cli/commands.h"

#include <vector>

namespace pinlake {

std::span<const Command> Commands() {
  static const std::vector<Command> commands = {
      // One a line, so that changes of two do not meet.
      // clang-format off
      DemoCommand(),
      RunCommand(),
      GatewayCommand(),
      EmulateCommand(),
      SinkCommand(),
      TopicsCommand(),
      GroupsCommand(),
      ProduceCommand(),
      ConsumeCommand(),
      QueryCommand(),
      VerifyCommand(),
      ExplainCommand(),
      DatasetGenerateCommand(),
      DatasetLoadCommand(),
      MskTokenCommand(),
      // clang-format on
  };
  return commands;
}

}  // namespace pinlake
