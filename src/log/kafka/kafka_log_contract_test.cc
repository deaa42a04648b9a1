// KafkaLog passes the contract suite, against the broker that PINLAKE_TEST_KAFKA names.
#include <cstdlib>

#include "base/rng.h"
#include "log/kafka/admin.h"
#include "log/kafka/kafka_log.h"
#include "tests/contract/event_log_contract.h"

namespace pinlake {
namespace {

const char* Broker() { return std::getenv("PINLAKE_TEST_KAFKA"); }

class KafkaHarness final : public EventLogHarness {
 public:
  KafkaHarness() {
    Open();
    Clean();
  }
  ~KafkaHarness() override {
    if (log_) Clean();  // other programs' tests list the topics of this broker
  }
  std::string suffix() override { return suffix_; }
  EventLog& log() override { return *log_; }
  TimestampMs Now() override { return clock_.WallMs(); }
  void PassSessionTimeout() override {}
  Millis patience() override { return Millis(60'000); }
  Millis watch() override { return Millis(700); }
  bool eager() override { return true; }
  bool fills_in_turn() override { return false; }
  bool Reopen() override {
    log_->Close();
    log_.reset();
    Open();
    return true;
  }
  void DropBefore(const TopicPartition& tp, Offset low) override {
    const auto done = Admin().DeleteRecords(tp, low);
    ASSERT_TRUE(done) << done.error().message();
  }

 private:
  void Open() {
    auto log = KafkaLog::Open({.common = {{"bootstrap.servers", Broker()}},
                               .consumer = {{"topic.metadata.refresh.interval.ms", "300"},
                                            {"session.timeout.ms", kSession},
                                            {"heartbeat.interval.ms", "300"},
                                            {"max.poll.interval.ms", kSession}}});
    ASSERT_TRUE(log) << log.error().message();
    log_ = *std::move(log);
  }

  // No topic of any test is left. Groups have names of their own.
  void Clean() {
    const auto topics = log_->ListTopics();
    ASSERT_TRUE(topics) << topics.error().message();
    for (const auto& topic : *topics) {
      if (topic.value().starts_with("__")) continue;
      ASSERT_TRUE(log_->DeleteTopic(topic));
    }
  }

  kafka::Admin Admin() {
    if (!client_) {
      auto conf = kafka::MakeConf({{"bootstrap.servers", Broker()}}, {}, context_);
      client_ = *kafka::MakeClient(RD_KAFKA_PRODUCER, *std::move(conf));
    }
    return kafka::Admin(client_.get());
  }

  const std::string suffix_ = "-" + Rng::FromSystem().Uuid();
  const std::string kSession = std::to_string(kSessionTimeout.count());
  Clock& clock_ = SystemClock();
  std::unique_ptr<KafkaLog> log_;
  kafka::ClientContext context_;
  kafka::ClientPtr client_;
};

// Without a broker there is nothing to run.
std::vector<HarnessMaker> Harnesses() {
  if (Broker() == nullptr) return {};
  return {&MakeHarness<KafkaHarness>};
}
INSTANTIATE_TEST_SUITE_P(Kafka, EventLogContract, testing::ValuesIn(Harnesses()));

}  // namespace
}  // namespace pinlake
