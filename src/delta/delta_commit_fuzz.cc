// Any bytes: no crash. Accepted bytes: rendered, they read back as the same actions.
// Corpus: tests/corpus/delta_commit (commits of this program and of deltalake 1.6.6, and damaged
// ones).
#include <cstdlib>

#include "delta/delta_commit_text.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace pinlake;
  auto commit = ParseDeltaCommit({reinterpret_cast<const char*>(data), size});
  if (!commit) return 0;
  commit->unknown.clear();
  const auto again = ParseDeltaCommit(RenderDeltaCommit(*commit));
  if (!again || *again != *commit) std::abort();
  return 0;
}
