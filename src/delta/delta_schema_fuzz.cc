// Any bytes: no crash. Accepted schemas: rendered, they read back as the same fields.
// Corpus: tests/corpus/delta_schema (of deltalake, nested, and damaged ones).
#include <cstdlib>

#include "delta/delta_schema.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace pinlake;
  const auto schema = ParseDeltaSchema({reinterpret_cast<const char*>(data), size});
  if (!schema) return 0;
  const auto again = ParseDeltaSchema(RenderDeltaSchema(*schema));
  if (!again || *again != *schema) std::abort();
  return 0;
}
