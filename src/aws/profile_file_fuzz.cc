// Any bytes: no crash. Accepted: what is rendered is read back as the same.
// Corpus: tests/corpus/profile_file (written after the AWS documentation's examples).
#include <cstdint>
#include <cstdlib>

#include "aws/profile_file.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace pinlake;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  for (const auto kind : {ProfileFileKind::kCredentials, ProfileFileKind::kConfig}) {
    const auto profiles = ParseProfileFile(text, kind);
    if (!profiles) continue;
    const auto again = ParseProfileFile(RenderProfileFile(*profiles, kind), kind);
    if (!again || *again != *profiles) std::abort();
  }
  return 0;
}
