// What the sink of one topic partition does next, decided without doing it.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "base/result.h"
#include "lake/cut_record.h"
#include "model/record.h"
#include "sink/rotation_schedule.h"

namespace pinlake {

/// Counts the cuts of one SinkPartition, from 0.
using CutNumber = Strong<uint64_t, struct CutNumberTag>;
/// Short for an encoded partition; who asks keeps the texts.
using EncodedPartitionId = Strong<uint32_t, struct EncodedPartitionIdTag>;

/// What decides about a record. Never its bytes.
struct RecordFact {
  Offset offset;
  TimestampMs timestamp = 0;
  EncodedPartitionId encoded_partition;
  /// In no object: an ignored null, a tolerated bad record. It belongs to the cut it falls into.
  bool skipped = false;
  /// From this record on the clock's reading \ref timestamp decides the encoded partition.
  bool bucket_switch = false;
};

/// When open objects are closed.
struct CutRules {
  int64_t flush_records = 1;
  /// Cuts closed but not yet committed. Bounds what a successor has to repeat, and the record of
  /// it.
  size_t cuts_in_flight_max = 64;
  std::optional<RotationSchedule> schedule;
  /// Time between the first record of the open objects and one that closes them; 0: any.
  int64_t rotate_interval_ms = 0;
  /// With rotate_interval_ms: a change of the encoded partition closes them too.
  bool rotate_on_partition_change = false;
  /// A record that needs another open object closes these; 0: any number.
  size_t open_objects_max = 0;
};

/// The records of one encoded partition in one cut: one object.
struct CutObject {
  EncodedPartitionId encoded_partition;
  Offset first, last;
  int64_t count = 0;
  bool stored = false;
};

/// The open objects of a topic partition, closed together: records [start, end).
struct Cut {
  CutNumber number;
  Offset start, end;
  RotationReason reason = RotationReason::kFlushSize;
  int64_t skipped = 0;
  std::vector<CutObject> objects;  ///< in the order of their first records
  bool recorded = false;           ///< a committed offset's metadata names its end
  bool sent = false;               ///< its objects were given out to be stored

  bool stored() const;
};

/// An end at which a cut has to be made again.
struct ForcedEnd {
  CutEnd cut;
  bool recorded = true;  ///< named by the committed metadata
};

/// Where a topic partition is taken up.
struct PartitionStart {
  Offset committed;  ///< the next record to read
  /// False: the group has no offset here yet; \ref committed is committed before all else.
  bool has_commit = false;
  /// Where the open cut began: before \ref committed if only skipped records lie between.
  Offset cut_start;
  int64_t skipped = 0;  ///< records in [cut_start, committed)
  std::vector<ForcedEnd> ends;
  std::vector<BucketSwitch> switches;
  /// Repeat \ref ends and take no more: today's rules differ from those they were made under.
  bool repeat_only = false;
};

/// How soon a commit is wanted, rising.
enum class CommitWish {
  kNone,
  kTail,     ///< skipped records lie behind the last cut; any time will do
  kAdvance,  ///< cuts are stored
  kRecord,   ///< cuts wait to be recorded before they may be stored
  kFirst,    ///< the start offset has never been committed
};

/// A commit: the offset and what its metadata says.
struct CommitPlan {
  Offset offset;
  Offset cut_start;
  int64_t skipped = 0;
  std::vector<CutEnd> ends;            ///< of every cut past offset whose bytes may be visible
  std::vector<BucketSwitch> switches;  ///< readings of the clock that their paths come from
  bool operator==(const CommitPlan&) const = default;
};

struct StoreObject {
  CutNumber cut;
  size_t object = 0;  ///< index in Cut::objects
  bool operator==(const StoreObject&) const = default;
};

/// The cuts of one topic partition during one assignment. Facts and answers in; commits and stores
/// out. Has no clock, no I/O, no thread, and sees no payload.
///
/// The protocol (docs/exactly-once.md): a cut is closed, then recorded (the offset before it is
/// committed again with its end in the metadata), then stored, then committed. So the committed
/// metadata names the end of every cut past the committed offset of which a byte may be visible,
/// whoever wrote it, and a successor makes exactly these cuts again before any of its own.
class SinkPartition {
 public:
  SinkPartition(CutRules rules, PartitionStart start);

