// Threads for calls that block, so that no event loop and no caller waits for them.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <functional>
#include <map>
#include <mutex>
#include <thread>
#include <vector>

#include "base/clock.h"

namespace pinlake {

/// Runs tasks at once or later, in the order in which they are due. A thread is started when a task
/// finds none idle, up to a limit; without tasks nothing runs. Thread-safe.
class TaskPool {
 public:
  using Task = std::function<void()>;

  explicit TaskPool(size_t threads_max) : threads_max_(threads_max) {}
  /// \see Stop
  ~TaskPool() { Stop(); }
  TaskPool(const TaskPool&) = delete;

  /// Runs \p task once \p delay is over. What waits is bounded by who posts. \return false: stopped
  /// already, \p task was dropped.
  bool Post(Task task, Millis delay = Millis(0));
  /// Drops what has not begun, waits for what has. Idempotent; not from a task.
  void Stop();
  size_t threads() const;

 private:
  void Run();

  const size_t threads_max_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::multimap<Micros, Task> due_;
  std::vector<std::thread> threads_;
  size_t idle_ = 0;
  bool stopping_ = false;
};

}  // namespace pinlake
