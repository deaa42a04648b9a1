// One consumer instance of REST Proxy v2: what it is subscribed or assigned to, and where it reads.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "log/event_log.h"
#include "model/topic_pattern.h"
#include "observe/log.h"

namespace pinlake {

struct RestConsumerSettings {
  GroupName group;
  OffsetReset reset = OffsetReset::kLatest;
  bool auto_commit = true;
  /// Records that one poll hands on at most: `max.poll.records` of the original's instances.
  size_t poll_records_max = 30;
};

/// A record that was polled, with what keeps its bytes.
struct PolledRecord {
  TopicPartition tp;
  RecordView record;
  std::shared_ptr<const void> owner;
};

/// Belongs to one thread at a time; its calls may block on the log. It asks the log for nothing
/// before the first read, so a wrong topic shows later, as in the original.
///
/// Subscribed it is a member of the group. With topic partitions assigned by hand it reads them
/// outside of any group, and commits as the group while that has no members.
///
/// What was handed out is what gets committed; with auto commit every kAutoCommitEvery, when
/// partitions are taken away, and at the end.
class RestConsumer {
 public:
  static constexpr Millis kAutoCommitEvery{5000};
  /// What one poll asks the log for.
  static constexpr size_t kFetchBytesMax = 256 << 10;

  RestConsumer(EventLog& log, Clock& clock, RestConsumerSettings settings);
  /// \see Close
  ~RestConsumer() { Close(); }
  RestConsumer(const RestConsumer&) = delete;

  /// kConflict: topic partitions are assigned by hand. An empty list unsubscribes.
  Status Subscribe(std::vector<TopicName> topics);
  Status SubscribePattern(TopicPattern pattern);
  void Unsubscribe();
  /// With a pattern: the topics that it meant at the last assignment.
  std::vector<TopicName> Subscription() const;

  /// kConflict: subscribed. An empty list takes all away.
  Status Assign(std::vector<TopicPartition> partitions);
  /// What the group gave, or what was assigned by hand; in order.
  std::vector<TopicPartition> Assignments() const;

  // Where to read on. What is polled already stays polled, as in the original.
  // kConflict: \p tp is not assigned.
  Status Seek(const TopicPartition& tp, Offset to);
  Status SeekToBeginning(const TopicPartition& tp);
  Status SeekToEnd(const TopicPartition& tp);
  /// To the first record at or after \p at; to the end if there is none.
  Status SeekToTime(const TopicPartition& tp, TimestampMs at);

  /// kConflict: another member holds it, or the group has members and this is none.
  Status Commit(const std::map<TopicPartition, CommittedOffset>& offsets);
  /// Everything that was handed out.
  Status CommitAll();
  Result<std::map<TopicPartition, CommittedOffset>> Committed();

  // A read: Begin, then Poll and Next as long as one likes.
  /// Joins the group if it must. kInvalidArgument: neither subscribed nor assigned.
  Status Begin();
  /// Subscribed, and the group has not dealt out anything to this member so far.
  bool joining() const { return consumer_ != nullptr && !dealt_; }
  /// Whether a topic that it is subscribed to exists, so that waiting for the group is worth while.
  bool expects_assignment() const { return expects_assignment_; }
  /// Gets more records if none is polled, without waiting. \return false: there is none now.
  Result<bool> Poll();
  const PolledRecord* Front() const { return polled_.empty() ? nullptr : &polled_.front(); }
  /// The front record was handed out.
  void Pop();

  /// Between reads, about once a second: keeps the membership, gives back what the group wants
  /// back, commits.
  void Service();
  /// Commits with auto commit, leaves the group. Idempotent.
  void Close();

  bool member() const { return consumer_ != nullptr; }

 private:
  struct Fetched {
    TopicPartition tp;
    RecordSet set;
    size_t next = 0;
  };
  enum class Mode { kNone, kTopics, kPattern, kAssigned };

  bool subscribed() const { return mode_ == Mode::kTopics || mode_ == Mode::kPattern; }
  Status Join();
  void Leave();
  void RefreshPatternTopics();
  Status PollGroup();
  void OnEvent(ConsumerEvent event);
  Status CheckBeginnings();
  void Revoke(const std::vector<TopicPartition>& partitions, bool lost);
  Status PollAssigned();
  Status StartAssigned(const TopicPartition& tp);
  Result<Offset> ResetOffset(const TopicPartition& tp);
  Status CheckAssigned(const TopicPartition& tp) const;
  void DropFetched(const TopicPartition& tp);
  void DropRecords(const TopicPartition& tp);
  void SetPaused(bool paused);
  Status CommitMap(const std::map<TopicPartition, CommittedOffset>& offsets);
  Status CommitDirty();
  void AutoCommit(bool now);

  EventLog& log_;
  Clock& clock_;
  const RestConsumerSettings settings_;
  Mode mode_ = Mode::kNone;
  std::vector<TopicName> topics_;  // subscribed to, or meant by the pattern
  std::optional<TopicPattern> pattern_;
  std::unique_ptr<GroupConsumer> consumer_;
  bool dealt_ = false;
  bool expects_assignment_ = false;
  bool paused_ = false;
  std::map<TopicPartition, Epoch> held_;  // as a member
  std::set<TopicPartition> begun_;        // of these, without reset policy: known to have a place
  // By hand; none: not known yet.
  std::map<TopicPartition, std::optional<Offset>> positions_;
  TopicPartition last_read_;
  std::deque<Fetched> fetched_;
  std::deque<PolledRecord> polled_;
  std::map<TopicPartition, Offset> handed_out_;  // the next of each
  std::set<TopicPartition> dirty_;               // handed out since the last commit
  Micros committed_at_{};
  LogLimiter unreachable_{10000};
};

}  // namespace pinlake