  // Records, in offset order. Admit, and if it said yes Rotate, then OnRecord.
  /// Closes a forced cut that ends at or before \p offset, and says whether that record may be
  /// given now. If not: again after the next commit, or never in this SinkPartition (repeated()).
  bool Admit(Offset offset);
  /// Closes the open objects if \p fact, which is not among them yet, has them closed.
  void Rotate(const RecordFact& fact);
  void OnRecord(const RecordFact& fact);
  /// The clock's reading under which a cut that is repeated placed \p offset.
  std::optional<TimestampMs> RecordedReading(Offset offset) const;
  /// Closes the open objects if the schedule is due. \p now_ms may step in both directions.
  void OnClock(int64_t now_ms);
  /// Closes the open objects for a reason that is not in the records. \return false if there is
  /// nothing open, or recorded ends have to be repeated first.
  bool CutNow(RotationReason reason);
  /// Whether CutNow would cut.
  bool can_cut() const { return open_.count > 0 && forced_.empty() && accepts(); }

  // Commits.
  CommitWish commit_wish() const;
  /// The commit that is due. At most \p new_ends_max cuts are recorded by it.
  CommitPlan PlanCommit(size_t new_ends_max) const;
  /// \p plan is durable.
  void OnCommitted(const CommitPlan& plan);

  // Stores.
  /// Objects that may be stored now, each given out once.
  std::vector<StoreObject> TakeStores();
  void OnObjectStored(const StoreObject& object);
  /// The object of \p number exists already, as part of a cut that ends at \p end instead: where to
  /// start over so that this end is kept. kCorruption if cuts that may be stored already contradict
  /// it.
  Result<PartitionStart> StartOverWithEnd(CutNumber number, Offset end) const;

  /// Every end that had to be repeated is, and is committed; start again at committed() under
  /// today's rules.
  bool repeated() const { return start_.repeat_only && forced_.empty() && cuts_.empty(); }
  /// Nothing is on its way: what is committed is all that is stored.
  bool idle() const { return cuts_.empty(); }
  /// Cuts that a commit would take.
  size_t stored_cuts() const;
  /// Cuts that a commit would record.
  size_t unrecorded_cuts() const;
  bool has_open_records() const { return open_.count > 0; }
  /// The cut that the next record falls into.
  CutNumber open_number() const { return open_.number; }
  const Cut& cut(CutNumber number) const;
  Offset committed() const { return committed_; }
  const std::deque<Cut>& cuts() const { return cuts_; }
  /// When the schedule closes what is open; none without a schedule, or before the first OnClock.
  std::optional<int64_t> next_schedule_ms() const { return next_schedule_ms_; }
  /// Room for another cut, and nothing left to repeat that would forbid it.
  bool accepts() const;

 private:
  struct Open {
    CutNumber number;
    Offset start;
    Offset next;  ///< after the last record seen
    int64_t skipped = 0;
    int64_t count = 0;
    std::vector<CutObject> objects;
    TimestampMs base = 0;        ///< timestamp of its first record
    EncodedPartitionId current;  ///< of its last record
    size_t switches = 0;
  };

  void Close(Offset end, RotationReason reason, bool recorded);
  void CloseForced();
  void AddToObject(const RecordFact& fact);
  std::optional<RotationReason> DueBefore(const RecordFact& fact) const;
  std::vector<BucketSwitch> SwitchesOf(const CommitPlan& plan) const;
  bool OnlySkipped() const;

  const CutRules rules_;
  const PartitionStart start_;
  bool has_commit_;
  Offset committed_;
  Offset committed_cut_start_;
  int64_t committed_skipped_;
  std::deque<ForcedEnd> forced_;
  std::deque<Cut> cuts_;  ///< closed, not committed; recorded ones first
  Open open_;
  std::vector<BucketSwitch> switches_;  ///< the one in force at committed_, and all after it
  bool settled_ = false;                ///< one object of this assignment is stored
  std::optional<int64_t> next_schedule_ms_;
};

}  // namespace pinlake
