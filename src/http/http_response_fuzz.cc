// Any bytes, cut anywhere: no crash, and the cut does not matter.
// Corpus: tests/corpus/http_response. The first byte says where the bytes are cut.
#include <cstdint>
#include <cstdlib>

#include "http/response_parser.h"

namespace {

using namespace pinlake;

Result<ClientResponse> Parse(std::string_view bytes, size_t step) {
  ResponseParser parser(false, {.head_bytes_max = 4096, .body_bytes_max = 4096});
  for (size_t at = 0; at < bytes.size() && !parser.done();) {
    const auto taken = parser.Feed(bytes.substr(at, step));
    if (!taken) return Fail(taken.error());
    at += *taken;
  }
  if (auto closed = parser.Close(); !closed) return Fail(closed.error());
  return parser.Take();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 1) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const auto whole = Parse(bytes, bytes.size() + 1);
  const auto cut = Parse(bytes, data[0] % 16 + size_t{1});
  if (whole.has_value() != cut.has_value()) std::abort();
  if (whole && *whole != *cut) std::abort();
  return 0;
}
