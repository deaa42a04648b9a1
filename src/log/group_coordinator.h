// One consumer group: who is a member, and who holds which topic partition. Pure: no clock, no I/O,
// no thread.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "log/event_log.h"
#include "log/group_consumer.h"
#include "model/topic_pattern.h"

namespace pinlake {

using MemberId = Strong<std::string, struct MemberIdTag>;

/// What a member is told next.
using GroupNews = std::variant<NothingEvent, AssignedEvent, RevokedEvent, LostEvent>;

/// Gives topic partitions out so that no two members ever hold the same one: a partition moves only
/// after its holder confirmed, left, or was not seen for its session timeout. Assignment is sticky
/// and balanced: a change moves as few partitions as it can.
///
/// Each partition is held under the epoch of the AssignedEvent that brought it. A commit is fenced
/// if the member does not hold the partition, or its epoch is older than that.
class GroupCoordinator {
 public:
  explicit GroupCoordinator(GroupName name) : name_(std::move(name)) {}

  /// A new member; it takes part from its first Poll on. The same instance_id as a member's takes
  /// over that one's place and fences it. kInvalidArgument: the pattern.
  Result<MemberId> Join(const GroupOptions& options, Micros now);
  /// A dynamic member is gone at once; a static one keeps its place until its session times out.
  void Leave(const MemberId& id, Micros now);
  /// The member's owner died without leaving.
  void Abandon(const MemberId& id);

  /// The heartbeat, and the next thing the member must know. kFenced: another took its instance_id.
  Result<GroupNews> Poll(const MemberId& id, Micros now);
  void ConfirmRevoked(const MemberId& id, const std::vector<TopicPartition>& partitions);
  /// kFenced unless \p id holds \p tp since \p epoch or before.
  Status CheckHolder(const MemberId& id, const TopicPartition& tp, Epoch epoch) const;

  /// All topics with their partition counts; partitions of a topic that went are lost.
  void SetTopics(const std::map<TopicName, int32_t>& topics);
  /// Ends the sessions that timed out. \return true if any did.
  bool Expire(Micros now);

  // For tests of those who consume.
  /// The holder is asked for \p tp back; then it goes to whom the assignment says, perhaps the
  /// same.
  void ForceRevoke(const TopicPartition& tp);
  /// Taken away at once, without asking.
  void ForceLose(const TopicPartition& tp);

  /// \p id's partitions, those being revoked included until confirmed.
  std::vector<TopicPartition> Held(const MemberId& id) const;
  bool has_members() const;
  GroupInfo Describe() const;

 private:
  struct Holding {
    Epoch epoch;
    bool wanted_back = false;  // by force, whatever the target says
    bool told = false;         // RevokedEvent went out
  };
  struct Member {
    GroupOptions options;
    std::optional<TopicPattern> pattern;
    Micros seen{};
    Epoch epoch;
    bool active = false;     // polled, and its session lives
    bool fenced = false;     // another member has its instance_id
    bool left = false;       // static and closed: keeps its place until the session times out
    bool abandoned = false;  // nobody will poll it again
    uint64_t news_seen = 0;
    std::map<TopicPartition, Holding> held;
    std::vector<TopicPartition> lost;
  };

  bool Takes(const Member& member, const TopicName& topic) const;
  bool HasPlace(const Member& member) const { return member.active || member.left; }
  void Drop(Member& member, const TopicPartition& tp);
  void DropAll(Member& member);
  bool TakeOver(const std::string& instance_id, const MemberId& heir);
  void Changed() { ++changes_; }
  void Rebalance();
  void KeepTargets(std::map<MemberId, std::set<TopicPartition>>& shares);
  void SpreadRest(std::map<MemberId, std::set<TopicPartition>>& shares);
  void Level(std::map<MemberId, std::set<TopicPartition>>& shares);
  std::optional<GroupNews> RevokeNext(const MemberId& id, Member& member);
  std::optional<GroupNews> AssignNext(const MemberId& id, Member& member);

  GroupName name_;
  std::map<TopicName, int32_t> topics_;
  std::map<MemberId, Member> members_;
  std::map<TopicPartition, MemberId> target_;
  std::set<TopicPartition> held_;  // by anyone
  uint64_t changes_ = 1;
  uint64_t balanced_at_ = 0;
  int64_t next_member_ = 1;
};

}  // namespace pinlake
