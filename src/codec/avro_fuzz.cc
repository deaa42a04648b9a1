// Any bytes: no crash. The first line is a schema, the rest a value of it; what is read is written
// back as bytes that read the same.
// Corpus: tests/corpus/avro.
#include <cstdlib>

#include "codec/avro_json.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace pinlake;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const size_t end = text.find('\n');
  const auto schema = AvroSchema::Parse(std::string(text.substr(0, end)));
  if (!schema || end == std::string_view::npos) return 0;
  const std::string_view bytes = text.substr(end + 1);
  std::string json;
  if (!AppendAvroJson(*schema, bytes, &json)) return 0;
  const auto document = JsonDocument::Parse(json);
  // A map may hold a key twice, and its value may then be lost; a value may be deeper than JSON.
  if (!document) return 0;
  std::string written;
  if (!AppendAvro(*schema, document->root(), &written)) return 0;
  std::string again;
  if (!AppendAvroJson(*schema, written, &again)) std::abort();
  if (again != json) std::abort();
  return 0;
}
