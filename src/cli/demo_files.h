// examples/pinterest, as it is in the program.
#pragma once

#include <string_view>
#include <vector>

namespace pinlake {

struct DemoFile {
  std::string_view path;  ///< from the pipeline file's directory on
  std::string_view text;
};

/// pipeline.yaml first, then the files that it names.
const std::vector<DemoFile>& DemoFiles();

}  // namespace pinlake
