// The logs of our own pass the contract suite. In one file: a suite belongs to one program once.
#include "tests/contract/event_log_contract.h"

#include <filesystem>

#include "base/rng.h"
#include "log/embedded/embedded_log.h"
#include "log/fake/fake_log.h"

namespace pinlake {
namespace {

class FakeHarness final : public EventLogHarness {
 public:
  EventLog& log() override { return log_; }
  TimestampMs Now() override { return clock_.WallMs(); }
  void PassSessionTimeout() override { clock_.Advance(kSessionTimeout); }
  bool Reopen() override { return false; }
  void DropBefore(const TopicPartition& tp, Offset low) override { log_.DropBefore(tp, low); }

 private:
  ManualClock clock_;
  FakeLog log_{clock_, {.single_thread = false}};
};

class EmbeddedHarness final : public EventLogHarness {
 public:
  EmbeddedHarness() { Open(); }
  ~EmbeddedHarness() override {
    log_.reset();
    std::filesystem::remove_all(dir_);
  }
  EventLog& log() override { return *log_; }
  TimestampMs Now() override { return clock_.WallMs(); }
  void PassSessionTimeout() override { clock_.Advance(kSessionTimeout); }
  bool Reopen() override {
    log_->Close();
    log_.reset();
    Open();
    return true;
  }
  // Batches of their own get segments of their own; then all but the last may go.
  void DropBefore(const TopicPartition& tp, Offset) override {
    ASSERT_TRUE(log_->AlterTopic(tp.topic, {{"retention.bytes", "0"}}));
    ASSERT_TRUE(log_->ApplyRetention());
  }

 private:
  void Open() {
    auto log = EmbeddedLog::Open({.dir = dir_, .segment_bytes = 1024, .auto_create = false},
                                 RealDisk(), clock_);
    ASSERT_TRUE(log) << log.error().message();
    log_ = *std::move(log);
  }

  ManualClock clock_;
  const Path dir_ = testing::TempDir() + "/pinlake_log_" + Rng::FromSystem().Uuid();
  std::unique_ptr<EmbeddedLog> log_;
};

INSTANTIATE_TEST_SUITE_P(Fake, EventLogContract, testing::Values(&MakeHarness<FakeHarness>));
INSTANTIATE_TEST_SUITE_P(Embedded, EventLogContract,
                         testing::Values(&MakeHarness<EmbeddedHarness>));

}  // namespace
}  // namespace pinlake
