// One thread of the server: its connections, and what wakes it.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>
#include <unordered_map>

#include "http/connection.h"

namespace pinlake {

/// Runs connections on a thread of its own. What is not said to be thread-safe belongs to that
/// thread.
class ServerLoop {
 public:
  /// \p context without inbox and scratch, which are the loop's. \p open counts the connections of
  /// all loops.
  static Result<std::unique_ptr<ServerLoop>> Start(LoopContext context, std::atomic<int64_t>& open);
  ~ServerLoop();

  /// Takes over a connected, non-blocking socket. Thread-safe.
  void Adopt(int fd, std::string peer);
  /// Closes idle connections and lets the busy ones finish. Thread-safe.
  void BeginStop();
  /// Connections that are not closed yet. Thread-safe.
  int64_t connections() const { return connections_open_; }
  /// Ends the thread, closing what is still open. \return requests that were cut off by that.
  int64_t End();

 private:
  ServerLoop(int epoll_fd, LoopContext context, std::atomic<int64_t>& open);

  void Run(std::stop_token stop);
  void Add(int fd, std::string peer);
  void HandleEvents(std::stop_token stop);
  void HandleInbox();
  void Tick();
  void RefreshTime();
  void ForgetIfClosed(std::unordered_map<uint64_t, std::unique_ptr<Connection>>::iterator it);
  Millis WaitTime() const;

  const int epoll_fd_;
  LoopContext context_;
  std::atomic<int64_t>& open_;
  std::atomic<int64_t> connections_open_{0};
  std::atomic<int64_t> cut_off_{0};
  std::unordered_map<uint64_t, std::unique_ptr<Connection>> connections_;
  uint64_t next_id_ = 1;
  int64_t next_tick_ms_ = 0;
  int64_t tick_every_ms_ = 250;
  int64_t date_second_ = -1;
  std::jthread thread_;  // last: ends before the rest goes
};

}  // namespace pinlake
