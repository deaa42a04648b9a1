// An HTTP server for tests that answers as it is told: wrong, late, half or not at all.
#pragma once

#include <sys/socket.h>

#include <atomic>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "http/url.h"

namespace pinlake {

/// Listens on a free port of 127.0.0.1, one thread a connection, until destroyed.
class HttpImposter {
 public:
  struct Request {
    std::string method;
    std::string target;
    std::string head;  ///< with the empty line
    std::string body;
    int connection = 0;            ///< from 0, in the order of accepting
    int number_on_connection = 0;  ///< from 0
  };
  struct Reply {
    std::string bytes;   ///< as they go out
    bool close = false;  ///< afterwards; with no bytes: a cut without an answer
  };
  using Handler = std::function<Reply(const Request&)>;

  /// \p handler runs on the connections' threads, several at once. \p answer_early: it is called
  /// with the head alone, before the body is read.
  explicit HttpImposter(Handler handler, bool answer_early = false);
  ~HttpImposter();

  HttpOrigin origin() const { return {.host = "127.0.0.1", .port = port_}; }
  std::string url() const { return origin().Text(); }
  std::vector<Request> seen() const;
  int connections() const { return accepted_; }

  /// A whole answer with Content-Length.
  static std::string Answer(int status, const std::string& body, const std::string& fields = "");

 private:
  void Accept();
  void Serve(int fd, int connection);
  bool ReadRequest(int fd, std::string& buffer, Request& request) const;

  const Handler handler_;
  const bool answer_early_;
  int listener_ = -1;
  uint16_t port_ = 0;
  std::atomic<int> accepted_{0};
  mutable std::mutex mutex_;
  std::vector<Request> seen_;
  std::map<int, int> open_;  ///< descriptors of connections, by number
  std::vector<std::thread> threads_;
  std::thread acceptor_;
};

}  // namespace pinlake
