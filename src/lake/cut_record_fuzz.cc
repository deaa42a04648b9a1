// Any bytes: no crash. Accepted bytes: rendered, they read back as the same record.
// Corpus: tests/corpus/cut_record (rendered by version 1, damaged, and other programs' metadata).
#include <cstdlib>

#include "lake/cut_record.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace pinlake;
  const auto record = ParseCutRecord({reinterpret_cast<const char*>(data), size});
  if (!record || !*record) return 0;
  const auto text = RenderCutRecord(**record);
  if (!text) return text.error().kind() == ErrorKind::kOutOfSpace ? 0 : (std::abort(), 0);
  const auto again = ParseCutRecord(*text);
  if (!again || *again != *record) std::abort();
  return 0;
}
