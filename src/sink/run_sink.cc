#include "sink/run_sink.h"

#include <algorithm>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "model/topic_pattern.h"
#include "observe/log.h"
#include "sink/connect_settings.h"
#include "sink/sink_metrics.h"
#include "sink/sink_task.h"
#include "sink/uploader.h"

namespace pinlake {
namespace {

constexpr Millis kStepWait{100};
constexpr int kStoresMinPerTask = 4;

/// The tasks of one connector.
class SinkRun {
 public:
  SinkRun(const SinkJob& job, const SinkWorld& world, SinkTaskOptions options, int tasks)
      : job_(job), world_(world), options_(std::move(options)), task_count_(tasks) {}

  Status Run(std::stop_token stop);

 private:
  Status AwaitStore(const std::stop_token& stop);
  Status ProbeStore();
  Status FindEnds();
  Result<std::vector<TopicName>> Topics() const;
  Status RunTask(int number, const std::stop_token& stop);
  bool over(const std::stop_token& stop) const {
    return stop.stop_requested() || (ends_ && ends_->all_reached());
  }

  const SinkJob& job_;
  const SinkWorld& world_;
  SinkTaskOptions options_;
  const int task_count_;
  std::unique_ptr<EndBoard> ends_;
};

bool MayPass(ErrorKind kind) {
  return kind == ErrorKind::kUnavailable || kind == ErrorKind::kThrottled ||
         kind == ErrorKind::kUnknownOutcome;
}

Status SinkRun::Run(std::stop_token stop) {
  RETURN_IF_ERROR(AwaitStore(stop));
  RETURN_IF_ERROR(ProbeStore());
  if (job_.exit_at_end) RETURN_IF_ERROR(FindEnds());
  LogInfo("Sink starts.", F("group", options_.group.group.value()), F("tasks", task_count_),
          F("store", world_.store.Describe()));

  std::mutex mutex;
  std::optional<Error> failure;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < task_count_; ++i) {
      threads.emplace_back([&, i] {
        const Status ran = RunTask(i, stop);
        if (ran) return;
        world_.metrics.GetGauge(kSinkFailedTasks).Add(1);
        std::lock_guard lock(mutex);
        if (!failure) failure = ran.error();
      });
    }
  }
  LogInfo("Sink stopped.", F("group", options_.group.group.value()));
  if (failure) return Fail(std::move(*failure));
  return {};
}

Status SinkRun::AwaitStore(const std::stop_token& stop) {
  while (true) {
    const Status reachable = world_.store.CheckReachable();
    if (reachable || !MayPass(reachable.error().kind())) return reachable;
    LogWarn("Store can't be reached yet.", F("store", world_.store.Describe()),
            F("reason", reachable.error()));
    if (!world_.clock.SleepFor(options_.retry_backoff, stop)) {
      return Fail(ErrorKind::kCancelled, "stopped before the store could be reached");
    }
  }
}

Status SinkRun::ProbeStore() {
  const auto conditional = world_.store.ProbeConditionalPut();
  if (conditional && !*conditional) {
    options_.conditional_put = false;
    LogWarn(
        "The store has no conditional put: exactly-once is weaker, because two tasks that take "
        "each other for dead could replace each other's objects.",
        F("store", world_.store.Describe()));
  }
  if (conditional || MayPass(conditional.error().kind())) return {};
  return Fail(conditional.error().In("try a conditional put in " + world_.store.Describe()));
}

Result<std::vector<TopicName>> SinkRun::Topics() const {
  if (!options_.group.topics_regex) return options_.group.topics;
  ASSIGN_OR_RETURN(auto topics, world_.log.ListTopics());
  ASSIGN_OR_RETURN(const auto pattern, TopicPattern::Compile(*options_.group.topics_regex));
  std::erase_if(topics, [&](const TopicName& topic) { return !pattern.Matches(topic); });
  return topics;
}

Status SinkRun::FindEnds() {
  std::map<TopicPartition, Offset> ends;
  ASSIGN_OR_RETURN(const auto topics, Topics());
  for (const auto& topic : topics) {
    const auto info = world_.log.DescribeTopic(topic);
    if (!info && info.error().kind() == ErrorKind::kNotFound) {
      LogWarn("Topic does not exist.", F("topic", topic.value()));
      continue;
    }
    if (!info) return Fail(info.error().In(fmt::format("describe topic {}", topic.value())));
    for (const auto& partition : info->partitions) {
      const TopicPartition tp{topic, partition.partition};
      ASSIGN_OR_RETURN(const auto range, world_.log.Offsets(tp));
      ends[tp] = range.end;
    }
  }
  ends_ = std::make_unique<EndBoard>(std::move(ends));
  return {};
}

Status SinkRun::RunTask(int number, const std::stop_token& stop) {
  SinkTaskOptions options = options_;
  options.group.client_id += fmt::format("-{}", number);
  if (!options.group.instance_id.empty()) options.group.instance_id += fmt::format("-{}", number);
  auto consumer = world_.log.Join(options.group);
  if (!consumer) {
    return Fail(consumer.error().In(fmt::format("join group {}", options.group.group.value())));
  }
  const int stores = std::max(kStoresMinPerTask, job_.stores_max / task_count_);
  SinkTask task(world_.log, std::move(*consumer), MakeThreadedUploader(world_.store, stores),
                world_.clock, world_.budget, world_.metrics, options, ends_.get());
  while (!task.done()) {
    if (over(stop)) task.Stop();
    task.Step(kStepWait);
  }
  task.Close();
  if (task.failure()) return Fail(*task.failure());
  return {};
}

}  // namespace

Status RunSink(const SinkJob& job, const SinkWorld& world, std::stop_token stop) {
  ASSIGN_OR_RETURN(const auto parsed, ParseS3SinkProperties(job.connector));
  for (const auto& warning : parsed.warnings)
    LogWarn("Property without effect.", F("reason", warning));
  ASSIGN_OR_RETURN(auto options, MakeSinkTaskOptions(parsed, job.connector));
  const Status ran = SinkRun(job, world, std::move(options), parsed.config.tasks_max).Run(stop);
  if (!ran && ran.error().kind() == ErrorKind::kCancelled && stop.stop_requested()) return {};
  return ran;
}

}  // namespace pinlake
