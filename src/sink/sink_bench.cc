// Records from the embedded log to objects in a directory. Goal: records/s at
// least 65 % of what reading the log alone gives; flush.size=1 at least 85 % of the store's bare
// put rate. The floors are measured in the same run, by ReadTheLogAlone and PutAlone.
#include <benchmark/benchmark.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <future>
#include <thread>

#include "base/disk.h"
#include "log/embedded/embedded_log.h"
#include "observe/log.h"
#include "sink/run_sink.h"
#include "sink/sink_metrics.h"
#include "store/open_store.h"

namespace pinlake {
namespace {

constexpr int32_t kPartitions = 3;
const TopicName kTopic("129a67850695.pin");
/// 316 bytes, as the pins of the data set are on average.
const std::string kValue =
    R"({"index":7528,"unique_id":"fbe53c66-3442-4773-b19e-d3ec6f54dddf","title":"No Title)"
    R"( Data Available","description":"No description available Story format","poster_name":)"
    R"("User Info Error","follower_count":"User Info Error","tag_list":"N,o, ,T,a,g,s",)"
    R"("is_image_or_video":"multi-video story page format"})";

double CpuSeconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) * 1e-6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

/// A log with records, and directories for stores, in PINLAKE_BENCH_DIR or /tmp; removed at the
/// end.
class World {
 public:
  World() {
    ConfigureLog(LogLevel::kWarn, LogFormat::kText);
    const char* base = std::getenv("PINLAKE_BENCH_DIR");
    directory = std::string(base ? base : "/tmp") + "/pinlake_sink_bench_XXXXXX";
    CHECK(mkdtemp(directory.data()) != nullptr, "a directory for the benchmark");
    EmbeddedLogOptions options;
    options.dir = directory + "/log";
    log = *EmbeddedLog::Open(options, RealDisk(), SystemClock());
  }
  ~World() {
    log->Close();
    std::filesystem::remove_all(directory);
  }

  /// A topic with that many records in all.
  TopicName Topic(int64_t records) {
    const TopicName topic(fmt::format("{}.{}", kTopic.value(), records));
    if (log->DescribeTopic(topic)) return topic;
    CHECK(log->CreateTopic({topic, kPartitions, 1, {}}), "the topic is made");
    for (int64_t at = 0; at < records; at += 500) {
      RecordBatch batch;
      batch.records.resize(static_cast<size_t>(std::min<int64_t>(500, records - at)));
      for (auto& record : batch.records) record.value = kValue;
      for (auto& record : batch.records) {
        record.partition = PartitionId(static_cast<int32_t>(at / 500 % kPartitions));
      }
      std::promise<void> done;
      log->Append(topic, std::move(batch), [&](const auto&) { done.set_value(); });
      done.get_future().wait();
    }
    return topic;
  }

  /// A place of its own, in a directory or in the bucket of the tests' server.
  std::unique_ptr<ObjectStore> Store(bool s3) {
    StoreOptions options = StoreOptionTable().Defaults();
    options.url = fmt::format("file://{}/store{}", directory, next++);
    if (s3) {
      const auto variable = [](const char* name) {
        return std::string(std::getenv(fmt::format("PINLAKE_TEST_S3_{}", name).c_str()));
      };
      options.url = fmt::format("s3://{}/{}/{}", variable("BUCKET"), getpid(), next++);
      options.endpoint = variable("ENDPOINT");
      options.region = variable("REGION");
      options.access_key_id = variable("ACCESS_KEY");
      options.secret_access_key = Secret(variable("SECRET_KEY"));
    }
    auto store = OpenStore(options);
    CHECK(store, store ? "" : store.error().message());
    return std::move(*store);
  }

  SinkJob Job(const TopicName& topic, int64_t flush) {
    SinkJob job;
    job.exit_at_end = true;
    const std::pair<const char*, std::string> properties[] = {
        {"name", fmt::format("bench{}", next++)},
        {"connector.class", "io.confluent.connect.s3.S3SinkConnector"},
        {"tasks.max", "3"},
        {"topics", topic.value()},
        {"flush.size", std::to_string(flush)},
        {"s3.bucket.name", "bucket"},
        {"store.url", "file:///"},
        {"storage.class", "io.confluent.connect.s3.storage.S3Storage"},
        {"format.class", "io.confluent.connect.s3.format.json.JsonFormat"},
        {"value.converter", "org.apache.kafka.connect.json.JsonConverter"},
        {"value.converter.schemas.enable", "false"}};
    for (const auto& [key, value] : properties) job.connector.Set(key, value);
    return job;
  }

