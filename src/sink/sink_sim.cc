#include "sink/sink_sim.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "lake/object_key.h"
#include "lake/object_metadata.h"
#include "sink/sink_metrics.h"

namespace pinlake {

// ---- The network

class SimNetwork::Connection final : public Uploader {
 public:
  explicit Connection(SimNetwork& network) : network_(network) {}
  void Submit(UploadJob job) override {
    network_.requests_.push_back({std::move(job), answers_, false, {}});
  }
  std::vector<UploadAnswer> Take(Millis) override { return std::exchange(*answers_, {}); }

 private:
  SimNetwork& network_;
  std::shared_ptr<std::vector<UploadAnswer>> answers_ =
      std::make_shared<std::vector<UploadAnswer>>();
};

std::unique_ptr<Uploader> SimNetwork::Connect() { return std::make_unique<Connection>(*this); }

/// \return true once nothing is left to do.
bool SimNetwork::MoveOne(Request& request) {
  if (!request.sent) {
    request.sent = true;
    if (request.job.over->load()) {
      request.answer = UploadAnswer{
          request.job.id, tl::unexpected(Error(ErrorKind::kCancelled, "not sent any more"))};
    }
    return false;
  }
  if (!request.answer) {
    // Sent: done whatever became of the one who sent it.
    UploadJob job = request.job;
    job.over = nullptr;
    if (faults_ && rng_.OneIn(12)) static_cast<void>(StoreOnce(store_, job));  // sent twice
    request.answer = UploadAnswer{job.id, StoreOnce(store_, job)};
    if (faults_ && rng_.OneIn(12)) {
      request.answer->result =
          tl::unexpected(Error(ErrorKind::kUnknownOutcome, "the answer was lost"));
    }
    return false;
  }
  if (const auto answers = request.answers.lock()) {
    answers->push_back(*request.answer);
    if (faults_ && rng_.OneIn(12)) answers->push_back(*request.answer);  // answered twice
  }
  return true;
}

void SimNetwork::Move(bool all) {
  do {
    std::vector<Request> left;
    for (auto& request : std::exchange(requests_, {})) {
      const bool moves = all || rng_.OneIn(2);
      if (!moves || !MoveOne(request)) left.push_back(std::move(request));
    }
    for (auto& request : requests_) left.push_back(std::move(request));
    requests_ = std::move(left);
  } while (all && !requests_.empty());
}

namespace {

// ---- Parts of the simulated world

/// A member that can be made deaf: it then does not learn what the group decided about it.
class SimConsumer final : public GroupConsumer {
 public:
  SimConsumer(std::unique_ptr<GroupConsumer> real, std::shared_ptr<bool> deaf)
      : real_(std::move(real)), deaf_(std::move(deaf)) {}
  Result<ConsumerEvent> Poll(Millis wait) override {
    if (*deaf_) return ConsumerEvent(NothingEvent{});
    return real_->Poll(wait);
  }
  void ConfirmRevoked(const std::vector<TopicPartition>& tps) override {
    real_->ConfirmRevoked(tps);
  }
  Status Commit(const TopicPartition& tp, const CommittedOffset& to, Epoch epoch) override {
    return real_->Commit(tp, to, epoch);
  }
  Result<std::optional<CommittedOffset>> Committed(const TopicPartition& tp) override {
    return real_->Committed(tp);
  }
  Status Seek(const TopicPartition& tp, Offset to) override { return real_->Seek(tp, to); }
  void Pause(const TopicPartition& tp) override { real_->Pause(tp); }
  void Resume(const TopicPartition& tp) override { real_->Resume(tp); }
  std::vector<TopicPartition> Assignment() const override { return real_->Assignment(); }
  void Close() override { real_->Close(); }

