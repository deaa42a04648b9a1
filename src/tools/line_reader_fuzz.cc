// Any bytes: no crash. A line that is accepted without a null marker is its parts with the
// separators between them. Corpus: tests/corpus/line_reader.
#include <cstdint>
#include <cstdlib>

#include "tools/line_reader.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace pinlake;
  if (size == 0) return 0;
  LineFormat format = LineFormatTable().Defaults();
  format.parse_key = (data[0] & 1) != 0;
  format.parse_headers = (data[0] & 2) != 0;
  format.ignore_error = (data[0] & 4) != 0;
  const std::string_view line(reinterpret_cast<const char*>(data) + 1, size - 1);
  const auto record = ReadLine(format, line, 1);
  if (!record) return 0;
  std::string again;
  if (record->key) again = *record->key + format.key_separator;
  again += record->value.value_or("");
  if (!line.ends_with(again)) std::abort();
  if (!format.parse_headers && again != line) std::abort();
  return 0;
}
