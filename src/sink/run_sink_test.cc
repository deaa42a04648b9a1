// The sink as it runs: threads, the embedded log, a directory.
#include "sink/run_sink.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <future>
#include <map>
#include <thread>

#include "base/disk.h"
#include "log/embedded/embedded_log.h"
#include "store/local/local_store.h"

namespace pinlake {
namespace {

using testing::HasSubstr;

class RunSinkTest : public testing::Test {
 protected:
  void SetUp() override {
    char name[] = "/tmp/pinlake_run_sink_XXXXXX";
    directory_ = mkdtemp(name);
    EmbeddedLogOptions options;
    options.dir = directory_ + "/log";
    log_ = *EmbeddedLog::Open(options, RealDisk(), SystemClock());
    store_ = *LocalStore::Open({.directory = directory_ + "/bucket"});
    job_.exit_at_end = true;
    for (const auto& [key, value] : std::map<std::string, std::string>{
             {"name", "pins"},
             {"connector.class", "io.confluent.connect.s3.S3SinkConnector"},
             {"tasks.max", "3"},
             {"topics.regex", "u1.*"},
             {"flush.size", "3"},
             {"s3.bucket.name", "bucket"},
             {"s3.region", "us-east-1"},
             {"store.url", "file://" + directory_},
             {"storage.class", "io.confluent.connect.s3.storage.S3Storage"},
             {"format.class", "io.confluent.connect.s3.format.json.JsonFormat"},
             {"key.converter", "org.apache.kafka.connect.storage.StringConverter"},
             {"value.converter", "org.apache.kafka.connect.json.JsonConverter"},
             {"value.converter.schemas.enable", "false"}}) {
      job_.connector.Set(key, value, "s3-sink.properties");
    }
  }
  void TearDown() override {
    if (log_) log_->Close();
    std::filesystem::remove_all(directory_);
  }

  void Fill(const std::string& topic, int32_t partitions, int records) {
    ASSERT_TRUE(log_->CreateTopic({TopicName(topic), partitions, 1, {}}));
    for (int i = 0; i < records; ++i) Append(topic, PartitionId(i % partitions), "{\"index\":1}");
  }

  void Append(const std::string& topic, PartitionId partition, const char* value) {
    NewRecord record;
    record.value = value;
    record.partition = partition;
    std::promise<bool> done;
    log_->Append(TopicName(topic), {{record}, nullptr},
                 [&](auto results) { done.set_value(results.at(0).has_value()); });
    ASSERT_TRUE(done.get_future().get());
  }

  Status Run(std::stop_token stop = {}) {
    return RunSink(job_, {*log_, *store_, SystemClock(), budget_, metrics_}, stop);
  }

  size_t Objects() { return store_->List("")->objects.size(); }

  std::string directory_;
  std::unique_ptr<EmbeddedLog> log_;
  std::unique_ptr<LocalStore> store_;
  ByteBudget budget_{64 << 20};
  MetricsRegistry metrics_;
  SinkJob job_;
};

TEST_F(RunSinkTest, StoresWhatTheRulesCloseAndEndsAtTheEnd) {
  Fill("u1.pin", 3, 100);
  Fill("u1.geo", 1, 10);
  Fill("other", 1, 10);
  const Status ran = Run();
  ASSERT_TRUE(ran) << ran.error().message();
  EXPECT_EQ(Objects(), 11u + 11u + 11u + 3u);
  const auto committed = *log_->CommittedOffsets(GroupName("connect-pins"));
  EXPECT_EQ(committed.at({TopicName("u1.geo"), PartitionId(0)}).offset, Offset(9));
  EXPECT_EQ(committed.size(), 4u);
}

TEST_F(RunSinkTest, GoesOnWhereItStopped) {
  Fill("u1.pin", 1, 4);
  ASSERT_TRUE(Run());
  for (int i = 0; i < 5; ++i) Append("u1.pin", PartitionId(0), "[1]");
  ASSERT_TRUE(Run());
  EXPECT_EQ(Objects(), 3u);
}

TEST_F(RunSinkTest, TheScheduleClosesWhatIsOpenBeforeTheEnd) {
  job_.connector.Set("rotate.schedule.interval.ms", "200");
  job_.connector.Set("timezone", "UTC");
  Fill("u1.pin", 1, 4);
  ASSERT_TRUE(Run());
  EXPECT_EQ(Objects(), 2u);
}

TEST_F(RunSinkTest, ABadRecordEndsEveryTaskAndIsNamed) {
  Fill("u1.pin", 1, 4);
  Append("u1.pin", PartitionId(0), "not JSON");
  const Status ran = Run();
  ASSERT_FALSE(ran);
  EXPECT_THAT(ran.error().message(), HasSubstr("record at offset 4 of u1.pin-0"));
  EXPECT_EQ(Objects(), 1u);
}

TEST_F(RunSinkTest, StopsWhenAsked) {
  Fill("u1.pin", 1, 4);
  job_.exit_at_end = false;
  std::stop_source stop;
  std::jthread stopper([&] {
    while (Objects() < 1) std::this_thread::yield();
    stop.request_stop();
  });
  EXPECT_TRUE(Run(stop.get_token()));
}

TEST_F(RunSinkTest, WrongPropertiesAreNamedBeforeAnythingRuns) {
  job_.connector.Set("flush.size", "many");
  job_.connector.Set("timezone", "Mars/Olympus");
  job_.connector.Set("rotate.schedule.interval.ms", "1000");
  const Status ran = Run();
  ASSERT_FALSE(ran);
  EXPECT_EQ(ran.error().kind(), ErrorKind::kInvalidArgument);
  EXPECT_THAT(ran.error().message(), HasSubstr("flush.size"));
}

}  // namespace
}  // namespace pinlake