 private:
  std::unique_ptr<GroupConsumer> real_;
  std::shared_ptr<bool> deaf_;
};

/// One line a record: its value. "bad" can't be converted.
class LineEncoder final : public RecordEncoder {
 public:
  Result<bool> Append(const RecordView& record, std::string* body) override {
    if (!record.value) return false;
    if (record.value->starts_with("bad")) {
      return Fail(ErrorKind::kInvalidArgument, "bad record");
    }
    body->append(*record.value).append("\n");
    return true;
  }
};

/// Directories by the record's number, or by the clock.
class SimPartitioner final : public Partitioner {
 public:
  explicit SimPartitioner(bool wallclock) : wallclock_(wallclock) {}
  bool wallclock() const override { return wallclock_; }
  Result<RecordPlace> Place(const RecordView& record, TimestampMs wall_ms) override {
    if (wallclock_) return RecordPlace{fmt::format("at={}", wall_ms / 500), wall_ms};
    const auto number = std::stoll(std::string(record.value->substr(record.value->find('#') + 1)));
    return RecordPlace{fmt::format("mod={}", number % 3), record.timestamp};
  }

 private:
  const bool wallclock_;
};

/// What decides about places and time rotation in one life.
struct SimPaths {
  std::string partitioner;  ///< "", "number", "clock"
  int64_t rotate_interval_ms = 0;
  bool on_change = false;
  size_t open_objects_max = 0;
};

SinkSettings Settings(int64_t flush, const std::string& topics_dir, int64_t schedule_ms,
                      const SimPaths& paths) {
  SinkSettings settings;
  settings.naming.topics_dir = topics_dir;
  settings.rules.flush_records = flush;
  settings.rules.cuts_in_flight_max = 6;
  if (schedule_ms > 0) settings.rules.schedule = *RotationSchedule::Make(schedule_ms, "UTC");
  settings.null_values = NullValues::kIgnore;
  settings.tolerate_bad_records = true;
  settings.make_encoder = [] { return std::make_unique<LineEncoder>(); };
  settings.recorded = {{"flush.size", std::to_string(flush)}, {"topics.dir", topics_dir}};
  if (paths.partitioner.empty()) return settings;
  settings.recorded["partitioner.class"] = paths.partitioner;
  const bool clock = paths.partitioner == "clock";
  settings.make_partitioner = [clock] { return std::make_unique<SimPartitioner>(clock); };
  settings.rules.rotate_interval_ms = paths.rotate_interval_ms;
  settings.rules.rotate_on_partition_change = paths.on_change;
  settings.rules.open_objects_max = paths.open_objects_max;
  return settings;
}

struct SimRecord {
  bool good = false;
  std::string line;
};

struct Node {
  std::unique_ptr<SinkTask> task;
  std::shared_ptr<bool> deaf = std::make_shared<bool>(false);
  int frozen = 0;  ///< steps it is not run
};

class World {
 public:
  explicit World(const SimOptions& options)
      : options_(options),
        rng_(options.seed),
        log_(clock_),
        store_(clock_),
        network_(store_, rng_.Fork()),
        store_rng_(rng_.Fork()) {
    store_.SetFaults([this](const StoreCall& call) { return Fault(call); });
    topics_ = static_cast<int>(rng_.Between(1, 2));
    for (int i = 0; i < topics_; ++i) {
      partitions_.push_back(static_cast<int32_t>(rng_.Between(1, 3)));
      Check(log_.CreateTopic({Topic(i), partitions_.back(), 1, {}}).has_value(), "topic is made");
    }
  }

  std::string Run();
  void AddTo(SimCoverage* coverage);

 private:
  static TopicName Topic(int i) { return TopicName(fmt::format("t{}", i)); }
  static constexpr const char* kGroup = "connect-sim";

  void Check(bool holds, const std::string& what) {
    if (!holds && wrong_.empty()) wrong_ = what;
  }

  StoreFault Fault(const StoreCall& call) {
    if (!faults_ || !store_rng_.OneIn(8)) return StoreFault::kNone;
    switch (store_rng_.Below(6)) {
      case 0:
        return StoreFault::kUnavailable;
      case 1:
        return StoreFault::kThrottled;
      case 2:
        return call.operation == StoreOperation::kPutIfAbsent ? StoreFault::kConflict
                                                              : StoreFault::kUnavailable;
      case 3:
        return StoreFault::kUnknownNotDone;
      case 4:
        return StoreFault::kUnknownDone;
      default:
        return StoreFault::kUnknownLate;
    }
  }