  std::string directory;
  std::unique_ptr<EmbeddedLog> log;
  int next = 0;
};

World& TheWorld() {
  static World world;
  return world;
}

void Count(benchmark::State& state, int64_t records, double cpu_seconds) {
  state.SetItemsProcessed(state.iterations() * records);
  state.SetBytesProcessed(state.iterations() * records * static_cast<int64_t>(kValue.size()));
  state.counters["cpu_us_per_item"] =
      cpu_seconds * 1e6 / static_cast<double>(state.iterations() * records);
}

void ReadTheLogAlone(benchmark::State& state) {
  World& world = TheWorld();
  const TopicName topic = world.Topic(state.range(0));
  const double cpu = CpuSeconds();
  for (auto _ : state) {
    for (int32_t p = 0; p < kPartitions; ++p) {
      const TopicPartition tp{topic, PartitionId(p)};
      const Offset end = world.log->Offsets(tp)->end;
      for (Offset at(0); at < end;) {
        const auto set = *world.log->Read(tp, at, 1 << 20, Millis(0), {});
        benchmark::DoNotOptimize(set.records.data());
        at = set.next;
      }
    }
  }
  Count(state, state.range(0), CpuSeconds() - cpu);
}
BENCHMARK(ReadTheLogAlone)->Arg(600'000)->Unit(benchmark::kMillisecond)->UseRealTime();

void RunTheSink(benchmark::State& state, bool s3) {
  World& world = TheWorld();
  const TopicName topic = world.Topic(state.range(0));
  MetricsRegistry metrics;
  const double cpu = CpuSeconds();
  for (auto _ : state) {
    state.PauseTiming();
    ByteBudget budget(256 << 20);
    const auto store = world.Store(s3);
    const auto job = world.Job(topic, state.range(1));
    state.ResumeTiming();
    CHECK(RunSink(job, {*world.log, *store, SystemClock(), budget, metrics}, {}), "the sink runs");
  }
  Count(state, state.range(0), CpuSeconds() - cpu);
  state.counters["objects_per_commit"] =
      static_cast<double>(state.iterations() * state.range(0) / state.range(1)) /
      static_cast<double>(metrics.GetCounter(kSinkCommitsTotal, {topic.value()}).value());
}

void PutAlone(benchmark::State& state, bool s3) {
  const auto store = TheWorld().Store(s3);
  std::atomic<int64_t> next{0};
  const double cpu = CpuSeconds();
  for (auto _ : state) {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 16; ++i) {
      threads.emplace_back([&] {
        for (int n = 0; n < 6'000 / 16; ++n) {
          const ObjectKey key(fmt::format("topics/t/partition=0/t+0+{:010}.json", next++));
          CHECK(store->PutIfAbsent(key, kValue, {}), "the object is stored");
        }
      });
    }
  }
  Count(state, 6'000, CpuSeconds() - cpu);
}

void Register(const std::string& where, bool s3) {
  const auto name = [&](const char* what) { return what + where; };
  benchmark::RegisterBenchmark(name("SinkTo").c_str(), RunTheSink, s3)
      ->ArgNames({"records", "flush"})
      ->Args({600'000, 10'000})
      ->Args({6'000, 1})
      ->Unit(benchmark::kMillisecond)
      ->UseRealTime();
  benchmark::RegisterBenchmark(name("PutAloneTo").c_str(), PutAlone, s3)
      ->Unit(benchmark::kMillisecond)
      ->UseRealTime();
}

/// S3 where tests/services/run.py names a server.
const bool kRegistered = [] {
  Register("Directory", false);
  if (std::getenv("PINLAKE_TEST_S3_ENDPOINT") != nullptr) Register("S3", true);
  return true;
}();

}  // namespace
}  // namespace pinlake
