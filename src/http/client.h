// A blocking HTTP/1.1 client that keeps its connections.
#pragma once

#include <memory>
#include <stop_token>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "http/client_message.h"
#include "http/url.h"

namespace pinlake {

struct HttpClientOptions {
  Millis connect_timeout{5'000};    ///< name, TCP and TLS together
  Millis request_timeout{60'000};   ///< a whole request, connecting included
  Millis progress_timeout{30'000};  ///< no byte either way for so long ends a request
  Millis idle_timeout{15'000};      ///< a connection unused for longer is not used again
  size_t idle_per_origin_max = 64;  ///< connections kept; more are closed after their request
  size_t head_bytes_max = 64 << 10;
  size_t body_bytes_max = 64 << 20;
  std::string ca_file;     ///< PEM of trusted authorities; empty: the system's
  std::string user_agent;  ///< empty: none is sent
};

/// Thread-safe: any number of threads, each with one request at a time; a connection carries one
/// request at a time.
class HttpClient {
 public:
  explicit HttpClient(HttpClientOptions options);
  ~HttpClient();
  HttpClient(const HttpClient&) = delete;

  /// Sends \p request and waits for the whole answer. Any status is an answer, not an error.
  ///
  /// What an error says about the request:
  /// - kUnavailable: it was not executed (no address, refused, connect time-out, cut before all of
  /// it
  ///   was sent), or it is GET, HEAD or OPTIONS. May be sent again.
  /// - kUnknownOutcome: all of it was sent and no whole answer came. It may have been executed.
  /// - kUnauthenticated: the server's certificate is not trusted. Not executed.
  /// - kCancelled: \p stop was requested; it may have been executed.
  /// - kOutOfSpace: the answer is over a limit. It was executed.
  /// - kInvalidArgument, kNotFound: the file of authorities. Not executed.
  ///
  /// A kept connection that the server closed meanwhile is replaced without a word: always when the
  /// request had not been sent whole, else only if it is repeatable.
  Result<ClientResponse> Send(const HttpOrigin& origin, const ClientRequest& request,
                              std::stop_token stop = {});

  /// Connections that wait for a next request.
  size_t idle_connections() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace pinlake
