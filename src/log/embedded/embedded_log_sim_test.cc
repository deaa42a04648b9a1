// The whole embedded log on one thread and a disk that forgets: appends, commits and changes of
// topics, with the power going at any call, processes killed, disks full and syncs failing. After
// each life the log is opened again and must hold what it answered for.
#include <gtest/gtest.h>

#include <cstdlib>
#include <map>
#include <set>

#include "base/faulty_disk.h"
#include "log/embedded/embedded_log.h"
#include "log/embedded/embedded_log_reader.h"
#include "observe/log.h"

namespace pinlake {
namespace {

const GroupName kGroup("g");

// What the world knows of a topic partition.
struct Expected {
  std::map<int64_t, std::string> acknowledged;
  std::set<std::string> sent;  // ever, acknowledged or not
  Offset shown;                // an end offset that some reader saw
  // The last acknowledged commit (0: none), then those sent since: any of them may be found.
  std::vector<int64_t> commits{0};
};

struct Topic {
  LogId log_id;
  int32_t partitions = 1;
  // Deleting or growing was not answered: either may be found.
  bool unsure = false;
};

class Simulation {
 public:
  explicit Simulation(uint64_t seed, bool lying_disk = false) : rng_(seed), disk_(seed) {
    if (lying_disk) disk_.IgnoreSyncs();
  }

  void Run() {
    const int lives = static_cast<int>(rng_.Between(2, 5));
    for (int life = 0; life < lives && error_.empty(); ++life) Live();
    if (error_.empty() && Open()) Check();
  }
  const std::string& error() const { return error_; }
  int64_t acknowledged() const { return acknowledged_; }

 private:
  bool Open() {
    auto log = EmbeddedLog::Open({.dir = "data/log",
                                  .segment_bytes = rng_.Between(1024, 6000),
                                  .retention_ms = -1,
                                  .auto_create = false,
                                  .offsets_segment_bytes = rng_.Between(1024, 8192),
                                  .threads = false,
                                  .seed = rng_.Next()},
                                 disk_, clock_);
    if (!log) {
      // A crash or a fault of this life; not what recovery found.
      if (!disk_.crashed() && !fault_) Complain("open: " + log.error().message());
      return false;
    }
    log_ = *std::move(log);
    return true;
  }

  void Live() {
    // Most lives end by themselves at any call; faults come in some.
    const auto calls = static_cast<int64_t>(rng_.Below(120));
    fault_ = false;
    if (rng_.OneIn(2)) disk_.CrashAtCall(disk_.calls() + calls);
    if (rng_.OneIn(4)) {
      fault_ = true;
      disk_.FailCall(disk_.calls() + static_cast<int64_t>(rng_.Below(80)),
                     rng_.OneIn(2) ? ErrorKind::kOutOfSpace : ErrorKind::kUnavailable);
    }
    if (Open()) {
      if (!disk_.crashed()) Check();
      for (int i = 0; i < 60 && !disk_.crashed() && error_.empty(); ++i) Act();
    }
    disk_.FailNothing();
    const bool kill = !disk_.crashed() && rng_.OneIn(3);
    if (!kill && !disk_.crashed() && rng_.OneIn(3) && log_ != nullptr) log_->Close();
    kill ? disk_.Kill() : disk_.Crash();
    log_.reset();
    fault_ = false;
  }

  void Act() {
    clock_.Advance(Millis(rng_.Below(50)));
    switch (rng_.Below(12)) {
      case 0:
        return Create();
      case 1:
        if (rng_.OneIn(6)) Delete();
        return;
      case 2:
        if (rng_.OneIn(3)) Grow();
        return;
      case 3:
      case 4:
        return Commit();
      case 5:
        return Look();
      case 6:
      case 7:
        log_->Step();
        return;
      default:
        Append();
    }
  }

  TopicName AnyName() { return TopicName(std::string(1, static_cast<char>('a' + rng_.Below(3)))); }
  std::optional<TopicPartition> AnyPartition() {
    const TopicName name = AnyName();
    const auto it = topics_.find(name);
    if (it == topics_.end() || it->second.unsure) return std::nullopt;
    return TopicPartition{name, PartitionId(static_cast<int32_t>(
                                    rng_.Below(static_cast<uint64_t>(it->second.partitions))))};
  }