  void Append() {
    const int topic = static_cast<int>(rng_.Below(static_cast<uint64_t>(topics_)));
    const TopicPartition tp{
        Topic(topic),
        PartitionId(static_cast<int32_t>(rng_.Below(static_cast<uint64_t>(partitions_[topic]))))};
    if (rng_.OneIn(30)) {
      log_.SkipOffsets(tp, rng_.Between(1, 3));
      return;
    }
    for (int64_t n = rng_.Between(1, 6); n > 0; --n) AppendOne(tp);
  }

  void AppendOne(const TopicPartition& tp) {
    SimRecord record{true, fmt::format("{}#{}", ToString(tp), next_line_++)};
    NewRecord fresh;
    fresh.partition = tp.partition;
    if (rng_.OneIn(8)) {
      record.good = false;
      if (rng_.OneIn(2)) record.line = "bad" + record.line;
    }
    const bool null = !record.good && !record.line.starts_with("bad");
    if (!null) fresh.value = record.line;
    log_.Append(tp.topic, {{fresh}, nullptr}, [&](std::vector<Result<Appended>> results) {
      if (results.at(0)) written_[tp][results[0]->offset] = record;
    });
  }

  void StartNode() {
    Node node;
    SinkTaskOptions options;
    options.group.group = GroupName(kGroup);
    for (int i = 0; i < topics_; ++i) options.group.topics.push_back(Topic(i));
    options.group.session_timeout = Millis(10'000);
    options.group.fetch_bytes_max = static_cast<size_t>(rng_.Between(20, 400));
    // Most lives keep the last properties, some come with others.
    if (!today_ || rng_.OneIn(3)) {
      const int64_t flush[] = {1, 2, 3, 5, 9};
      today_ = Settings(flush[rng_.Below(5)], rng_.OneIn(4) ? "other" : "topics",
                        rng_.OneIn(2) ? rng_.Between(50, 3000) : 0, AnyPaths());
    }
    options.today = *today_;
    options.settings_for = [](const std::map<std::string, std::string>& recorded) {
      return Result<SinkSettings>(
          Settings(std::stoll(recorded.at("flush.size")), recorded.at("topics.dir"), 0,
                   {recorded.contains("partitioner.class") ? recorded.at("partitioner.class") : "",
                    0, false, 0}));
    };
    options.retry_backoff = Millis(200);
    options.drain_limit = Millis(1000);
    options.planted_bug = options_.bug;
    auto joined = log_.Join(options.group);
    Check(joined.has_value(), "a member joins");
    if (!joined) return;
    node.task = std::make_unique<SinkTask>(
        log_, std::make_unique<SimConsumer>(std::move(*joined), node.deaf), network_.Connect(),
        clock_, budget_, metrics_, options);
    nodes_.push_back(std::move(node));
  }

  SimPaths AnyPaths() {
    const char* partitioners[] = {"", "number", "clock"};
    SimPaths paths;
    paths.partitioner = partitioners[rng_.Below(3)];
    if (rng_.OneIn(2)) paths.rotate_interval_ms = rng_.Between(1, 2000);
    paths.on_change = rng_.OneIn(3);
    paths.open_objects_max = rng_.OneIn(4) ? 2 : 0;
    return paths;
  }

  void StepNode(Node& node) {
    if (node.frozen > 0 && --node.frozen > 0) return;
    node.task->Step(Millis(0));
    failed_tasks_ += node.task->failure() ? 1 : 0;
    if (node.task->failure() && !options_.recreate_topic) {
      Check(false, "a task failed: " + node.task->failure()->message());
    }
    *node.deaf = false;
  }

  /// A task that sleeps for longer than its session, then goes on before it learns of that.
  void Freeze(Node& node) {
    node.frozen = static_cast<int>(rng_.Between(5, 40));
    *node.deaf = true;
    if (rng_.OneIn(2)) clock_.Advance(Millis(10'500));
  }

  void Chance() {
    switch (rng_.Below(100)) {
      case 0:
      case 1:
      case 2:
        if (!nodes_.empty()) nodes_.erase(nodes_.begin() + Any());
        return;
      case 3:
      case 4:
        if (!nodes_.empty()) Freeze(nodes_[Any()]);
        return;
      case 5:
        log_.FailCommits(ErrorKind::kUnavailable);
        return;
      case 6:
        log_.FailCommits(ErrorKind::kUnknownOutcome, 1, rng_.OneIn(2));
        return;
      case 7:
        log_.FailReads(ErrorKind::kUnavailable);
        return;
      case 8:
        log_.ForceLose(GroupName(kGroup), AnyPartition());
        return;
      case 9:
        log_.ForceRevoke(GroupName(kGroup), AnyPartition());
        return;
      case 10:
        clock_.StepWall(Millis(rng_.Between(-100'000, 100'000)));
        return;
      case 11:
      case 12:
        store_.DeliverLate(rng_.Below(3));
        return;
      case 13:
        clock_.Advance(Millis(rng_.Between(1000, 12'000)));
        return;
      case 14:
        if (!nodes_.empty()) {  // stopped in order
          Node& node = nodes_[Any()];
          node.task->Stop();
        }
        return;
      default:
        clock_.Advance(Millis(rng_.Between(0, 60)));
    }
  }

  ptrdiff_t Any() { return static_cast<ptrdiff_t>(rng_.Below(nodes_.size())); }
  TopicPartition AnyPartition() {
    const int topic = static_cast<int>(rng_.Below(static_cast<uint64_t>(topics_)));
    return {
        Topic(topic),
        PartitionId(static_cast<int32_t>(rng_.Below(static_cast<uint64_t>(partitions_[topic]))))};
  }

  void OneStep() {
    if (nodes_.size() < 3 && rng_.OneIn(nodes_.empty() ? 2 : 25)) StartNode();
    if (rng_.OneIn(3)) Append();
    for (auto& node : nodes_) {
      if (rng_.OneIn(2)) StepNode(node);
    }
    CloseDone();
    network_.Move(false);
    Chance();
  }

  void CloseDone() {
    for (auto& node : nodes_) {
      if (node.task->done()) node.task->Close();
    }
    std::erase_if(nodes_, [](const Node& node) { return node.task->done(); });
  }

  /// The faults end: old requests arrive, and one healthy task finishes what can be finished.
  void ComeToRest() {
    faults_ = false;
    network_.BeGood();
    nodes_.clear();
    clock_.Advance(Millis(11'000));
    StartNode();
    for (int i = 0; i < 400; ++i) {
      if (i == 100) store_.DeliverLate();
      for (auto& node : nodes_) StepNode(node);
      CloseDone();
      if (nodes_.empty()) StartNode();
      network_.Move(i % 3 == 0);
      clock_.Advance(Millis(i < 300 ? 40 : 200));
    }
    store_.DeliverLate();
    if (!options_.recreate_topic) CheckProgress();
  }

  /// What the rules close is stored and committed in the end.
  void CheckProgress() {
    const auto committed = log_.CommittedOffsets(GroupName(kGroup));
    for (const auto& [tp, records] : written_) {
      const auto at = committed->find(tp);
      const Offset from = at == committed->end() ? Offset(0) : at->second.offset;
      int64_t good = 0;
      for (auto it = records.lower_bound(from); it != records.end(); ++it) good += it->second.good;
      const int64_t open_max = today_->rules.schedule ? 0 : today_->rules.flush_records - 1;
      Check(good <= open_max, fmt::format("stuck: {} records of {} from {} on are not stored", good,
                                          ToString(tp), from.value()));
    }
  }

  void RecreateTopic() {
    // A fault may keep the group's offsets, which else go with the topic: both must be seen.
    for (bool there = true; there;) {
      const Status deleted = log_.DeleteTopic(Topic(0));
      there = !deleted && deleted.error().kind() != ErrorKind::kNotFound;
    }
    for (int32_t p = 0; p < partitions_[0]; ++p) {
      written_.erase(TopicPartition{Topic(0), PartitionId(p)});
    }
    Check(log_.CreateTopic({Topic(0), partitions_[0], 1, {}}).has_value(), "topic is made again");
  }

  void CheckAll(const char* when);
  void CheckPartition(const TopicPartition& tp, const std::vector<ObjectInfo>& objects);
  void CheckCommitted(const TopicPartition& tp, const std::map<Offset, ObjectFacts>& cuts,
                      const std::map<std::string, int>& stored);

  const SimOptions options_;
  Rng rng_;
  ManualClock clock_;
  FakeLog log_;
  FakeStore store_;
  SimNetwork network_;
  Rng store_rng_;
  ByteBudget budget_{rng_.OneIn(3) ? 100 : 1 << 20};
  MetricsRegistry metrics_;
  bool faults_ = true;
  uint64_t failed_tasks_ = 0;
  int topics_ = 1;
  std::vector<int32_t> partitions_;
  std::optional<SinkSettings> today_;
  std::vector<Node> nodes_;
  std::map<TopicPartition, std::map<Offset, SimRecord>> written_;
  int64_t next_line_ = 0;
  std::string wrong_;
};

std::string World::Run() {
  for (int i = 0; i < options_.steps && wrong_.empty(); ++i) {
    OneStep();
    if (i % 50 == 49) CheckAll("in between");
    if (options_.recreate_topic && i == options_.steps / 2) RecreateTopic();
  }
  if (wrong_.empty()) ComeToRest();
  CheckAll("at the end");
  return wrong_;
}

void World::AddTo(SimCoverage* coverage) {
  for (int i = 0; i < topics_; ++i) {
    const std::string topic = Topic(i).value();
    const auto by = [&](RotationReason reason) {
      return metrics_.GetCounter(kSinkObjectsTotal, {topic, Name(reason)}).value();
    };
    coverage->by_flush += by(RotationReason::kFlushSize);
    coverage->by_schedule += by(RotationReason::kSchedule);
    coverage->by_interval += by(RotationReason::kRotateInterval);
    coverage->by_change += by(RotationReason::kPartitionChange);
    coverage->by_open_objects += by(RotationReason::kOpenObjects);
    coverage->by_memory += by(RotationReason::kMemory);
    coverage->adopted += metrics_.GetCounter(kSinkAdoptedTotal, {topic}).value();
    coverage->skipped += metrics_.GetCounter(kSinkSkippedTotal, {topic, "bad record"}).value();
  }
  for (const auto kind : {ErrorKind::kUnavailable, ErrorKind::kThrottled, ErrorKind::kConflict,
                          ErrorKind::kUnknownOutcome}) {
    coverage->store_retries +=
        metrics_.GetCounter(kSinkRetriesTotal, {"store", Name(kind)}).value();
    coverage->commit_retries +=
        metrics_.GetCounter(kSinkRetriesTotal, {"commit", Name(kind)}).value();
  }
  coverage->failed_tasks += failed_tasks_;
}

void World::CheckAll(const char* when) {
  std::map<TopicPartition, std::vector<ObjectInfo>> objects;
  const auto listed = store_.List("", {}, 1000);
  Check(listed.has_value() || faults_, "the store is listed");
  if (!listed) return;
  for (const auto& object : listed->objects) {
    const auto info = store_.Head(object.key);
    if (!info) return;  // a fault: checked again at the end
    const auto facts = ParseObjectMetadata(info->metadata);
    Check(facts.has_value(), "object without facts: " + object.key.value());
    if (!facts) return;
    Check(store_.writes(object.key) == 1, "overwritten: " + object.key.value());
    objects[facts->tp].push_back(*info);
  }
  for (auto& [tp, records] : written_) CheckPartition(tp, objects[tp]);
  if (!wrong_.empty()) wrong_ += fmt::format(" ({})", when);
}

void World::CheckPartition(const TopicPartition& tp, const std::vector<ObjectInfo>& objects) {
  std::map<std::string, int> stored;
  std::map<Offset, ObjectFacts> cuts;
  const auto topic = log_.DescribeTopic(tp.topic);
  for (const auto& object : objects) {
    const ObjectFacts facts = *ParseObjectMetadata(object.metadata);
    if (topic && facts.log_id != topic->log_id) continue;  // of the topic's life before
    auto body = store_.Get(object.key);
    if (!body) return;
    int64_t lines = 0;
    std::string_view rest = *body;
    while (!rest.empty()) {
      const size_t end = rest.find('\n');
      Check(end != std::string_view::npos,
            "object does not end with a line: " + object.key.value());
      if (end == std::string_view::npos) return;
      ++stored[std::string(rest.substr(0, end))];
      rest.remove_prefix(end + 1);
      ++lines;
    }
    Check(lines == facts.count, "count is wrong: " + object.key.value());
    const auto [cut, first] = cuts.emplace(facts.cut_start, facts);
    if (first) continue;
    Check(cut->second.cut_end == facts.cut_end && cut->second.skipped == facts.skipped,
          "two cuts start at one offset in " + ToString(tp));
    cut->second.count += facts.count;
  }
  for (const auto& [line, times] : stored) {
    Check(times == 1, fmt::format("{} is in {} objects", line, times));
  }
  CheckCommitted(tp, cuts, stored);
}

void World::CheckCommitted(const TopicPartition& tp, const std::map<Offset, ObjectFacts>& cuts,
                           const std::map<std::string, int>& stored) {
  const auto all = log_.CommittedOffsets(GroupName(kGroup));
  Check(all.has_value(), "committed offsets are there");
  const auto at = all->find(tp);
  if (at == all->end()) return Check(cuts.empty(), "objects before any commit of " + ToString(tp));
  const auto record = ParseCutRecord(at->second.metadata);
  Check(record && *record, "committed metadata is a cut record");
  if (!record || !*record) return;
  const auto topic = log_.DescribeTopic(tp.topic);
  if (topic && (*record)->log_id != topic->log_id) return;  // of the topic's life before
  const Offset committed = at->second.offset;

  for (const auto& [offset, written] : written_[tp]) {
    if (offset >= committed || offset < (*record)->start || !written.good) continue;
    Check(stored.contains(written.line), fmt::format("lost: {} at offset {} below {}", written.line,
                                                     offset.value(), committed.value()));
  }
  // Cuts follow one another without a gap, and say how many records they skipped.
  Offset next = (*record)->start;
  const auto in_log = [&](Offset from, Offset to) {
    const auto& records = written_[tp];
    return std::distance(records.lower_bound(from), records.lower_bound(to));
  };
  for (const auto& [start, cut] : cuts) {
    if (cut.cut_end > committed) {
      const auto& ends = (*record)->ends;
      Check(std::any_of(ends.begin(), ends.end(),
                        [&](const CutEnd& e) { return e.end == cut.cut_end; }),
            fmt::format("{}: the cut [{}, {}) is visible and not recorded at {}", ToString(tp),
                        start.value(), cut.cut_end.value(), committed.value()));
      continue;
    }
    Check(start == next, fmt::format("{}: a cut starts at {}, the one before ends at {}",
                                     ToString(tp), start.value(), next.value()));
    Check(cut.count + cut.skipped == in_log(start, cut.cut_end),
          fmt::format("{}: the cut [{}, {}) says {} records and {} skipped, the log has {}",
                      ToString(tp), start.value(), cut.cut_end.value(), cut.count, cut.skipped,
                      in_log(start, cut.cut_end)));
    next = cut.cut_end;
  }
  const int64_t tail = (*record)->skipped ? (*record)->skipped->count : 0;
  Check(tail == in_log(next, committed),
        fmt::format("{}: {} records in [{}, {}) are in no cut, the record says {} skipped",
                    ToString(tp), in_log(next, committed), next.value(), committed.value(), tail));
}

}  // namespace

std::string RunSinkSim(const SimOptions& options, SimCoverage* coverage) {
  World world(options);
  std::string wrong = world.Run();
  if (coverage != nullptr) world.AddTo(coverage);
  return wrong;
}

}  // namespace pinlake
