// Any bytes: no crash, however they are cut. Accepted records: what we render, we read back as the
// same. Corpus: tests/corpus/rest_v3.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "protocol/json_stream.h"
#include "protocol/rest_v3_produce.h"
#include "protocol/rest_v3_topics.h"

namespace {

constexpr size_t kValueBytesMax = 4096;

std::vector<std::string> Split(std::string_view body, size_t piece, bool* whole) {
  pinlake::JsonStreamSplitter splitter(kValueBytesMax);
  std::vector<std::string> values;
  for (size_t at = 0; at < body.size(); at += piece) {
    if (!splitter.Feed(body.substr(at, piece), &values)) break;
  }
  *whole = splitter.End();
  return values;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view body(reinterpret_cast<const char*>(data), size);
  (void)pinlake::ParseNewTopicV3(body);
  (void)pinlake::ParseAlterConfigsV3(body);
  (void)pinlake::ParseConfigValueV3(body);
  bool whole = false, whole_by_one = false;
  const auto values = Split(body, 1 << 20, &whole);
  const auto by_one = Split(body, 1, &whole_by_one);
  if (values != by_one || whole != whole_by_one) std::abort();
  for (const auto& value : values) {
    const auto record = pinlake::ParseProduceV3(value);
    if (!record) continue;
    const auto again = pinlake::ParseProduceV3(pinlake::RenderProduceV3(*record));
    if (!again || !(*again == *record)) std::abort();
  }
  return 0;
}