  void Create() {
    const TopicName name = AnyName();
    if (topics_.contains(name)) return;
    const auto partitions = static_cast<int32_t>(rng_.Between(1, 2));
    const auto made = log_->CreateTopic({.topic = name, .partitions = partitions});
    topics_[name] = {made ? made->log_id : LogId(), partitions, !made};
  }

  void Delete() {
    const TopicName name = AnyName();
    const auto it = topics_.find(name);
    if (it == topics_.end() || it->second.unsure) return;
    if (log_->DeleteTopic(name)) {
      Forget(name);
      topics_.erase(name);
    } else {
      it->second.unsure = true;
    }
  }

  void Grow() {
    const TopicName name = AnyName();
    const auto it = topics_.find(name);
    if (it == topics_.end() || it->second.unsure || it->second.partitions > 3) return;
    if (log_->AddPartitions(name, it->second.partitions + 1)) {
      ++it->second.partitions;
    } else {
      it->second.unsure = true;
    }
  }

  void Append() {
    const auto tp = AnyPartition();
    if (!tp) return;
    const auto values = std::make_shared<std::vector<std::string>>();
    RecordBatch batch;
    for (auto n = rng_.Between(1, 4); n > 0; --n) {
      values->push_back(fmt::format("{}:{}", next_value_++, std::string(rng_.Below(700), 'v')));
    }
    Expected& expected = expected_[*tp];
    for (const auto& value : *values) {
      expected.sent.insert(value);
      batch.records.push_back({.key = "k", .value = value, .partition = tp->partition});
    }
    log_->Append(tp->topic, std::move(batch),
                 [this, values, tp](const std::vector<Result<Appended>>& results) {
                   for (size_t i = 0; i < results.size(); ++i) {
                     if (!results[i]) continue;
                     ++acknowledged_;
                     const int64_t offset = results[i]->offset.value();
                     if (!expected_[*tp].acknowledged.emplace(offset, (*values)[i]).second) {
                       Complain(fmt::format("{} offset {} given twice", ToString(*tp), offset));
                     }
                   }
                 });
  }

  void Commit() {
    const auto tp = AnyPartition();
    if (!tp) return;
    auto& commits = expected_[*tp].commits;
    const int64_t offset = ++next_commit_;
    commits.push_back(offset);
    if (log_->SetCommittedOffsets(kGroup, {{*tp, {Offset(offset), std::to_string(offset)}}})) {
      commits = {offset};
    }
  }

  // Another process reads: what it was shown must stay.
  void Look() {
    const auto tp = AnyPartition();
    if (!tp) return;
    const auto reader = EmbeddedLogReader::Open("data/log", disk_, clock_);
    if (!reader) return;
    const auto range = (*reader)->Offsets(*tp);
    if (range) expected_[*tp].shown = std::max(expected_[*tp].shown, range->end);
  }

  void Check() {
    for (auto it = topics_.begin(); it != topics_.end();) {
      const auto info = log_->DescribeTopic(it->first);
      if (info && it->second.unsure) {
        it->second = {info->log_id, static_cast<int32_t>(info->partitions.size()), false};
      }
      if (!info && it->second.unsure) {
        Forget(it->first);
        it = topics_.erase(it);
        continue;
      }
      if (!info) return Complain("topic " + it->first.value() + " is gone");
      if (info->log_id != it->second.log_id ||
          info->partitions.size() != static_cast<size_t>(it->second.partitions)) {
        return Complain("topic " + it->first.value() + " is another");
      }
      for (int32_t p = 0; p < it->second.partitions; ++p) CheckRecords({it->first, PartitionId(p)});
      ++it;
    }
    const auto names = *log_->ListTopics();
    for (const auto& name : names) {
      if (!topics_.contains(name)) return Complain("topic " + name.value() + " was deleted");
    }
  }

