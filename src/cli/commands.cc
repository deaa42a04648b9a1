#include "cli/commands.h"

#include <vector>

namespace pinlake {

std::span<const Command> Commands() {
  static const std::vector<Command> commands = {
      RunCommand(),   GatewayCommand(), EmulateCommand(),         TopicsCommand(),
      SinkCommand(),  QueryCommand(), VerifyCommand(),  DatasetGenerateCommand(), DatasetLoadCommand(),
  };
  return commands;
}

}  // namespace pinlake
