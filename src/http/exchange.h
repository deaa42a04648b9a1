// One request and its answer over one connection.
#pragma once

#include <optional>

#include "http/client_message.h"
#include "http/response_parser.h"
#include "http/stream.h"

namespace pinlake {

struct ExchangeLimits {
  Micros deadline;
  Micros progress;
  ResponseLimits response;
  std::stop_token stop;
};

struct ExchangeOutcome {
  Result<ClientResponse> answer = ClientResponse{};
  bool sent_whole = false;    ///< the request may have been executed
  bool answer_begun = false;  ///< at least one byte of an answer came
  bool closed = false;        ///< the error is that the other side closed
  bool keep_alive = false;    ///< the connection can be used again
};

/// \p head is the request's head with its empty line. An answer that comes before the request is
/// sent whole (413, 403) is taken as the answer.
ExchangeOutcome Exchange(ByteStream& stream, std::string_view head, const ClientRequest& request,
                         const ExchangeLimits& limits);

}  // namespace pinlake
