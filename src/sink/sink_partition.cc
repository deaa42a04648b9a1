#include "sink/sink_partition.h"

#include <algorithm>
#include <utility>

namespace pinlake {
namespace {

/// Readings of the clock that one cut may need: they have to fit its record.
constexpr size_t kSwitchesMax = 32;

bool AtLeastApart(TimestampMs from, TimestampMs to, int64_t interval_ms) {
  TimestampMs apart = 0;
  if (__builtin_sub_overflow(to, from, &apart)) return to > from;
  return apart >= interval_ms;
}

/// Drops the switches that are over at \p at.
void DropBefore(Offset at, std::vector<BucketSwitch>* switches) {
  auto in_force = switches->begin();
  while (in_force != switches->end() && std::next(in_force) != switches->end() &&
         std::next(in_force)->from <= at) {
    ++in_force;
  }
  switches->erase(switches->begin(), in_force);
}

}  // namespace

bool Cut::stored() const {
  return std::all_of(objects.begin(), objects.end(), [](const auto& o) { return o.stored; });
}

SinkPartition::SinkPartition(CutRules rules, PartitionStart start)
    : rules_(std::move(rules)),
      start_(std::move(start)),
      has_commit_(start_.has_commit),
      committed_(start_.committed),
      committed_cut_start_(start_.cut_start),
      committed_skipped_(start_.skipped),
      forced_(start_.ends.begin(), start_.ends.end()),
      switches_(start_.switches) {
  open_.start = start_.cut_start;
  open_.next = start_.committed;
  open_.skipped = start_.skipped;
}

bool SinkPartition::accepts() const {
  if (start_.repeat_only && forced_.empty()) return false;
  // The next commit takes those that are stored: its record holds only the others.
  return cuts_.size() - stored_cuts() < rules_.cuts_in_flight_max;
}

bool SinkPartition::Admit(Offset offset) {
  // Records can be gone from the log (compaction): the end stays where it was recorded.
  while (!forced_.empty() && forced_.front().cut.end <= offset) CloseForced();
  return accepts();
}

std::optional<RotationReason> SinkPartition::DueBefore(const RecordFact& fact) const {
  const bool other = fact.encoded_partition != open_.current;
  if (rules_.rotate_interval_ms > 0) {
    if (AtLeastApart(open_.base, fact.timestamp, rules_.rotate_interval_ms))
      return RotationReason::kRotateInterval;
    if (rules_.rotate_on_partition_change && other) return RotationReason::kPartitionChange;
  }
  const auto same = [&](const CutObject& o) {
    return o.encoded_partition == fact.encoded_partition;
  };
  if (rules_.open_objects_max > 0 && open_.objects.size() >= rules_.open_objects_max &&
      std::none_of(open_.objects.begin(), open_.objects.end(), same)) {
    return RotationReason::kOpenObjects;
  }
  if (fact.bucket_switch && open_.switches >= kSwitchesMax) return RotationReason::kWallclock;
  return {};
}

void SinkPartition::Rotate(const RecordFact& fact) {
  if (fact.skipped || open_.count == 0 || !forced_.empty()) return;
  if (const auto reason = DueBefore(fact)) Close(open_.next, *reason, false);
}

std::optional<TimestampMs> SinkPartition::RecordedReading(Offset offset) const {
  if (forced_.empty()) return {};
  std::optional<TimestampMs> reading;
  for (const auto& change : switches_) {
    if (change.from <= offset) reading = change.bucket_ms;
  }
  return reading;
}

std::vector<BucketSwitch> SinkPartition::SwitchesOf(const CommitPlan& plan) const {
  std::vector<BucketSwitch> switches;
  if (plan.ends.empty()) return switches;
  for (const auto& change : switches_) {
    if (change.from < plan.ends.back().end) switches.push_back(change);
  }
  DropBefore(plan.offset, &switches);
  return switches;
}

void SinkPartition::OnRecord(const RecordFact& fact) {
  CHECK(fact.offset >= open_.next, "offsets never go back within an assignment");
  open_.next = fact.offset + 1;
  if (fact.skipped) {
    ++open_.skipped;
  } else {
    AddToObject(fact);
  }
  if (!forced_.empty()) {
    if (open_.next >= forced_.front().cut.end) CloseForced();
  } else if (!fact.skipped && open_.count >= rules_.flush_records) {
    Close(open_.next, RotationReason::kFlushSize, false);
  }
}

void SinkPartition::AddToObject(const RecordFact& fact) {
  if (fact.bucket_switch && forced_.empty()) {
    switches_.push_back({fact.offset, fact.timestamp});
    ++open_.switches;
  }
  if (open_.count == 0) open_.base = fact.timestamp;
  open_.current = fact.encoded_partition;
  ++open_.count;
  const auto same = [&](const CutObject& o) {
    return o.encoded_partition == fact.encoded_partition;
  };
  auto at = std::find_if(open_.objects.begin(), open_.objects.end(), same);
  if (at == open_.objects.end()) {
    open_.objects.push_back({fact.encoded_partition, fact.offset, fact.offset, 0, false});
    at = open_.objects.end() - 1;
  }
  at->last = fact.offset;
  ++at->count;
}

void SinkPartition::Close(Offset end, RotationReason reason, bool recorded) {
  cuts_.push_back({open_.number, open_.start, end, reason, open_.skipped, std::move(open_.objects),
                   recorded, false});
  open_ = Open{open_.number + 1, end, std::max(end, open_.next), 0, 0, {}, 0, {}, 0};
}

void SinkPartition::CloseForced() {
  const ForcedEnd forced = forced_.front();
  forced_.pop_front();
  Close(forced.cut.end, forced.cut.reason, forced.recorded);
}

bool SinkPartition::CutNow(RotationReason reason) {
  if (!can_cut()) return false;
  Close(open_.next, reason, false);
  return true;
}

void SinkPartition::OnClock(int64_t now_ms) {
  if (!rules_.schedule) return;
  if (next_schedule_ms_ && now_ms >= *next_schedule_ms_) {
    if (open_.count > 0 && !CutNow(RotationReason::kSchedule)) return;  // due until there is room
    next_schedule_ms_.reset();
  }
  // A clock that was set back must not leave the next instant out of reach.
  const int64_t next = rules_.schedule->NextAfter(now_ms);
  if (!next_schedule_ms_ || next < *next_schedule_ms_) next_schedule_ms_ = next;
}

bool SinkPartition::OnlySkipped() const {
  return forced_.empty() && open_.count == 0 && open_.skipped > 0 && open_.next > open_.start;
}

size_t SinkPartition::stored_cuts() const {
  const auto left = std::find_if(cuts_.begin(), cuts_.end(),
                                 [](const Cut& cut) { return !cut.recorded || !cut.stored(); });
  return static_cast<size_t>(left - cuts_.begin());
}

size_t SinkPartition::unrecorded_cuts() const {
  return static_cast<size_t>(
      std::count_if(cuts_.begin(), cuts_.end(), [](const Cut& cut) { return !cut.recorded; }));
}

CommitWish SinkPartition::commit_wish() const {
  if (!has_commit_) return CommitWish::kFirst;
  // Not only the last: an end that was found (StartOverWithEnd) lies before recorded ones.
  if (unrecorded_cuts() > 0) return CommitWish::kRecord;
  if (stored_cuts() > 0) return CommitWish::kAdvance;
  if (cuts_.empty() && OnlySkipped() && open_.next > committed_) return CommitWish::kTail;
  return CommitWish::kNone;
}

CommitPlan SinkPartition::PlanCommit(size_t new_ends_max) const {
  if (!has_commit_) return {committed_, committed_cut_start_, committed_skipped_, {}, {}};
  CommitPlan plan{committed_, committed_cut_start_, committed_skipped_, {}, {}};
  auto cut = cuts_.begin();
  for (; cut != cuts_.end() && cut->recorded && cut->stored(); ++cut) {
    plan.offset = plan.cut_start = cut->end;
    plan.skipped = 0;
  }
  const bool all_stored = cut == cuts_.end();
  for (; cut != cuts_.end(); ++cut) {
    if (!cut->recorded && new_ends_max-- == 0) break;
    plan.ends.push_back({cut->end, cut->reason});
  }
  for (const auto& forced : forced_) {
    if (forced.recorded) plan.ends.push_back(forced.cut);
  }
  if (all_stored && OnlySkipped()) {
    plan.offset = open_.next;
    plan.cut_start = open_.start;
    plan.skipped = open_.skipped;
  }
  plan.switches = SwitchesOf(plan);
  return plan;
}

void SinkPartition::OnCommitted(const CommitPlan& plan) {
  has_commit_ = true;
  committed_ = plan.offset;
  committed_cut_start_ = plan.cut_start;
  committed_skipped_ = plan.skipped;
  DropBefore(committed_, &switches_);
  while (!cuts_.empty() && cuts_.front().end <= plan.offset) cuts_.pop_front();
  for (auto& cut : cuts_) {
    cut.recorded = cut.recorded || std::any_of(plan.ends.begin(), plan.ends.end(),
                                               [&](const CutEnd& e) { return e.end == cut.end; });
  }
}

std::vector<StoreObject> SinkPartition::TakeStores() {
  std::vector<StoreObject> stores;
  for (auto& cut : cuts_) {
    if (!cut.recorded) break;
    // The first object of an assignment goes alone: what it meets may move the cuts after it.
    if (!settled_ && &cut != &cuts_.front()) break;
    if (std::exchange(cut.sent, true)) continue;
    for (size_t i = 0; i < cut.objects.size(); ++i) stores.push_back({cut.number, i});
    if (cut.objects.empty() && !settled_) settled_ = true;
  }
  return stores;
}

void SinkPartition::OnObjectStored(const StoreObject& object) {
  const auto at = std::find_if(cuts_.begin(), cuts_.end(),
                               [&](const Cut& cut) { return cut.number == object.cut; });
  if (at == cuts_.end()) return;  // answered twice, and committed in between
  CHECK(at->recorded && at->sent, "nothing is stored that was not recorded and given out");
  at->objects.at(object.object).stored = true;
  settled_ = true;
}

const Cut& SinkPartition::cut(CutNumber number) const {
  const auto at = std::find_if(cuts_.begin(), cuts_.end(),
                               [&](const Cut& cut) { return cut.number == number; });
  CHECK(at != cuts_.end(), "asked only about cuts that are on their way");
  return *at;
}

Result<PartitionStart> SinkPartition::StartOverWithEnd(CutNumber number, Offset end) const {
  const Cut& found = cut(number);
  if (end <= found.start) {
    return Fail(ErrorKind::kCorruption, "its cut ends at {}, before its start {}", end.value(),
                found.start.value());
  }
  PartitionStart again{committed_, true, committed_cut_start_, committed_skipped_, {},
                       switches_,  false};
  again.repeat_only = start_.repeat_only;
  for (const auto& cut : cuts_) {
    if (cut.number == number) again.ends.push_back({{end, cut.reason}, false});
    if (cut.number >= number && cut.end <= end) {
      if (cut.number > number && cut.sent) {
        return Fail(ErrorKind::kCorruption, "the cut [{}, {}) that it covers may be stored already",
                    cut.start.value(), cut.end.value());
      }
      continue;
    }
    if (cut.recorded) again.ends.push_back({{cut.end, cut.reason}, true});
  }
  for (const auto& forced : forced_) {
    if (forced.cut.end > end) again.ends.push_back(forced);
  }
  return again;
}

}  // namespace pinlake
