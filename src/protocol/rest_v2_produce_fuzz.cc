// Any bytes: no crash. Accepted bytes: what we render, we read back as the same request.
// Corpus: tests/corpus/rest_v2_produce.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "protocol/rest_v2_produce.h"

namespace {

using pinlake::ProduceV2;
using pinlake::RestV2Body;

bool Equal(const ProduceV2& a, const ProduceV2& b) {
  if (a.records.size() != b.records.size()) return false;
  for (size_t i = 0; i < a.records.size(); ++i) {
    const auto& left = a.records[i];
    const auto& right = b.records[i];
    if (left.key != right.key || left.value != right.value || left.partition != right.partition) {
      return false;
    }
  }
  return true;
}

void Check(RestV2Body format, std::string body) {
  constexpr size_t kRecordsMax = 10'000;
  const size_t bytes = body.size();
  const auto request = pinlake::ParseProduceV2(format, body, kRecordsMax);
  if (!request) return;
  size_t data_bytes = 0;
  for (const auto& record : request->records) {
    data_bytes += (record.key ? record.key->size() : 0) + (record.value ? record.value->size() : 0);
  }
  if (data_bytes > bytes) std::abort();
  if (format != RestV2Body::kJson && format != RestV2Body::kBinary) return;
  std::string rendered = pinlake::RenderProduceV2(format, *request);
  const auto again = pinlake::ParseProduceV2(format, rendered, kRecordsMax);
  if (!again || !Equal(*request, *again)) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string body(reinterpret_cast<const char*>(data), size);
  for (const auto format : {RestV2Body::kJson, RestV2Body::kBinary, RestV2Body::kAvro}) {
    Check(format, body);
  }
  return 0;
}
