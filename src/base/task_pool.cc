#include "base/task_pool.h"

#include <utility>

namespace pinlake {

bool TaskPool::Post(Task task, Millis delay) {
  const std::lock_guard lock(mutex_);
  if (stopping_) return false;
  due_.emplace(SystemClock().Steady() + delay, std::move(task));
  // Idle threads may be waiting for later tasks; one that is due for each of them is enough.
  if (due_.size() > idle_ && threads_.size() < threads_max_) {
    threads_.emplace_back([this] { Run(); });
  } else {
    changed_.notify_one();
  }
  return true;
}

void TaskPool::Run() {
  std::unique_lock lock(mutex_);
  while (true) {
    const auto now = SystemClock().Steady();
    if (stopping_) return;
    if (due_.empty() || due_.begin()->first > now) {
      ++idle_;
      if (due_.empty()) {
        changed_.wait(lock);
      } else {
        changed_.wait_for(lock, due_.begin()->first - now);
      }
      --idle_;
      continue;
    }
    Task task = std::move(due_.begin()->second);
    due_.erase(due_.begin());
    // This one may have been told of a task that is due too.
    if (!due_.empty()) changed_.notify_one();
    lock.unlock();
    task();
    task = nullptr;
    lock.lock();
  }
}

void TaskPool::Stop() {
  std::vector<std::thread> threads;
  std::multimap<Micros, Task> dropped;  // destroyed without the lock: tasks may hold anything
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    threads.swap(threads_);
    dropped.swap(due_);
  }
  changed_.notify_all();
  for (auto& thread : threads) thread.join();
}

size_t TaskPool::threads() const {
  const std::lock_guard lock(mutex_);
  return threads_.size();
}

}  // namespace pinlake
