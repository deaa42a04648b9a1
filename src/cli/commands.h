// The subcommands.
#pragma once

#include <span>

#include "cli/command.h"

namespace pinlake {

/// In the order of `pinlake help`.
std::span<const Command> Commands();

// Each lies in cli/<name>_command.cc.
Command ConsumeCommand();
Command DatasetGenerateCommand();
Command DatasetLoadCommand();
Command DemoCommand();
Command EmulateCommand();
Command ExplainCommand();
Command GatewayCommand();
Command GroupsCommand();
Command MskTokenCommand();
Command ProduceCommand();
Command QueryCommand();
Command RunCommand();
Command SinkCommand();
Command TopicsCommand();
Command VerifyCommand();

}  // namespace pinlake
