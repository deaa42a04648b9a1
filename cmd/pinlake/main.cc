#include <string>
#include <vector>

#include "cli/command.h"

int main(int argc, char** argv) {
  const std::string program = argc > 0 ? argv[0] : "pinlake";
  return pinlake::RunCommandLine(program, std::vector<std::string>(argv + (argc > 0), argv + argc));
}
