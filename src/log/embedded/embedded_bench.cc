// The embedded log against what the disk allows: appends beside raw writes of the same bytes with
// one fdatasync each, in turn, in the same run; reads beside raw reads. Goal: an append at least 80
// % as fast as its floor (of_floor >= 0.8); reads over 1 M records/s. Figures in
// docs/performance.md. Directory: PINLAKE_BENCH_DIR, else the temporary one.
#include <benchmark/benchmark.h>

#include <condition_variable>
#include <cstdlib>
#include <filesystem>
#include <mutex>

#include "base/rng.h"
#include "log/embedded/embedded_log.h"

namespace pinlake {
namespace {

const TopicName kOrders{"orders"};
const TopicPartition kTp{kOrders, PartitionId(0)};
constexpr size_t kValueBytes = 300;

class Scratch {
 public:
  Scratch() { std::filesystem::create_directories(dir_); }
  ~Scratch() { std::filesystem::remove_all(dir_); }
  Path At(std::string_view name) const { return Join(dir_, name); }

 private:
  static Path Root() {
    const char* given = std::getenv("PINLAKE_BENCH_DIR");
    return given != nullptr ? given : std::filesystem::temp_directory_path().string();
  }
  const Path dir_ = Root() + "/pinlake_bench_" + Rng::FromSystem().Uuid();
};

// Values that outlive the benchmark.
const std::string& Value() {
  static const std::string value(kValueBytes, 'v');
  return value;
}

RecordBatch Batch(int64_t records) {
  return {
      .records = std::vector<NewRecord>(static_cast<size_t>(records),
                                        NewRecord{.value = Value(), .partition = PartitionId(0)}),
      .owner = {}};
}

// Segment files written raw: reserved in the same steps, one write and one fdatasync a batch.
class Floor {
 public:
  Floor(const Scratch& scratch, int64_t records) : scratch_(scratch) {
    for (int64_t i = 0; i < records; ++i) {
      builder_.Add({.value = Value()}, 1'700'000'000'000);
    }
    bytes_ = builder_.Finish(Offset(0));
  }
  void Write() {
    if (file_ == nullptr || at_ + bytes_.size() > kSegmentBytes) {
      file_ = *RealDisk().CreateNew(scratch_.At("raw" + std::to_string(files_++)));
      at_ = reserved_ = 0;
    }
    if (at_ + bytes_.size() > reserved_) {
      reserved_ += std::clamp<uint64_t>(reserved_, 1 << 20, kSegmentBytes);
      (void)file_->Preallocate(reserved_);
    }
    CHECK(file_->WriteAt(at_, bytes_) && file_->Sync(), "the disk works");
    at_ += bytes_.size();
  }

