// Kafka's own DumpLogSegments reads what the embedded log writes: every batch valid, and count,
// offsets and keys as we read them ourselves. tests/services/run.py kafka-jars -- <this program>.
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <regex>

#include "base/rng.h"
#include "log/embedded/embedded_log.h"

namespace pinlake {
namespace {

const TopicName kOrders{"orders"};
const TopicPartition kTp{kOrders, PartitionId(0)};

struct Dumped {
  std::vector<std::pair<int64_t, std::string>> records;  // offset, key
  int64_t batches = 0, valid = 0;
  std::string text;
  int exit_code = -1;
};

// Kafka's fields of a record line: `| offset: 3 CreateTime: … keySize: 2 valueSize: … key: k3
// payload: …`.
Dumped Dump(const std::string& jars, const std::vector<Path>& files) {
  std::string joined;
  for (const auto& file : files) joined += (joined.empty() ? "" : ",") + file;
  const std::string command =
      "java -Xmx512m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -cp '" + jars +
      "/*' kafka.tools.DumpLogSegments --deep-iteration --print-data-log --files '" + joined +
      "' 2>&1";
  Dumped dumped;
  FILE* pipe = ::popen(command.c_str(), "r");
  char buffer[65536];
  for (size_t n = 0; (n = std::fread(buffer, 1, sizeof buffer, pipe)) > 0;) {
    dumped.text.append(buffer, n);
  }
  const int status = ::pclose(pipe);
  dumped.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  const std::regex record(R"(^\| offset: (\d+) .*? key: (\S+))");
  for (size_t at = 0; at < dumped.text.size();) {
    const size_t end = std::min(dumped.text.find('\n', at), dumped.text.size());
    const std::string line = dumped.text.substr(at, end - at);
    std::smatch match;
    if (std::regex_search(line, match, record)) {
      dumped.records.emplace_back(std::stoll(match[1]), match[2]);
    } else if (line.starts_with("baseOffset: ")) {
      ++dumped.batches;
      dumped.valid += line.find("isvalid: true") != std::string::npos ? 1 : 0;
    }
    at = end + 1;
  }
  return dumped;
}

class KafkaDumpTest : public testing::Test {
 protected:
  void SetUp() override {
    const char* jars = std::getenv("PINLAKE_TEST_KAFKA_JARS");
    if (jars == nullptr) GTEST_SKIP() << "PINLAKE_TEST_KAFKA_JARS says where Kafka's jars are";
    jars_ = jars;
  }
  void TearDown() override {
    log_.reset();
    std::filesystem::remove_all(dir_);
  }

