// Any bytes: no crash. What a document parses, the minifier accepts; what either writes, both read
// and write again the same.
// Corpus: tests/corpus/json.
#include <cstdlib>

#include "codec/json.h"
#include "codec/json_minify.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace pinlake;
  const std::string text(reinterpret_cast<const char*>(data), size);
  std::string once, twice;
  JsonMinifier minifier;
  const auto minified = minifier.Append(text, &once);
  if (minified && *minified && (!minifier.Append(once, &twice) || once != twice)) std::abort();

  const auto document = JsonDocument::Parse(text);
  if (!document) return 0;
  if (!minified || !*minified) std::abort();
  const std::string written = document->root().ToText();
  const auto again = JsonDocument::Parse(written);
  if (!again || again->root().ToText() != written) std::abort();
  const auto of_minified = JsonDocument::Parse(once);
  if (!of_minified || of_minified->root().ToText() != written) std::abort();
  return 0;
}