  void CheckRecords(const TopicPartition& tp) {
    Expected& expected = expected_[tp];
    const std::string where = ToString(tp);
    const auto range = log_->Offsets(tp);
    if (!range) return Complain(where + ": " + range.error().message());
    if (range->end < expected.shown) Complain(where + ": a reader had seen more");
    std::map<int64_t, std::string> found;
    std::set<std::string> values;
    for (Offset at = range->low; at < range->end;) {
      const auto set = log_->Read(tp, at, 2000, Millis(0), {});
      if (!set) return Complain(where + ": " + set.error().message());
      for (const auto& record : set->records) {
        if (record.offset != range->low + static_cast<int64_t>(found.size())) {
          Complain(where + ": offsets have a gap");
        }
        const std::string value(*record.value);
        if (!expected.sent.contains(value)) Complain(where + ": an invented record");
        if (!values.insert(value).second) Complain(where + ": a record twice");
        found.emplace(record.offset.value(), value);
      }
      if (set->next <= at) return Complain(where + ": a read stands still");
      at = set->next;
    }
    for (const auto& [offset, value] : expected.acknowledged) {
      const auto it = found.find(offset);
      if (it == found.end()) {
        return Complain(fmt::format("{}: acknowledged offset {} is lost (end {})", where, offset,
                                    range->end.value()));
      }
      if (it->second != value) {
        return Complain(fmt::format("{}: offset {} holds another record", where, offset));
      }
    }
    // What was found stays, acknowledged or not.
    expected.acknowledged = std::move(found);
    CheckCommit(tp, expected);
  }

  void CheckCommit(const TopicPartition& tp, Expected& expected) {
    const auto all = log_->CommittedOffsets(kGroup);
    const auto it = all->find(tp);
    const int64_t found = it == all->end() ? 0 : it->second.offset.value();
    if (it != all->end() && it->second.metadata != std::to_string(found)) {
      Complain(ToString(tp) + ": metadata of another commit");
    }
    const auto& commits = expected.commits;
    if (std::find(commits.begin(), commits.end(), found) == commits.end()) {
      Complain(fmt::format("{}: committed offset {} went back", ToString(tp), found));
    }
    expected.commits = {found};
  }

  void Forget(const TopicName& name) {
    std::erase_if(expected_, [&](const auto& entry) { return entry.first.topic == name; });
  }
  void Complain(const std::string& what) {
    if (error_.empty()) error_ = what;
  }

  Rng rng_;
  ManualClock clock_;
  FaultyDisk disk_;
  std::unique_ptr<EmbeddedLog> log_;
  std::map<TopicName, Topic> topics_;
  std::map<TopicPartition, Expected> expected_;
  int64_t next_value_ = 0, next_commit_ = 0;
  int64_t acknowledged_ = 0;
  bool fault_ = false;
  std::string error_;
};

uint64_t Number(const char* variable, uint64_t fallback) {
  const char* text = std::getenv(variable);
  return text == nullptr ? fallback : std::strtoull(text, nullptr, 10);
}

TEST(EmbeddedLogSimTest, NothingAcknowledgedIsLostWhateverTheDiskForgets) {
  ConfigureLog(LogLevel::kError, LogFormat::kText);
  int64_t acknowledged = 0;
  const uint64_t seeds = Number("PINLAKE_SIM_SEEDS", 1000);
  const uint64_t first = Number("PINLAKE_SIM_FIRST_SEED", 0);
  for (uint64_t seed = first; seed < first + seeds; ++seed) {
    Simulation simulation(seed);
    simulation.Run();
    acknowledged += simulation.acknowledged();
    ASSERT_EQ(simulation.error(), "") << "seed " << seed;
  }
  fmt::print("{} seeds from {}, {} records acknowledged\n", seeds, first, acknowledged);
  ConfigureLog(LogLevel::kInfo, LogFormat::kText);
  EXPECT_GT(acknowledged, static_cast<int64_t>(seeds)) << "the simulation must do something";
}

// The same simulation must see a log that answers before it syncs.
TEST(EmbeddedLogSimTest, AnAnswerBeforeTheSyncIsCaught) {
  int caught = 0;
  for (uint64_t seed = 0; seed < 20; ++seed) {
    Simulation simulation(seed, true);
    simulation.Run();
    caught += simulation.error().empty() ? 0 : 1;
  }
  EXPECT_GE(caught, 10);
}

}  // namespace
}  // namespace pinlake
