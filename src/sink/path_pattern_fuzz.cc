// Any bytes as a pattern: refused, or a path of the same moment each time; no crash.
// Corpus: tests/corpus/path_pattern (patterns of the recordings and of Joda's documentation).
#include <cstdlib>

#include "sink/path_pattern.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace pinlake;
  static const LocalZone zone = *LocalZone::Make("+05:30");
  const auto pattern = PathPattern::Make({reinterpret_cast<const char*>(data), size}, zone, "fr");
  if (!pattern) return 0;
  if (pattern->Format(1'709'296'245'000) != pattern->Format(1'709'296'245'000)) std::abort();
  static_cast<void>(pattern->Format(-62'135'596'800'001));
  return 0;
}
