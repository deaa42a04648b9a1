// Offsets that no reader ever sees: marks of transactions, aborted records, what compaction and
// deletion took. Against the broker that PINLAKE_TEST_KAFKA names.
#include <gtest/gtest.h>

#include <cstdlib>

#include "base/rng.h"
#include "log/kafka/admin.h"
#include "log/kafka/kafka_log.h"

namespace pinlake {
namespace {

const char* Broker() { return std::getenv("PINLAKE_TEST_KAFKA"); }

// Writes in transactions, as other programs do.
class Transactions {
 public:
  explicit Transactions(const TopicName& topic) : topic_(topic) {
    auto conf = kafka::MakeConf(
        {{"bootstrap.servers", Broker()}, {"transactional.id", "x-" + topic.value()}}, {},
        context_);
    client_ = *kafka::MakeClient(RD_KAFKA_PRODUCER, *std::move(conf));
    Must(rd_kafka_init_transactions(client_.get(), kWaitMs));
  }

  void Begin() { Must(rd_kafka_begin_transaction(client_.get())); }
  void Send(const std::string& value) {
    const auto sent = rd_kafka_producev(
        client_.get(), RD_KAFKA_V_TOPIC(topic_.value().c_str()), RD_KAFKA_V_PARTITION(0),
        RD_KAFKA_V_VALUE(const_cast<char*>(value.data()), value.size()),
        RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_END);
    ASSERT_EQ(sent, RD_KAFKA_RESP_ERR_NO_ERROR);
  }
  // Until they are in the log.
  void Flush() { ASSERT_EQ(rd_kafka_flush(client_.get(), kWaitMs), RD_KAFKA_RESP_ERR_NO_ERROR); }
  void Commit() { Must(rd_kafka_commit_transaction(client_.get(), kWaitMs)); }
  void Abort() {
    Flush();  // so that they take up offsets
    Must(rd_kafka_abort_transaction(client_.get(), kWaitMs));
  }

 private:
  static constexpr int kWaitMs = 60'000;
  static void Must(rd_kafka_error_t* error) {
    const kafka::ErrorPtr owner(error);
    ASSERT_EQ(error, nullptr) << rd_kafka_error_string(error);
  }
  const TopicName topic_;
  kafka::ClientContext context_;
  kafka::ClientPtr client_;
};

using Seen = std::vector<std::pair<int64_t, std::string>>;

class KafkaLogGapsTest : public testing::Test {
 protected:
  void SetUp() override {
    if (Broker() == nullptr) GTEST_SKIP() << "no broker";
    topic_ = TopicName("gaps-" + Rng::FromSystem().Uuid());
    tp_ = {topic_, PartitionId(0)};
    plain_ = Open({});
    committed_only_ = Open({{"isolation.level", "read_committed"}});
    ASSERT_TRUE(plain_->CreateTopic({.topic = topic_}));
  }

  std::unique_ptr<KafkaLog> Open(kafka::Properties properties) {
    auto log = KafkaLog::Open(
        {.common = {{"bootstrap.servers", Broker()}}, .consumer = std::move(properties)});
    EXPECT_TRUE(log) << log.error().message();
    return *std::move(log);
  }

