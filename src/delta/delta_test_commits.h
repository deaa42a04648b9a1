// Commits for tests.
#pragma once

#include <string>

#include "delta/delta_conflict.h"
#include "delta/delta_snapshot.h"

namespace pinlake {

inline DeltaCommit CreateTableCommit(std::map<std::string, std::string> properties = {}) {
  DeltaCommit commit;
  commit.protocol = DeltaProtocol();
  properties.emplace(kDeltaCreatedBy, "tests");
  commit.metadata = {.id = "1",
                     .schema = R"({"type":"struct","fields":[]})",
                     .configuration = std::move(properties)};
  return commit;
}

inline DeltaAdd AddOf(std::string path, bool data_change = true) {
  return {.path = std::move(path), .size_bytes = 1, .data_change = data_change};
}

inline DeltaCommit Appending(std::string path) {
  DeltaCommit commit;
  commit.adds = {AddOf(std::move(path))};
  return commit;
}

/// \p from by \p to; the rows are the same unless \p data_change.
inline DeltaCommit Replacing(std::string from, std::string to, bool data_change) {
  DeltaCommit commit;
  commit.removes = {{.path = std::move(from), .data_change = data_change}};
  commit.adds = {AddOf(std::move(to), data_change)};
  return commit;
}

}  // namespace pinlake
