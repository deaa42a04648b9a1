#include "sink/uploader.h"

#include <condition_variable>
#include <deque>
#include <mutex>
#include <stop_token>
#include <thread>
#include <utility>

namespace pinlake {
namespace {

Result<std::optional<ObjectInfo>> Look(ObjectStore& store, const ObjectKey& key) {
  auto info = store.Head(key);
  if (info) return std::move(*info);
  // Refused because it exists, and gone when looked for: someone removes objects. Another attempt.
  if (info.error().kind() == ErrorKind::kNotFound) {
    return Fail(ErrorKind::kUnavailable, "{} existed and is gone again", key.value());
  }
  return Fail(std::move(info).error());
}

class ThreadedUploader final : public Uploader {
 public:
  ThreadedUploader(ObjectStore& store, int threads) : store_(store) {
    for (int i = 0; i < threads; ++i) {
      threads_.emplace_back([this](std::stop_token stop) { Run(stop); });
    }
  }

  ~ThreadedUploader() override {
    for (auto& thread : threads_) thread.request_stop();
    threads_.clear();
  }

  void Submit(UploadJob job) override {
    std::lock_guard lock(mutex_);
    jobs_.push_back(std::move(job));
    filled_.notify_one();
  }

  std::vector<UploadAnswer> Take(Millis wait) override {
    std::unique_lock lock(mutex_);
    if (wait > Millis(0)) answered_.wait_for(lock, wait, [&] { return !answers_.empty(); });
    return std::exchange(answers_, {});
  }

 private:
  void Run(std::stop_token stop) {
    while (auto job = Next(stop)) {
      UploadAnswer answer{job->id, StoreOnce(store_, *job)};
      std::lock_guard lock(mutex_);
      answers_.push_back(std::move(answer));
      answered_.notify_one();
    }
  }

  std::optional<UploadJob> Next(const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    if (!filled_.wait(lock, stop, [&] { return !jobs_.empty(); })) return {};
    if (stop.stop_requested()) return {};
    std::optional<UploadJob> job(std::move(jobs_.front()));
    jobs_.pop_front();
    return job;
  }

  ObjectStore& store_;
  std::mutex mutex_;
  std::condition_variable_any filled_;
  std::condition_variable answered_;
  std::deque<UploadJob> jobs_;  // bounded by the cuts in flight of the task's topic partitions
  std::vector<UploadAnswer> answers_;
  std::vector<std::jthread> threads_;
};

}  // namespace

Result<std::optional<ObjectInfo>> StoreOnce(ObjectStore& store, const UploadJob& job) {
  if (job.over && job.over->load()) {
    return Fail(ErrorKind::kCancelled, "the assignment of {} is over", job.key.value());
  }
  if (!job.conditional) {
    auto info = store.Head(job.key);
    if (info) return std::move(*info);
    if (info.error().kind() != ErrorKind::kNotFound) return Fail(std::move(info).error());
  }
  auto put = job.conditional ? store.PutIfAbsent(job.key, *job.body, job.options)
                             : store.Put(job.key, *job.body, job.options);
  if (put) return std::nullopt;
  if (put.error().kind() == ErrorKind::kAlreadyExists) return Look(store, job.key);
  return Fail(std::move(put).error());
}

std::unique_ptr<Uploader> MakeThreadedUploader(ObjectStore& store, int threads) {
  return std::make_unique<ThreadedUploader>(store, threads);
}

}  // namespace pinlake
