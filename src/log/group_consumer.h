// One member of a consumer group.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "model/record.h"

namespace pinlake {

struct CommittedOffset {
  Offset offset;         ///< the next record to read
  std::string metadata;  ///< ASCII, at most 4,096 bytes (Kafka's default limit)
  bool operator==(const CommittedOffset&) const = default;
};

/// Counts the assignments of a member. What belongs to an older epoch is never sent.
using Epoch = Strong<int64_t, struct EpochTag>;

enum class OffsetReset { kEarliest, kLatest, kNone };

struct GroupOptions {
  GroupName group;
  std::string client_id;
  /// Static membership: the same id takes its partitions back after a restart. Empty: none.
  std::string instance_id;
  std::vector<TopicName> topics;
  /// Instead of topics: a TopicPattern; new topics that match join by themselves.
  std::optional<std::string> topics_regex;
  OffsetReset reset = OffsetReset::kEarliest;
  /// A member not polled for this long is taken for dead.
  Millis session_timeout{45000};
  /// About how much a poll returns per topic partition.
  size_t fetch_bytes_max = 1 << 20;
};

/// What a poll brings.
struct AssignedEvent {
  std::vector<TopicPartition> partitions;
  Epoch epoch;
};
/// Hand back in order: finish or drop the work, then call ConfirmRevoked; others wait for that
/// until the session times out.
struct RevokedEvent {
  std::vector<TopicPartition> partitions;
  Epoch epoch;
};
/// Taken away already: drop everything, send nothing.
struct LostEvent {
  std::vector<TopicPartition> partitions;
  Epoch epoch;
};
struct RecordsEvent {
  TopicPartition tp;
  RecordSet set;  ///< may be empty: no records before its next (transaction marks, compaction)
  Epoch epoch;
};
/// The committed or sought offset is not in the log any more (retention), or beyond its end;
/// reading went on at \p resumed.
struct OffsetLostEvent {
  TopicPartition tp;
  Offset wanted, resumed;
};
struct NothingEvent {};
using ConsumerEvent = std::variant<NothingEvent, AssignedEvent, RevokedEvent, LostEvent,
                                   RecordsEvent, OffsetLostEvent>;

/// Owned and called by one thread. Destroying it without Close is a crash as far as the group sees:
/// its session times out.
class GroupConsumer {
 public:
  virtual ~GroupConsumer() = default;

  /// The next thing that happened, waiting up to \p wait. Also the heartbeat. Records come from
  /// topic partitions assigned and not paused, each from its committed offset or reset policy, or
  /// where Seek put it.
  virtual Result<ConsumerEvent> Poll(Millis wait) = 0;
  /// After RevokedEvent: nothing of these is in hand any more.
  virtual void ConfirmRevoked(const std::vector<TopicPartition>& partitions) = 0;

  /// Durable when it returns. kFenced: \p tp is not this member's any more (or \p epoch is over),
  /// nothing changed. kUnknownOutcome: ask Committed. kInvalidArgument: metadata too long.
  virtual Status Commit(const TopicPartition& tp, const CommittedOffset& committed,
                        Epoch epoch) = 0;
  /// None: the group never committed this one.
  virtual Result<std::optional<CommittedOffset>> Committed(const TopicPartition& tp) = 0;
  virtual Status Seek(const TopicPartition& tp, Offset to) = 0;
  virtual void Pause(const TopicPartition& tp) = 0;
  virtual void Resume(const TopicPartition& tp) = 0;
  virtual std::vector<TopicPartition> Assignment() const = 0;
  /// Leaves the group. Offsets stay as committed.
  virtual void Close() = 0;
};

}  // namespace pinlake
