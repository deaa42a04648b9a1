#include "log/group_coordinator.h"

#include <algorithm>

namespace pinlake {
namespace {

using Shares = std::map<MemberId, std::set<TopicPartition>>;

bool Contains(const std::vector<TopicName>& topics, const TopicName& topic) {
  return std::find(topics.begin(), topics.end(), topic) != topics.end();
}

}  // namespace

Result<MemberId> GroupCoordinator::Join(const GroupOptions& options, Micros now) {
  Member member{.options = options, .seen = now};
  if (options.topics_regex) {
    ASSIGN_OR_RETURN(member.pattern, TopicPattern::Compile(*options.topics_regex));
  }
  // Padded, so that members sort by age.
  MemberId id(fmt::format("{}-{:08}", options.client_id.empty() ? "member" : options.client_id,
                          next_member_++));
  // An heir has its place at once, or others would be given it before the heir's first poll.
  member.active = !options.instance_id.empty() && TakeOver(options.instance_id, id);
  members_.emplace(id, std::move(member));
  return id;
}

bool GroupCoordinator::TakeOver(const std::string& instance_id, const MemberId& heir) {
  bool any = false;
  for (auto& [id, member] : members_) {
    if (member.options.instance_id != instance_id || member.fenced) continue;
    DropAll(member);
    any |= HasPlace(member);
    member.fenced = true;
    member.active = member.left = false;
    for (auto& [tp, owner] : target_) {
      if (owner == id) owner = heir;
    }
  }
  std::erase_if(members_,
                [](const auto& entry) { return entry.second.fenced && entry.second.abandoned; });
  Changed();
  return any;
}

void GroupCoordinator::Leave(const MemberId& id, Micros now) {
  const auto it = members_.find(id);
  if (it == members_.end()) return;
  DropAll(it->second);
  Changed();
  if (it->second.options.instance_id.empty() || it->second.fenced) {
    members_.erase(it);
    return;
  }
  it->second.active = false;
  it->second.left = it->second.abandoned = true;
  it->second.seen = now;
}

void GroupCoordinator::Abandon(const MemberId& id) {
  const auto it = members_.find(id);
  if (it == members_.end()) return;
  it->second.abandoned = true;
  if (!HasPlace(it->second)) members_.erase(it);
}

Result<GroupNews> GroupCoordinator::Poll(const MemberId& id, Micros now) {
  const auto it = members_.find(id);
  CHECK(it != members_.end(), "a member polls between Join and Leave");
  Member& member = it->second;
  Expire(now);
  if (!member.lost.empty()) {
    return GroupNews(LostEvent{std::exchange(member.lost, {}), member.epoch});
  }
  if (member.fenced) {
    return Fail(ErrorKind::kFenced, "member {} of group {}: another member has instance id {}",
                id.value(), name_.value(), member.options.instance_id);
  }
  member.seen = now;
  if (!member.active) {
    member.active = true;
    Changed();
  }
  if (member.news_seen == changes_) return GroupNews(NothingEvent{});
  Rebalance();
  if (auto news = RevokeNext(id, member)) return *std::move(news);
  if (auto news = AssignNext(id, member)) return *std::move(news);
  member.news_seen = changes_;
  return GroupNews(NothingEvent{});
}

std::optional<GroupNews> GroupCoordinator::RevokeNext(const MemberId& id, Member& member) {
  RevokedEvent event{.epoch = member.epoch};
  for (auto& [tp, holding] : member.held) {
    const auto target = target_.find(tp);
    const bool stays = target != target_.end() && target->second == id && !holding.wanted_back;
    if (stays || holding.told) continue;
    holding.told = true;
    event.partitions.push_back(tp);
  }
  if (event.partitions.empty()) return std::nullopt;
  return GroupNews(std::move(event));
}

std::optional<GroupNews> GroupCoordinator::AssignNext(const MemberId& id, Member& member) {
  AssignedEvent event;
  for (const auto& [tp, owner] : target_) {
    if (owner == id && !held_.contains(tp)) event.partitions.push_back(tp);
  }
  if (event.partitions.empty()) return std::nullopt;
  member.epoch = event.epoch = member.epoch + 1;
  for (const auto& tp : event.partitions) {
    member.held.emplace(tp, Holding{.epoch = event.epoch});
    held_.insert(tp);
  }
  return GroupNews(std::move(event));
}

void GroupCoordinator::ConfirmRevoked(const MemberId& id,
                                      const std::vector<TopicPartition>& partitions) {
  const auto it = members_.find(id);
  if (it == members_.end()) return;
  for (const auto& tp : partitions) {
    const auto holding = it->second.held.find(tp);
    if (holding == it->second.held.end() || !holding->second.told) continue;
    it->second.held.erase(holding);
    held_.erase(tp);
    Changed();
  }
}

Status GroupCoordinator::CheckHolder(const MemberId& id, const TopicPartition& tp,
                                     Epoch epoch) const {
  const auto it = members_.find(id);
  if (it == members_.end() || !it->second.held.contains(tp)) {
    return Fail(ErrorKind::kFenced, "member {} of group {} does not hold {}", id.value(),
                name_.value(), ToString(tp));
  }
  const Epoch since = it->second.held.at(tp).epoch;
  if (epoch < since) {
    return Fail(ErrorKind::kFenced, "member {} of group {} holds {} since epoch {}, not {}",
                id.value(), name_.value(), ToString(tp), since.value(), epoch.value());
  }
  return {};
}

void GroupCoordinator::SetTopics(const std::map<TopicName, int32_t>& topics) {
  if (topics == topics_) return;
  topics_ = topics;
  for (auto& [id, member] : members_) {
    std::vector<TopicPartition> gone;
    for (const auto& [tp, holding] : member.held) {
      const auto it = topics_.find(tp.topic);
      if (it == topics_.end() || tp.partition.value() >= it->second) gone.push_back(tp);
    }
    for (const auto& tp : gone) Drop(member, tp);
  }
  Changed();
}

bool GroupCoordinator::Expire(Micros now) {
  bool any = false;
  for (auto it = members_.begin(); it != members_.end();) {
    Member& member = it->second;
    if (!HasPlace(member) || now - member.seen < Micros(member.options.session_timeout)) {
      ++it;
      continue;
    }
    any = true;
    DropAll(member);
    member.active = member.left = false;
    Changed();
    it = member.abandoned ? members_.erase(it) : std::next(it);
  }
  return any;
}

void GroupCoordinator::ForceRevoke(const TopicPartition& tp) {
  for (auto& [id, member] : members_) {
    const auto holding = member.held.find(tp);
    if (holding == member.held.end()) continue;
    holding->second.wanted_back = true;
    Changed();
  }
}

void GroupCoordinator::ForceLose(const TopicPartition& tp) {
  for (auto& [id, member] : members_) {
    if (member.held.contains(tp)) Drop(member, tp);
  }
}

void GroupCoordinator::Drop(Member& member, const TopicPartition& tp) {
  member.held.erase(tp);
  held_.erase(tp);
  member.lost.push_back(tp);
  Changed();
}

void GroupCoordinator::DropAll(Member& member) {
  while (!member.held.empty()) {
    const TopicPartition tp = member.held.begin()->first;
    Drop(member, tp);
  }
}

std::vector<TopicPartition> GroupCoordinator::Held(const MemberId& id) const {
  std::vector<TopicPartition> partitions;
  const auto it = members_.find(id);
  if (it == members_.end()) return partitions;
  for (const auto& [tp, holding] : it->second.held) partitions.push_back(tp);
  return partitions;
}

bool GroupCoordinator::has_members() const {
  return std::any_of(members_.begin(), members_.end(),
                     [&](const auto& entry) { return HasPlace(entry.second); });
}

bool GroupCoordinator::Takes(const Member& member, const TopicName& topic) const {
  if (!HasPlace(member)) return false;
  if (member.pattern) return member.pattern->Matches(topic);
  return Contains(member.options.topics, topic);
}

void GroupCoordinator::Rebalance() {
  if (balanced_at_ == changes_) return;
  Shares shares;
  for (const auto& [id, member] : members_) {
    if (HasPlace(member)) shares[id];
  }
  KeepTargets(shares);
  SpreadRest(shares);
  Level(shares);
  std::map<TopicPartition, MemberId> target;
  for (const auto& [id, partitions] : shares) {
    for (const auto& tp : partitions) target.emplace(tp, id);
  }
  if (target != target_) {
    target_ = std::move(target);
    Changed();
  }
  balanced_at_ = changes_;
}

void GroupCoordinator::KeepTargets(Shares& shares) {
  for (const auto& [tp, id] : target_) {
    const auto share = shares.find(id);
    const auto topic = topics_.find(tp.topic);
    if (share == shares.end() || topic == topics_.end() || tp.partition.value() >= topic->second)
      continue;
    if (Takes(members_.at(id), tp.topic)) share->second.insert(tp);
  }
}

void GroupCoordinator::SpreadRest(Shares& shares) {
  std::set<TopicPartition> taken;
  for (const auto& [id, share] : shares) taken.insert(share.begin(), share.end());
  for (const auto& [topic, count] : topics_) {
    std::vector<MemberId> takers;
    for (const auto& [id, share] : shares) {
      if (Takes(members_.at(id), topic)) takers.push_back(id);
    }
    if (takers.empty()) continue;
    for (int32_t p = 0; p < count; ++p) {
      const TopicPartition tp{topic, PartitionId(p)};
      if (taken.contains(tp)) continue;
      const auto least = std::min_element(takers.begin(), takers.end(), [&](auto& a, auto& b) {
        return shares.at(a).size() < shares.at(b).size();
      });
      shares.at(*least).insert(tp);
    }
  }
}

void GroupCoordinator::Level(Shares& shares) {
  for (bool moved = true; moved;) {
    moved = false;
    for (auto& [poor, few] : shares) {
      for (auto& [rich, many] : shares) {
        if (many.size() < few.size() + 2) continue;
        const auto it = std::find_if(many.rbegin(), many.rend(), [&](const TopicPartition& tp) {
          return Takes(members_.at(poor), tp.topic);
        });
        if (it == many.rend()) continue;
        few.insert(*it);
        many.erase(std::next(it).base());
        moved = true;
      }
    }
  }
}

GroupInfo GroupCoordinator::Describe() const {
  GroupInfo info{.group = name_, .state = has_members() ? "Stable" : "Empty", .members = {}};
  info.assignor = "sticky";
  for (const auto& [id, member] : members_) {
    if (!HasPlace(member)) continue;
    info.members.push_back(
        {id.value(), member.options.client_id, Held(id), member.options.instance_id});
    for (const auto& [tp, holding] : member.held) {
      if (holding.told || holding.wanted_back) info.state = "PreparingRebalance";
    }
  }
  return info;
}

}  // namespace pinlake
