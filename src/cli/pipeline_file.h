// pipeline.yaml, split into the sections that the components' option tables parse.
#pragma once

#include <string>
#include <vector>

#include "config/config_file.h"

namespace pinlake {

/// One element of `log.topics`, `sinks` or `queries`.
struct NamedEntries {
  std::string name;
  /// Without `name`. Messages name whole keys ("sinks[0].flush.size").
  ConfigEntries entries;
};

/// What stands in the file, with --set applied. Nothing is parsed yet but the structure.
struct PipelineFile {
  std::string path;
  /// Where files that it names start: its own directory.
  std::string directory;
  ConfigEntries general;  ///< data.dir, memory.budget
  ConfigEntries log, gateway, store;
  bool has_gateway = false;
  std::vector<NamedEntries> topics, sinks, queries;
};

/// Reads \p path and applies \p sets (keys as in the file; `sinks.NAME.KEY` names a sink's property
/// too). kNotFound, kPermissionDenied; kInvalidArgument: "configuration:" and every problem of the
/// structure, one a line.
Result<PipelineFile> LoadPipelineFile(const std::string& path, const ConfigEntries& sets,
                                      const Environment& environment = ProcessEnvironment());

/// The same of text that is at hand.
Result<PipelineFile> ParsePipelineFile(std::string_view text, const std::string& path,
                                       const ConfigEntries& sets, const Environment& environment);

/// Gathers the problems of several parses into one answer.
class Problems {
 public:
  /// Takes the lines of \p error, without its "configuration:".
  void Add(const Error& error);
  void Add(std::string line) { lines_.push_back(std::move(line)); }
  template <typename T>
  bool Take(Result<T> result, T* value) {
    if (result) {
      *value = std::move(*result);
    } else {
      Add(result.error());
    }
    return result.has_value();
  }
  /// kInvalidArgument with all of them, if there are any.
  Status AsStatus() const;

 private:
  std::vector<std::string> lines_;
};

}  // namespace pinlake