  // A transaction's end is answered before its mark is in the log.
  void AwaitEnd(KafkaLog& log, Offset end) {
    const auto until = SystemClock().Steady() + Millis(60'000);
    while (log.Offsets(tp_)->end != end && SystemClock().Steady() < until)
      SystemClock().SleepFor(Millis(20), {});
    ASSERT_EQ(log.Offsets(tp_)->end, end);
  }

  // 0 a, 1 b, 2 mark, 3 c, 4 d (aborted), 5 mark, 6 e, 7 mark, 8 f (aborted), 9 mark.
  void WriteTransactions() {
    Transactions writer(topic_);
    for (const char* values : {"+ab", "-cd", "+e", "-f"}) {
      writer.Begin();
      for (const char* value = values + 1; *value != 0; ++value) writer.Send({*value});
      if (*values == '+') {
        writer.Commit();
      } else {
        writer.Abort();
      }
    }
    AwaitEnd(*committed_only_, Offset(10));
  }
  const Seen committed_{{0, "a"}, {1, "b"}, {6, "e"}};
  const Seen all_{{0, "a"}, {1, "b"}, {3, "c"}, {4, "d"}, {6, "e"}, {8, "f"}};

  // All records from \p at on; ends only when the end offset itself is reached.
  Seen ReadFrom(KafkaLog& log, Offset at) {
    Seen seen;
    const auto range = log.Offsets(tp_);
    EXPECT_TRUE(range) << range.error().message();
    while (at < range->end) {
      const auto set = log.Read(tp_, at, 1 << 20, Millis(0), {});
      EXPECT_TRUE(set) << set.error().message();
      if (!set) break;
      EXPECT_LT(at, set->next) << "stands still";
      if (set->next <= at) break;
      for (const auto& record : set->records)
        seen.emplace_back(record.offset.value(), *record.value);
      at = set->next;
    }
    return seen;
  }

  // The same by a member of a group, which goes on until it stands at the end offset.
  Seen Consume(KafkaLog& log) {
    const auto range = log.Offsets(tp_);
    EXPECT_TRUE(range) << range.error().message();
    auto member =
        log.Join({.group = GroupName("g-" + Rng::FromSystem().Uuid()), .topics = {topic_}});
    EXPECT_TRUE(member) << member.error().message();
    Seen seen;
    Offset at(0);
    const auto until = SystemClock().Steady() + Millis(60'000);
    while (at < range->end && SystemClock().Steady() < until) {
      auto event = (*member)->Poll(Millis(200));
      EXPECT_TRUE(event) << event.error().message();
      if (!event) break;
      if (std::holds_alternative<AssignedEvent>(*event)) {
        EXPECT_TRUE((*member)->Seek(tp_, range->low));  // as the sink does
      }
      if (const auto* lost = std::get_if<OffsetLostEvent>(&*event))
        ADD_FAILURE() << "told lost: " << lost->wanted.value();
      const auto* records = std::get_if<RecordsEvent>(&*event);
      if (records == nullptr) continue;
      for (const auto& record : records->set.records)
        seen.emplace_back(record.offset.value(), *record.value);
      at = std::max(at, records->set.next);
    }
    EXPECT_EQ(at, range->end) << "never came to the end";
    (*member)->Close();
    return seen;
  }

  TopicName topic_;
  TopicPartition tp_;
  std::unique_ptr<KafkaLog> plain_, committed_only_;
};

TEST_F(KafkaLogGapsTest, ReadsCommitAndAbortMarksAsGapsAndComesToTheEnd) {
  WriteTransactions();
  EXPECT_EQ(plain_->Offsets(tp_)->end, Offset(10));
  EXPECT_EQ(ReadFrom(*plain_, Offset(0)), all_);
  EXPECT_EQ(ReadFrom(*committed_only_, Offset(0)), committed_);
  // From within gaps, and from a mark that nothing follows.
  EXPECT_EQ(ReadFrom(*plain_, Offset(5)), (Seen{{6, "e"}, {8, "f"}}));
  EXPECT_EQ(ReadFrom(*committed_only_, Offset(2)), (Seen{{6, "e"}}));
  EXPECT_EQ(ReadFrom(*committed_only_, Offset(7)), Seen());
  EXPECT_EQ(ReadFrom(*plain_, Offset(9)), Seen());
}

TEST_F(KafkaLogGapsTest, AMemberPassesMarksAndAbortedRecordsAndComesToTheEnd) {
  WriteTransactions();
  EXPECT_EQ(Consume(*plain_), all_);
  EXPECT_EQ(Consume(*committed_only_), committed_);
}

TEST_F(KafkaLogGapsTest, AnOpenTransactionIsTheEndForWhoReadsCommittedOnly) {
  Transactions writer(topic_);
  writer.Begin();
  writer.Send("a");
  writer.Commit();
  writer.Begin();
  writer.Send("b");
  writer.Flush();
  AwaitEnd(*plain_, Offset(3));
  EXPECT_EQ(committed_only_->Offsets(tp_)->end, Offset(2));
  EXPECT_EQ(ReadFrom(*plain_, Offset(0)), (Seen{{0, "a"}, {2, "b"}}));
  EXPECT_EQ(ReadFrom(*committed_only_, Offset(0)), (Seen{{0, "a"}}));
  EXPECT_EQ(Consume(*committed_only_), (Seen{{0, "a"}}));
  writer.Commit();
  AwaitEnd(*committed_only_, Offset(4));
  EXPECT_EQ(ReadFrom(*committed_only_, Offset(2)), (Seen{{2, "b"}}));
  EXPECT_EQ(Consume(*committed_only_), (Seen{{0, "a"}, {2, "b"}}));
}

TEST_F(KafkaLogGapsTest, WhatWasDeletedIsTheLowWatermarkAndTheRestIsRead) {
  WriteTransactions();
  kafka::ClientContext context;
  const auto client = *kafka::MakeClient(
      RD_KAFKA_PRODUCER, *kafka::MakeConf({{"bootstrap.servers", Broker()}}, {}, context));
  const auto deleted = kafka::Admin(client.get()).DeleteRecords(tp_, Offset(4));
  ASSERT_TRUE(deleted) << deleted.error().message();
  EXPECT_EQ(*plain_->Offsets(tp_), (OffsetRange{Offset(4), Offset(10)}));
  EXPECT_EQ(ReadFrom(*plain_, Offset(4)), (Seen{{4, "d"}, {6, "e"}, {8, "f"}}));
  EXPECT_EQ(Consume(*plain_), (Seen{{4, "d"}, {6, "e"}, {8, "f"}}));
  const auto refused = plain_->Read(tp_, Offset(3), 1 << 20, Millis(0), {});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind(), ErrorKind::kInvalidArgument) << refused.error().message();
  // All of it gone: nothing to read, and no wait for it.
  ASSERT_TRUE(kafka::Admin(client.get()).DeleteRecords(tp_, Offset(10)));
  EXPECT_EQ(*plain_->Offsets(tp_), (OffsetRange{Offset(10), Offset(10)}));
  EXPECT_EQ(ReadFrom(*plain_, Offset(10)), Seen());
}

}  // namespace
}  // namespace pinlake
