#include "emulator/kafka_rest_target.h"

#include <gtest/gtest.h>

namespace pinlake {
namespace {

using enum RecordOutcome::Kind;

TEST(KafkaRestTargetTest, ShowsTheRequestOfTheReferencesScript) {
  HttpClient client{HttpClientOptions{}};
  const KafkaRestTarget target(client, *ParseHttpUrl("http://127.0.0.1:8082/test/"));
  EXPECT_EQ(target.Show("129a67850695.pin", {R"({"index": 1})"}),
            "POST /test/topics/129a67850695.pin HTTP/1.1\n"
            "Host: 127.0.0.1:8082\n"
            "Accept: */*\n"
            "Content-Type: application/vnd.kafka.json.v2+json\n"
            "Content-Length: 38\n"
            "\n"
            "{\"records\": [{\"value\": {\"index\": 1}}]}\n");
}

TEST(KafkaRestTargetTest, ReadsAnOffsetOrAnErrorForEachRecord) {
  const auto outcome = ReadProduceAnswer(
      {200,
       {},
       R"({"offsets":[{"partition":2,"offset":9007199254740993,"error_code":null,"error":null},
                   {"partition":null,"offset":null,"error_code":50003,"error":"not now"},
                   {"error_code":50002,"error":"too large"}, {}],"key_schema_id":null})"},
      4);
  EXPECT_FALSE(outcome.ambiguous);
  EXPECT_EQ(outcome.records[0], (RecordOutcome{kAcknowledged, 2, 9007199254740993, ""}));
  EXPECT_EQ(outcome.records[1], (RecordOutcome{kRetriable, 0, 0, "error 50003: not now"}));
  EXPECT_EQ(outcome.records[2], (RecordOutcome{kRefused, 0, 0, "error 50002: too large"}));
  EXPECT_EQ(outcome.records[3].kind, kRetriable);
}

TEST(KafkaRestTargetTest, AStatusSaysWhetherToSendAgain) {
  struct Case {
    int status;
    RecordOutcome::Kind kind;
    bool ambiguous;
  };
  for (const Case& c :
       {Case{400, kRefused, false}, Case{401, kRefused, false}, Case{404, kRefused, false},
        Case{413, kRefused, false}, Case{422, kRefused, false}, Case{429, kRetriable, false},
        Case{503, kRetriable, false}, Case{408, kRetriable, false}, Case{500, kRetriable, true},
        Case{502, kRetriable, true}, Case{504, kRetriable, true}, Case{200, kRetriable, true}}) {
    const auto outcome = ReadProduceAnswer({c.status, {}, R"({"error_code":1})"}, 1);
    EXPECT_EQ(outcome.records[0].kind, c.kind) << c.status;
    EXPECT_EQ(outcome.ambiguous, c.ambiguous) << c.status;
  }
}

TEST(KafkaRestTargetTest, RetryAfterIsReadAndBounded) {
  ClientResponse answer{429, {}, ""};
  answer.fields.Add("retry-after", "3");
  EXPECT_EQ(ReadProduceAnswer(answer, 1).retry_after, Millis(3000));
  ClientResponse far{429, {}, ""};
  far.fields.Add("Retry-After", "86400");
  EXPECT_EQ(ReadProduceAnswer(far, 1).retry_after, Millis(60'000));
}

TEST(KafkaRestTargetTest, ARefusedConnectionMayBeTriedAgainWithoutDoubles) {
  HttpClient client{HttpClientOptions{}};
  KafkaRestTarget target(client, *ParseHttpUrl("http://127.0.0.1:1"));
  const auto outcome = target.Post("t.pin", {"{}"});
  EXPECT_FALSE(outcome.ambiguous);
  EXPECT_EQ(outcome.records[0].kind, kRetriable);
}

}  // namespace
}  // namespace pinlake