  void Open() {
    log_ = *EmbeddedLog::Open({.dir = dir_, .segment_bytes = 200'000, .threads = false}, RealDisk(),
                              SystemClock());
  }
  // Batches of one to 50 records with keys, headers, tombstones.
  void Fill(int batches) {
    for (int b = 0; b < batches; ++b) {
      std::vector<std::string> keys, values;
      RecordBatch batch;
      const int count = 1 + b % 50;
      for (int i = 0; i < count; ++i) {
        keys.push_back("k" + std::to_string(next_++));
        values.push_back(std::string(static_cast<size_t>(i) * 7, 'v'));
      }
      const HeaderView headers[] = {{"h", "1"}, {"h", std::nullopt}};
      for (int i = 0; i < count; ++i) {
        const auto n = static_cast<size_t>(i);
        batch.records.push_back(
            {.key = keys[n],
             .value = i % 9 == 8 ? MaybeBytes() : MaybeBytes(values[n]),
             .headers = i % 3 == 0 ? std::span(headers) : std::span<const HeaderView>(),
             .partition = PartitionId(0)});
      }
      log_->Append(kOrders, std::move(batch), [](const auto& results) {
        for (const auto& result : results) EXPECT_TRUE(result);
      });
      while (log_->Step()) {
      }
    }
  }
  std::vector<std::pair<int64_t, std::string>> OurOwn() {
    std::vector<std::pair<int64_t, std::string>> records;
    const auto range = *log_->Offsets(kTp);
    for (Offset at = range.low; at < range.end;) {
      const auto set = log_->Read(kTp, at, 1 << 20, Millis(0), {});
      for (const auto& record : set->records) {
        records.emplace_back(record.offset.value(), *record.key);
      }
      at = set->next;
    }
    return records;
  }
  std::vector<Path> Files(std::string_view suffix) {
    std::vector<Path> files;
    const auto entries = *RealDisk().List(dir_ + "/orders-0");
    for (const auto& entry : entries) {
      if (entry.name.ends_with(suffix)) files.push_back(dir_ + "/orders-0/" + entry.name);
    }
    std::sort(files.begin(), files.end());
    return files;
  }

  std::string jars_;
  const Path dir_ = testing::TempDir() + "/pinlake_dump_" + Rng::FromSystem().Uuid();
  std::unique_ptr<EmbeddedLog> log_;
  int next_ = 0;
};

TEST_F(KafkaDumpTest, KafkaReadsEverySegmentAsWeDo) {
  Open();
  Fill(300);
  const auto ours = OurOwn();
  // The active segment while it is written, cut at its end offset.
  const auto mark = DecodeSyncedMark(*RealDisk().ReadAll(dir_ + "/orders-0/synced"));
  ASSERT_TRUE(mark);
  std::vector<Path> files = Files(".log");
  ASSERT_GT(files.size(), 3u);
  const Path cut = dir_ + "/cut/" + std::filesystem::path(files.back()).filename().string();
  std::filesystem::create_directories(dir_ + "/cut");
  std::filesystem::copy_file(files.back(), cut);
  std::filesystem::resize_file(cut, mark->position);
  files.back() = cut;
  const Dumped dumped = Dump(jars_, files);
  ASSERT_EQ(dumped.exit_code, 0) << dumped.text.substr(0, 2000);
  EXPECT_EQ(dumped.text.find("invalid bytes"), std::string::npos);
  EXPECT_EQ(dumped.batches, 300);
  EXPECT_EQ(dumped.valid, dumped.batches);
  EXPECT_EQ(dumped.records, ours);
}

TEST_F(KafkaDumpTest, AfterACleanCloseTheActiveSegmentAndTheIndexesAreRightToo) {
  Open();
  Fill(300);
  const auto ours = OurOwn();
  log_->Close();
  std::vector<Path> files = Files(".log");
  const Dumped dumped = Dump(jars_, files);
  ASSERT_EQ(dumped.exit_code, 0) << dumped.text.substr(0, 2000);
  EXPECT_EQ(dumped.records, ours);
  EXPECT_EQ(dumped.valid, 300);
  for (const std::string_view suffix : {".index", ".timeindex"}) {
    const Dumped indexes = Dump(jars_, Files(suffix));
    EXPECT_EQ(indexes.exit_code, 0) << indexes.text.substr(0, 2000);
    for (const std::string_view complaint :
         {"Mismatches", "not found", "Out of order", "Exception"}) {
      EXPECT_EQ(indexes.text.find(complaint), std::string::npos) << indexes.text.substr(0, 3000);
    }
  }
}

TEST_F(KafkaDumpTest, KafkaReadsCommittedOffsets) {
  Open();
  Fill(1);
  for (int i = 0; i < 5; ++i) {
    ASSERT_TRUE(log_->SetCommittedOffsets(GroupName("connect-sink"), {{kTp, {Offset(i), "meta"}}}));
  }
  log_->Close();
  const std::string file = dir_ + "/__consumer_offsets-0/00000000000000000000.log";
  const std::string command = "java -Xmx512m -XX:TieredStopAtLevel=1 -cp '" + jars_ +
                              "/*' kafka.tools.DumpLogSegments --offsets-decoder --files '" + file +
                              "' 2>&1";
  FILE* pipe = ::popen(command.c_str(), "r");
  std::string text;
  char buffer[65536];
  for (size_t n = 0; (n = std::fread(buffer, 1, sizeof buffer, pipe)) > 0;) text.append(buffer, n);
  EXPECT_EQ(::pclose(pipe), 0) << text;
  EXPECT_NE(text.find("connect-sink"), std::string::npos) << text;
  EXPECT_NE(text.find("\"offset\":4"), std::string::npos) << text;
}

}  // namespace
}  // namespace pinlake
