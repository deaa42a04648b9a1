// Any bytes: no crash. What is accepted lies within the years that dates reach.
// Corpus: tests/corpus/iso_timestamp (the reference's texts, and others near them).
#include <cstdlib>

#include "sink/civil_time.h"
#include "sink/iso_timestamp.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace pinlake;
  const auto ms = ParseIsoTimestamp({reinterpret_cast<const char*>(data), size});
  if (!ms) return 0;
  const CivilTime at = ToCivil(*ms);
  const auto days = DaysOfDate(at.year, at.month, at.day);
  if (days && *days != (*ms - (*ms % 86'400'000 + 86'400'000) % 86'400'000) / 86'400'000) {
    std::abort();
  }
  return 0;
}
