// Any bytes: no crash. However they are cut into pieces, the same requests come out.
// Corpus: tests/corpus/request_parser.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "http/request_parser.h"

namespace {

using pinlake::RequestParser;

// Every request of the connection that is accepted.
std::string Read(std::string_view bytes, size_t piece) {
  pinlake::RequestLimits limits;
  limits.header_bytes_max = 4096;
  limits.body_bytes_max = 8192;
  RequestParser parser(limits);
  parser.Begin(nullptr);
  std::string seen, waiting;
  while (!bytes.empty()) {
    const size_t taken = std::min(piece, bytes.size());
    waiting.append(bytes.substr(0, taken));
    bytes.remove_prefix(taken);
    bool more = false;
    while (!more) {
      const auto fed = parser.Feed(waiting);
      if (fed.used > waiting.size()) std::abort();
      waiting.erase(0, fed.used);
      switch (fed.step) {
        case RequestParser::Step::kNeedMore:
          more = true;
          break;
        case RequestParser::Step::kHead:
          (void)parser.keep_alive();
          (void)parser.expects_continue();
          break;
        case RequestParser::Step::kDone: {
          auto request = parser.Take();
          if (request.body.text().size() > limits.body_bytes_max) std::abort();
          seen.append(request.head.method()).append(" ").append(request.head.target());
          for (const auto& [name, value] : request.head.Fields()) {
            seen.append("|").append(name).append(":").append(value);
          }
          seen.append("\n").append(request.body.text()).append("\n");
          parser.Begin(nullptr);
          break;
        }
        case RequestParser::Step::kRefused:
          if (parser.refusal().status < 400) std::abort();
          return seen;  // nothing more is read from such a connection
      }
    }
  }
  return seen;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const size_t piece = 1 + data[0] % 64;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  // A refusal may be seen later in pieces; what is accepted may not differ.
  if (Read(bytes, bytes.size() + 1) != Read(bytes, piece)) std::abort();
  return 0;
}
