// Any bytes: no crash. Accepted bytes: what we render, we read back as the same keys and values.
// Corpus: tests/corpus/properties.
#include <cstdint>
#include <cstdlib>

#include "config/properties.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace pinlake;
  const auto entries = ParseProperties({reinterpret_cast<const char*>(data), size}, "f");
  if (!entries) return 0;
  const auto again = ParseProperties(RenderProperties(*entries), "f");
  if (!again || again->entries.size() != entries->entries.size()) std::abort();
  for (size_t i = 0; i < entries->entries.size(); ++i) {
    if (again->entries[i].key != entries->entries[i].key) std::abort();
    if (again->entries[i].value != entries->entries[i].value) std::abort();
  }
  return 0;
}
