// Any bytes: no crash. What decodes, encoded anew, decodes to the same records. Corpus:
// tests/corpus/record_batch.
#include <cstdint>
#include <cstdlib>

#include "log/embedded/record_batch.h"

namespace {

using namespace pinlake;

bool Same(const RecordView& a, const RecordView& b) {
  return a.timestamp == b.timestamp && a.key == b.key && a.value == b.value &&
         std::equal(a.headers.begin(), a.headers.end(), b.headers.begin(), b.headers.end());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  // The checksum alone would turn nearly all inputs away; so the records are decoded without it.
  (void)CheckBatch(bytes);
  const auto header = PeekBatch(bytes);
  if (!header || header->bytes > size) return 0;
  DecodedRecords decoded;
  if (!DecodeBatch(bytes, *header, header->base, SIZE_MAX, decoded) || decoded.records.empty()) {
    return 0;
  }
  decoded.BindHeaders();
  BatchBuilder builder;
  for (const auto& record : decoded.records) {
    builder.Add({.key = record.key, .value = record.value, .headers = record.headers},
                record.timestamp);
  }
  const std::string again(builder.Finish(Offset(0)));
  const auto header_again = CheckBatch(again);
  DecodedRecords decoded_again;
  if (!header_again || !DecodeBatch(again, *header_again, Offset(0), SIZE_MAX, decoded_again)) {
    std::abort();
  }
  decoded_again.BindHeaders();
  if (decoded.records.size() != decoded_again.records.size()) std::abort();
  for (size_t i = 0; i < decoded.records.size(); ++i) {
    if (!Same(decoded.records[i], decoded_again.records[i])) std::abort();
  }
  return 0;
}
