// One task of the sink: a member of the consumer group, and a writer for each topic partition it
// has.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "sink/sink_settings.h"
#include "sink/topic_partition_writer.h"

namespace pinlake {

/// For `--exit-at-end`: the end offsets found at start, and which of them are reached. Thread-safe.
class EndBoard {
 public:
  explicit EndBoard(std::map<TopicPartition, Offset> ends) : waiting_(std::move(ends)) {}
  /// None: nothing to reach, or reached already.
  std::optional<Offset> EndOf(const TopicPartition& tp) const;
  void Reached(const TopicPartition& tp);
  bool all_reached() const;

 private:
  mutable std::mutex mutex_;
  std::map<TopicPartition, Offset> waiting_;
};

/// Owned and stepped by one thread. Step never waits longer than told.
class SinkTask {
 public:
  SinkTask(EventLog& log, std::unique_ptr<GroupConsumer> consumer,
           std::unique_ptr<Uploader> uploader, Clock& clock, ByteBudget& budget,
           MetricsRegistry& metrics, SinkTaskOptions options, EndBoard* ends = nullptr);

  /// Does what there is to do, waiting up to \p wait for it.
  void Step(Millis wait);

  /// Takes no more records; what is complete is stored and committed in the next steps.
  void Stop();
  /// Stopped or failed, and nothing more on its way (or waited for long enough).
  bool done() const;
  /// Leaves the group. After done().
  void Close();

  /// Why the task stopped by itself: names topic, partition and reason.
  const std::optional<Error>& failure() const { return failure_; }

 private:
  bool Answer(Millis wait);
  bool PollAll(Millis wait);
  void On(NothingEvent) {}
  void On(AssignedEvent& event);
  void On(RevokedEvent& event);
  void On(LostEvent& event);
  void On(RecordsEvent& event);
  void On(OffsetLostEvent& event);
  void OnPollError(const Error& error);

  void StepWriters();
  Reading MakeRoom();
  void FinishRevocations();
  void NoteEnds();
  void NoteLag();
  void Fail(const Error& error);
  Millis WaitFor(Millis wait) const;
  bool stores_in_flight() const;

  std::unique_ptr<GroupConsumer> consumer_;
  std::unique_ptr<Uploader> uploader_;
  const SinkTaskOptions options_;
  SinkServices services_;
  EndBoard* const ends_;
  std::map<TopicPartition, std::unique_ptr<TopicPartitionWriter>> writers_;
  std::map<TopicPartition, Micros> revoking_;  ///< until when each is waited for
  std::optional<Error> failure_;
  bool stopping_ = false;
  std::optional<Micros> stop_until_;
  Micros next_poll_{};
  Micros next_lag_{};
  bool closed_ = false;
};

}  // namespace pinlake
