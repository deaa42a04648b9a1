// Any bytes: no crash, and no more work than the limits allow. Accepted bytes: every entry has a
// key and a line. Corpus: tests/corpus/yaml.
#include <cstdint>
#include <cstdlib>

#include "config/yaml.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace pinlake;
  const auto entries = ParseYaml({reinterpret_cast<const char*>(data), size}, "f");
  if (!entries) return 0;
  if (entries->entries.size() > 10'000) std::abort();
  for (const ConfigEntry& entry : entries->entries) {
    if (entry.line < 1) std::abort();
  }
  return 0;
}