 private:
  static constexpr uint64_t kSegmentBytes = 64 << 20;
  const Scratch& scratch_;
  BatchBuilder builder_;
  std::string_view bytes_;
  std::unique_ptr<WriteFile> file_;
  uint64_t at_ = 0, reserved_ = 0;
  int files_ = 0;
};

// Counts answers; waits until few enough are missing.
class Answers {
 public:
  AppendDone Expect() {
    const std::lock_guard lock(mutex_);
    ++missing_;
    return [this](std::vector<Result<Appended>> results) {
      for (const auto& result : results) CHECK(result.has_value(), "the disk works");
      const std::lock_guard inner(mutex_);
      --missing_;
      there_.notify_one();
    };
  }
  void AwaitMissing(int most) {
    std::unique_lock lock(mutex_);
    there_.wait(lock, [&] { return missing_ <= most; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable there_;
  int missing_ = 0;
};

std::unique_ptr<EmbeddedLog> OpenLog(const Scratch& scratch) {
  return *EmbeddedLog::Open({.dir = scratch.At("log")}, RealDisk(), SystemClock());
}

double Seconds(Micros since) {
  return static_cast<double>((SystemClock().Steady() - since).count()) / 1e6;
}

// One append at a time; each is durable before the next.
void BM_AppendOneByOne(benchmark::State& state) {
  const Scratch scratch;
  auto log = OpenLog(scratch);
  Floor floor(scratch, state.range(0));
  Answers answers;
  double log_seconds = 0, floor_seconds = 0;
  for (auto _ : state) {
    const Micros floor_start = SystemClock().Steady();
    floor.Write();
    floor_seconds += Seconds(floor_start);
    const Micros start = SystemClock().Steady();
    log->Append(kOrders, Batch(state.range(0)), answers.Expect());
    answers.AwaitMissing(0);
    const double took = Seconds(start);
    log_seconds += took;
    state.SetIterationTime(took);
  }
  const auto records = static_cast<double>(state.iterations() * state.range(0));
  state.counters["records/s"] = records / log_seconds;
  state.counters["floor_records/s"] = records / floor_seconds;
  state.counters["of_floor"] = floor_seconds / log_seconds;
}
BENCHMARK(BM_AppendOneByOne)->Arg(1)->Arg(500)->UseManualTime()->MinTime(2);

// Up to 64 appends on their way: a round syncs all that wait. The floor is still one sync a batch.
void BM_AppendGrouped(benchmark::State& state) {
  constexpr int kOnTheWay = 64;
  constexpr int kAppends = 256;
  const Scratch scratch;
  auto log = OpenLog(scratch);
  Floor floor(scratch, state.range(0));
  Answers answers;
  double log_seconds = 0, floor_seconds = 0;
  for (auto _ : state) {
    const Micros floor_start = SystemClock().Steady();
    for (int i = 0; i < kAppends; ++i) floor.Write();
    floor_seconds += Seconds(floor_start);
    const Micros start = SystemClock().Steady();
    for (int i = 0; i < kAppends; ++i) {
      answers.AwaitMissing(kOnTheWay - 1);
      log->Append(kOrders, Batch(state.range(0)), answers.Expect());
    }
    answers.AwaitMissing(0);
    const double took = Seconds(start);
    log_seconds += took;
    state.SetIterationTime(took);
  }
  const auto records = static_cast<double>(state.iterations() * kAppends * state.range(0));
  state.counters["records/s"] = records / log_seconds;
  state.counters["floor_records/s"] = records / floor_seconds;
  state.counters["of_floor"] = floor_seconds / log_seconds;
}
BENCHMARK(BM_AppendGrouped)->Arg(1)->Arg(500)->UseManualTime()->MinTime(2);

// All records of a segment that lies in the page cache, batches of 1 or 500 records.
void BM_Read(benchmark::State& state) {
  const Scratch scratch;
  auto log = OpenLog(scratch);
  Answers answers;
  constexpr int64_t kRecords = 50'000;
  for (int64_t i = 0; i < kRecords; i += state.range(0)) {
    answers.AwaitMissing(64);
    log->Append(kOrders, Batch(state.range(0)), answers.Expect());
  }
  answers.AwaitMissing(0);
  int64_t bytes = 0;
  for (auto _ : state) {
    for (Offset at(0); at < Offset(kRecords);) {
      const auto set = log->Read(kTp, at, 1 << 20, Millis(0), {});
      CHECK(set.has_value() && set->next > at, "the disk works");
      for (const auto& record : set->records) bytes += static_cast<int64_t>(record.value->size());
      at = set->next;
    }
  }
  state.SetItemsProcessed(state.iterations() * kRecords);
  state.SetBytesProcessed(bytes);
}
BENCHMARK(BM_Read)->Arg(1)->Arg(500);

// Commits of four members at once, each durable when it returns.
void BM_CommitsOfFourThreads(benchmark::State& state) {
  struct Shared {
    Scratch scratch;
    std::unique_ptr<EmbeddedLog> log = OpenLog(scratch);
  };
  static std::shared_ptr<Shared> made;
  if (state.thread_index() == 0) {
    made = std::make_shared<Shared>();
    CHECK(made->log->CreateTopic({.topic = kOrders}).has_value(), "the disk works");
  }
  std::shared_ptr<Shared> shared;
  std::unique_ptr<GroupConsumer> member;
  Epoch epoch;
  const std::string metadata(300, 'm');
  int64_t offset = 0;
  for (auto _ : state) {
    if (member == nullptr) {
      shared = made;
      const GroupName group("g" + std::to_string(state.thread_index()));
      member = *shared->log->Join({.group = group, .topics = {kOrders}});
      epoch = std::get<AssignedEvent>(*member->Poll(Millis(0))).epoch;
    }
    const Status committed = member->Commit(kTp, {Offset(++offset), metadata}, epoch);
    CHECK(committed.has_value(), "the disk works");
  }
  state.SetItemsProcessed(state.iterations());
  if (state.thread_index() == 0) made.reset();
}
BENCHMARK(BM_CommitsOfFourThreads)->Threads(4)->UseRealTime();

}  // namespace
}  // namespace pinlake
