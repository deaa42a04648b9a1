// Does what SinkPartition decides for one topic partition during one assignment.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/byte_budget.h"
#include "base/clock.h"
#include "lake/object_metadata.h"
#include "log/event_log.h"
#include "observe/metrics.h"
#include "sink/sink_partition.h"
#include "sink/sink_settings.h"
#include "sink/uploader.h"

namespace pinlake {

/// What all topic partitions of a task share. All outlive the writers.
struct SinkServices {
  EventLog& log;
  GroupConsumer& consumer;
  Uploader& uploader;
  Clock& clock;
  ByteBudget& budget;
  MetricsRegistry& metrics;
  const SinkTaskOptions& options;
  uint64_t next_job = 1;
};

/// Whether records may be given to the partitions of a task, as the memory budget stands.
enum class Reading {
  kWithinBudget,
  /// Nothing can be given back by waiting: go on, so that a task always moves, but no further than
  /// until something can be cut and is worth it.
  kRegardless,
};

/// One assignment of one topic partition: reads, encodes, records, stores, commits. Never blocks
/// but in the calls to the log. Owned by the task's thread.
class TopicPartitionWriter {
 public:
  TopicPartitionWriter(SinkServices& services, TopicPartition tp, Epoch epoch);
  /// Nothing of this assignment that is not sent yet is sent any more.
  ~TopicPartitionWriter();
  TopicPartitionWriter(const TopicPartitionWriter&) = delete;

  void OnRecords(RecordSet set);
  /// \return false if the job is not this writer's.
  bool OnAnswer(UploadAnswer& answer);
  /// The committed offset is not in the log any more.
  void OnOffsetLost(Offset wanted, Offset resumed);
  /// Moves everything on as far as it goes now.
  void Step(Reading reading);

  /// Takes no more records; what is closed is still stored and committed.
  void Finish();
  /// Sends nothing more; what is on its way is awaited, what is stored committed.
  void Revoke();
  /// After Finish or Revoke: nothing more to wait for.
  bool drained() const;

  /// Why this topic partition can't go on; the task fails with it.
  const std::optional<Error>& failure() const { return failure_; }
  /// The assignment is over (fenced): drop the writer.
  bool gone() const { return gone_; }

  /// Closes the open objects to give memory back. \return false if there is nothing to close.
  bool CutForMemory();
  /// Whether CutForMemory would.
  bool can_cut() const;
  int64_t open_bytes() const { return open_bytes_; }
  /// Wants to be stepped before this (steady time), although nothing arrives.
  std::optional<Micros> wake_at() const;
  bool stores_in_flight() const { return !jobs_.empty(); }

  /// All before \p end is read, and all of that which the rules close is stored and committed.
  bool Reached(Offset end) const;
  /// When the schedule will close open records; none if nothing is open or there is none.
  std::optional<int64_t> closes_open_at_ms() const;
  Offset committed() const { return partition_ ? partition_->committed() : Offset(-1); }
  const TopicPartition& tp() const { return tp_; }
  Epoch epoch() const { return epoch_; }

 private:
  enum class Mode {
    kRunning,
    kFinishing,  ///< no more records; what is closed is recorded, stored, committed
    kSettling,   ///< nothing new is sent; what is on its way is awaited, what is stored committed
  };
  /// The bytes of an open object.
  struct Body {
    std::string bytes;
    RecordDigester digester;
    std::vector<ByteLease> leases;
    int64_t leased = 0;
  };
  /// An object that is closed, until it is stored.
  struct Closed {
    ObjectKey key;
    std::shared_ptr<const std::string> bytes;
    ObjectFacts facts;
    PutOptions put;
    std::vector<ByteLease> leases;
    RotationReason reason = RotationReason::kFlushSize;
    Micros first_sent{};
  };
  struct Job {
    StoreObject object;
    std::shared_ptr<Closed> closed;
  };

  // Taking up: topic_partition_writer.cc.
  void Open();
  Status TryOpen();
  Result<PartitionStart> StartAt(const std::optional<CommittedOffset>& committed);
  Result<PartitionStart> StartFresh();
  Result<PartitionStart> StartFromRecord(Offset committed, const CutRecord& record);
  Status TakeUp(PartitionStart start);
  void DropWork();

  // Records.
  void Process(Reading reading);
  bool ProcessOne(const RecordView& record, Reading reading);
  bool MayGrow(Reading reading) const;
  std::optional<RecordFact> Encode(const RecordView& record);
  std::optional<RecordFact> EncodeIntoPlace(const RecordView& record);
  EncodedPartitionId Intern(const std::string& path);
  std::optional<RecordFact> SkipNull(const RecordView& record);
  std::optional<RecordFact> Skip(const RecordView& record, const char* why, const Error& otherwise);
  void Account(Body& body);
  void CollectClosed();
  Result<std::shared_ptr<Closed>> Close(const Cut& cut, const CutObject& object, Body body);
  void PauseOrResume();

  // Commits: topic_partition_commits.cc.
  CommitWish Wish() const;
  bool CommitIsDue(CommitWish wish);
  void CommitIfDue();
  Result<CommittedOffset> RenderPlan(CommitPlan* plan) const;
  void OnCommitError(const CommitPlan& plan, const CommittedOffset& offset, const Error& error);
  void OnCommitted(const CommitPlan& plan);

  // Stores: topic_partition_stores.cc.
  void SubmitStores();
  void Submit(Job job);
  void Retry();
  void OnStored(const Job& job, bool adopted);
  void OnExists(const Job& job, const ObjectInfo& info);
  void OnStoreError(Job job, const Error& error);
  void StartOver(const Job& job, Offset end);

  void Fail(Error error, Mode then);
  Micros Now() const { return services_.clock.Steady(); }
  bool Has(PlantedBug bug) const { return services_.options.planted_bug == bug; }

  SinkServices& services_;
  const TopicPartition tp_;
  const Epoch epoch_;
  Mode mode_ = Mode::kRunning;
  std::optional<Error> failure_;
  bool gone_ = false;
  std::optional<Micros> open_at_;  ///< not taken up yet: when to try (again)

  LogId log_id_;
  Offset group_start_;  ///< the first offset the group ever committed here
  SinkSettings settings_;
  std::unique_ptr<RecordEncoder> encoder_;
  std::unique_ptr<Partitioner> partitioner_;  ///< null: `partition=<number>`
  std::string encoded_;                       ///< of the record at hand
  std::string wallclock_path_;                ///< of the last record under a Wallclock extractor
  std::map<std::string, EncodedPartitionId> encoded_partitions_;  ///< of the open objects
  std::optional<SinkPartition> partition_;
  std::shared_ptr<std::atomic<bool>> over_;

  std::deque<RecordSet> sets_;  ///< read, not yet given to partition_
  size_t set_at_ = 0;           ///< in the first of them
  Offset read_to_;              ///< all before it is given to partition_
  bool paused_ = false;

  std::map<EncodedPartitionId, Body> bodies_;  ///< of the open objects
  CutNumber bodies_of_;
  int64_t open_bytes_ = 0;
  std::map<CutNumber, std::vector<std::shared_ptr<Closed>>> closed_;

  std::map<uint64_t, Job> jobs_;  ///< under way
  std::vector<Job> retries_;
  Micros retry_at_{};
  std::optional<Micros> commit_wished_at_;
  std::optional<Micros> commit_retry_at_;

  Counter& bytes_total_;
  Counter& records_total_;
  Counter& commits_total_;
};

}  // namespace pinlake
