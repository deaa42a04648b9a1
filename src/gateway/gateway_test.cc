#include "gateway/gateway.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <mutex>
#include <set>
#include <thread>

#include "codec/json.h"
#include "gateway/gateway_test_log.h"
#include "tests/support/raw_http.h"

namespace pinlake {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr std::string_view kJson = "Content-Type: application/vnd.kafka.json.v2+json\r\n";
constexpr std::string_view kOneRecord = R"({"records":[{"value":{"a":1}}]})";

class GatewayTest : public ::testing::Test {
 protected:
  GatewayTest() {
    options_ = GatewayOptionTable().Defaults();
    options_.listen = "127.0.0.1:0";
    FakeLogOptions log_options;
    log_options.single_thread = false;
    log_ = std::make_unique<FakeLog>(SystemClock(), log_options);
    EXPECT_TRUE(log_->CreateTopic({.topic = TopicName("t"), .partitions = 1}).has_value());
  }
  void Start() {
    auto gateway = Gateway::Start(options_, *log_, budget_, metrics_);
    ASSERT_TRUE(gateway.has_value()) << gateway.error().message();
    gateway_ = std::move(*gateway);
  }
  RawAnswer Ask(std::string_view method, std::string_view path, std::string_view fields = "",
                std::optional<std::string_view> body = {}) {
    RawHttp client(gateway_->port());
    client.Send(HttpText(method, path, fields, body));
    return client.Read(method == "HEAD").value_or(RawAnswer{});
  }
  RawAnswer Produce(std::string_view body = kOneRecord, std::string_view path = "/topics/t") {
    return Ask("POST", path, kJson, body);
  }
  std::vector<std::string> Stored() {
    std::vector<std::string> values;
    const auto set =
        log_->Read({TopicName("t"), PartitionId(0)}, Offset(0), 1 << 20, Millis(0), {});
    if (!set) return values;
    for (const auto& record : set->records) {
      values.emplace_back(record.value ? std::string(*record.value) : "<null>");
    }
    return values;
  }

  GatewayOptions options_;
  MetricsRegistry metrics_;
  ByteBudget budget_{64 << 20};
  std::unique_ptr<FakeLog> log_;
  std::unique_ptr<Gateway> gateway_;
};

TEST_F(GatewayTest, WhatIsStoredIsCompactWithItsDigitsAndOrder) {
  Start();
  EXPECT_EQ(Produce(R"({"records": [{"value": {"b" : 1.10, "a" : "\u65e5 x"}}, {"value": null}]})")
                .status,
            200);
  EXPECT_THAT(Stored(), ::testing::ElementsAre("{\"b\":1.10,\"a\":\"日 x\"}", "<null>"));
}

TEST_F(GatewayTest, NothingOfARequestWithOneBadRecordIsStored) {
  Start();
  const auto answer =
      Ask("POST", "/topics/t", "Content-Type: application/vnd.kafka.binary.v2+json\r\n",
          R"({"records":[{"value":"AQI="},{"value":"*"}]})");
  EXPECT_EQ(answer.status, 400);
  EXPECT_THAT(Stored(), ::testing::IsEmpty());
}

TEST_F(GatewayTest, AMalformedBodyIsAnsweredWithAPlaceAndAReason) {
  Start();
  const auto answer = Produce(R"({"records":[{"value":{"a":}}]})");
  EXPECT_EQ(answer.status, 400);
  EXPECT_EQ(answer.body,
            R"({"error_code":400,"message":"JSON at byte 26: unexpected character '}'"})");
  EXPECT_EQ(answer.fields.at("content-type"), "application/vnd.kafka.v2+json");
}

TEST_F(GatewayTest, TenGigabytesAreRefusedBeforeTheyAreRead) {
  Start();
  RawHttp client(gateway_->port());
  const auto answer =
      client.Exchange("POST /topics/t HTTP/1.1\r\nHost: h\r\nContent-Length: 10737418240\r\n\r\n");
  ASSERT_TRUE(answer.has_value());
  EXPECT_EQ(answer->status, 413);
  EXPECT_EQ(answer->body,
            R"({"error_code":413,"message":"The body is larger than 67108864 bytes."})");
}

TEST_F(GatewayTest, ASlowClientGets408AndOthersAreServedMeanwhile) {
  options_.body_timeout = Millis(100);
  Start();
  RawHttp slow(gateway_->port());
  slow.Send("POST /topics/t HTTP/1.1\r\nHost: h\r\nContent-Length: 100\r\n\r\n{");
  EXPECT_EQ(Produce().status, 200);
  const auto answer = slow.Read();
  ASSERT_TRUE(answer.has_value());
  EXPECT_EQ(answer->status, 408);
  EXPECT_EQ(Stored().size(), 1u);
}

TEST_F(GatewayTest, ErrorsOfTheLogAreToldByRecord) {
  const struct {
    ErrorKind kind;
    int status, code;
  } rows[] = {
      {ErrorKind::kUnavailable, 200, 50003},     {ErrorKind::kUnknownOutcome, 200, 50003},
      {ErrorKind::kOutOfSpace, 200, 50003},      {ErrorKind::kInvalidArgument, 200, 50002},
      {ErrorKind::kCorruption, 200, 50002},      {ErrorKind::kPermissionDenied, 403, 40301},
      {ErrorKind::kUnauthenticated, 401, 40101},
  };
  Start();
  for (const auto& row : rows) {
    log_->FailAppends(row.kind);
    const auto answer = Produce();
    EXPECT_EQ(answer.status, row.status) << Name(row.kind);
    EXPECT_THAT(answer.body, HasSubstr(fmt::format("\"offset\":null,\"error_code\":{},", row.code)))
        << Name(row.kind);
  }
}

TEST_F(GatewayTest, AThrottledLogGives429AndWhenToComeBack) {
  Start();
  log_->FailAppends(ErrorKind::kThrottled);
  const auto answer = Produce();
  EXPECT_EQ(answer.status, 429);
  EXPECT_EQ(answer.fields.at("retry-after"), "1");
  EXPECT_THAT(answer.body, HasSubstr("\"error_code\":42901"));
  EXPECT_EQ(Produce().status, 200);
}

TEST_F(GatewayTest, OverTheBudgetARequestGets429AndTheRestGoesOn) {
  options_.body_bytes_minimum = 0;
  Start();
  auto others = budget_.TryTake(budget_.limit());
  EXPECT_EQ(Produce().status, 429);
  EXPECT_EQ(Ask("GET", "/topics").status, 200);
  others.Release();
  EXPECT_EQ(Produce().status, 200);
}

TEST_F(GatewayTest, ManyTinyRecordsCountForWhatTheyCost) {
  options_.body_bytes_minimum = 0;
  Start();
  auto others = budget_.TryTake(budget_.limit() - 100'000);
  std::string body = R"({"records":[{})";
  for (int i = 0; i < 1000; ++i) body += ",{}";
  EXPECT_EQ(Produce(body + "]}").status, 429);
  EXPECT_THAT(Stored(), ::testing::IsEmpty());
}

TEST_F(GatewayTest, AnUnknownTopicIs404AtOnceAndAWrongNameAnErrorByRecord) {
  Start();
  const auto unknown = Produce(kOneRecord, "/topics/nope");
  EXPECT_EQ(unknown.status, 404);
  EXPECT_EQ(unknown.body, R"({"error_code":40401,"message":"Topic not found."})");
  const auto wrong = Produce(kOneRecord, "/topics/a%20b");
  EXPECT_EQ(wrong.status, 200);
  EXPECT_THAT(wrong.body, HasSubstr("\"error_code\":50002,\"error\":\"Invalid topics: [a b]\""));
}

TEST_F(GatewayTest, ReadinessFollowsTheLogAndHealthDoesNot) {
  Start();
  EXPECT_EQ(Ask("GET", "/readyz").status, 200);
  log_->SetReady(Fail(ErrorKind::kOutOfSpace, "the disk is full"));
  const auto not_ready = Ask("GET", "/readyz");
  EXPECT_EQ(not_ready.status, 503);
  EXPECT_THAT(not_ready.body, HasSubstr("the disk is full"));
  EXPECT_EQ(Ask("GET", "/healthz").status, 200);
}

TEST_F(GatewayTest, MetricsTellRequestsAndRecords) {
  Start();
  Produce(R"({"records":[{"value":1},{"value":2}]})");
  Ask("GET", "/nonsense");
  const auto answer = Ask("GET", "/metrics");
  EXPECT_EQ(answer.fields.at("content-type"), kMetricsContentType);
  EXPECT_THAT(answer.body, HasSubstr("pinlake_gateway_records_total{topic=\"t\"} 2\n"));
  EXPECT_THAT(
      answer.body,
      HasSubstr(
          "pinlake_gateway_requests_total{route=\"POST /topics/{topic}\",status=\"200\"} 1\n"));
  EXPECT_THAT(answer.body,
              HasSubstr("pinlake_gateway_requests_total{route=\"none\",status=\"404\"} 1\n"));
  EXPECT_THAT(answer.body, HasSubstr("pinlake_http_connections_total{outcome=\"accepted\"} 3\n"));
}

TEST_F(GatewayTest, AStagePrefixIsTakenOff) {
  options_.base_paths = {"/test", "/prod/v1"};
  Start();
  EXPECT_EQ(Produce(kOneRecord, "/test/topics/t").status, 200);
  EXPECT_EQ(Produce(kOneRecord, "/prod/v1/topics/t/").status, 200);
  EXPECT_EQ(Produce(kOneRecord, "/topics/t").status, 200);
  EXPECT_EQ(Produce(kOneRecord, "/tested/topics/t").status, 404);
  EXPECT_EQ(Ask("GET", "/test").body, "{}");
  EXPECT_EQ(Ask("GET", "http://other/test/topics?x=/").body, R"(["t"])");
}

TEST_F(GatewayTest, RequestIdsAreEchoedOrMade) {
  Start();
  EXPECT_EQ(Ask("GET", "/", "X-Request-Id: abc-1\r\n").fields.at("x-request-id"), "abc-1");
  const auto made = Ask("GET", "/").fields.at("x-request-id");
  EXPECT_NE(made, Ask("GET", "/").fields.at("x-request-id"));
  EXPECT_EQ(Ask("GET", "/", "X-Request-Id: a b\r\n").fields.at("x-request-id").find(' '),
            std::string::npos);
}

TEST_F(GatewayTest, OptionsAndWrongMethodsNameWhatIsAllowed) {
  Start();
  const auto options = Ask("OPTIONS", "/topics");
  EXPECT_EQ(options.status, 200);
  EXPECT_EQ(options.body, "HEAD, GET, OPTIONS");
  const auto wrong = Ask("DELETE", "/topics/t");
  EXPECT_EQ(wrong.status, 405);
  EXPECT_EQ(wrong.fields.at("allow"), "POST, HEAD, GET, OPTIONS");
  EXPECT_EQ(wrong.fields.count("content-type"), 0u);
  EXPECT_EQ(Ask("GET", "/topics/%zz").status, 400);
}

TEST_F(GatewayTest, PagesOfAllowedOriginsMayCall) {
  options_.cors_origins = {"https://a.example"};
  Start();
  const auto allowed = Ask("GET", "/topics", "Origin: https://a.example\r\n");
  EXPECT_EQ(allowed.fields.at("access-control-allow-origin"), "https://a.example");
  EXPECT_EQ(allowed.fields.at("vary"), "Origin");
  const auto other = Ask("GET", "/topics", "Origin: https://b.example\r\n");
  EXPECT_EQ(other.fields.count("access-control-allow-origin"), 0u);
  const auto preflight =
      Ask("OPTIONS", "/topics/t",
          "Origin: https://a.example\r\nAccess-Control-Request-Method: POST\r\n");
  EXPECT_EQ(preflight.status, 200);
  EXPECT_EQ(preflight.fields.at("access-control-allow-methods"), "GET,POST,HEAD");
}

TEST_F(GatewayTest, OtherAddressesThanLoopbackNeedTheWordInsecure) {
  options_.listen = "0.0.0.0:0";
  const auto refused = Gateway::Start(options_, *log_, budget_, metrics_);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().kind(), ErrorKind::kInvalidArgument);
  EXPECT_THAT(refused.error().message(), HasSubstr("insecure=true"));
  options_.insecure = true;
  Start();
  EXPECT_EQ(Produce().status, 200);
}

TEST_F(GatewayTest, ATakenPortIsNamed) {
  Start();
  options_.listen = fmt::format("127.0.0.1:{}", gateway_->port());
  const auto second = Gateway::Start(options_, *log_, budget_, metrics_);
  ASSERT_FALSE(second.has_value());
  EXPECT_EQ(second.error().kind(), ErrorKind::kConflict);
  EXPECT_THAT(second.error().message(), HasSubstr(options_.listen));
}

TEST_F(GatewayTest, AnAnswerWaitsForTheLogAndStopWaitsForTheAnswer) {
  log_->HoldAppends();
  Start();
  RawHttp client(gateway_->port());
  client.Send(HttpText("POST", "/topics/t", kJson, kOneRecord));
  while (Stored().empty()) std::this_thread::yield();
  std::jthread stopper([&] { EXPECT_TRUE(gateway_->Stop(Millis(10'000))); });
  log_->ReleaseAppends();
  const auto answer = client.Read();
  ASSERT_TRUE(answer.has_value());
  EXPECT_EQ(answer->status, 200);
}

struct Acknowledged {
  std::mutex mutex;
  std::set<std::pair<int64_t, int64_t>> places;  // partition, offset
  int64_t count = 0;
};

// Posts until the gateway stops answering; notes what was acknowledged.
void PostUntilStopped(uint16_t port, int records, Acknowledged* acknowledged,
                      std::atomic<int>* posted) {
  std::string body = "{\"records\":[";
  for (int i = 0; i < records; ++i) body += fmt::format("{}{{\"value\":{}}}", i > 0 ? "," : "", i);
  const std::string request = HttpText("POST", "/topics/load", kJson, body + "]}");
  while (true) {
    RawHttp client(port);
    if (!client.connected()) return;
    while (true) {
      const auto answer = client.Exchange(request);
      if (!answer) break;
      ASSERT_EQ(answer->status, 200) << answer->body;
      const auto document = JsonDocument::Parse(answer->body);
      const std::lock_guard lock(acknowledged->mutex);
      for (const auto entry : document->root().Find("offsets")->elements()) {
        acknowledged->places.emplace(*entry.Find("partition")->AsInt(),
                                     *entry.Find("offset")->AsInt());
        ++acknowledged->count;
      }
      ++*posted;
      if (answer->fields.count("connection") != 0) break;
    }
  }
}

class GatewayStopTest : public ::testing::TestWithParam<TestLogKind> {};

TEST_P(GatewayStopTest, AStopUnderLoadLosesNoAcknowledgedRecord) {
  TestLog test_log(GetParam());
  EventLog& log = test_log.log();
  ASSERT_TRUE(log.CreateTopic({.topic = TopicName("load"), .partitions = 3}).has_value());
  MetricsRegistry metrics;
  ByteBudget budget(64 << 20);
  GatewayOptions options = GatewayOptionTable().Defaults();
  options.listen = "127.0.0.1:0";
  options.threads = 2;
  auto gateway = Gateway::Start(options, log, budget, metrics);
  ASSERT_TRUE(gateway.has_value());

  Acknowledged acknowledged;
  std::atomic<int> posted = 0;
  {
    std::vector<std::jthread> clients;
    for (int i = 0; i < 8; ++i) {
      clients.emplace_back(PostUntilStopped, (*gateway)->port(), i % 2 == 0 ? 1 : 50, &acknowledged,
                           &posted);
    }
    while (posted < 300) std::this_thread::yield();
    EXPECT_TRUE((*gateway)->Stop(Millis(10'000)));
  }
  EXPECT_EQ(static_cast<int64_t>(acknowledged.places.size()), acknowledged.count);
  int64_t stored = 0;
  for (int32_t partition = 0; partition < 3; ++partition) {
    const auto range = log.Offsets({TopicName("load"), PartitionId(partition)});
    ASSERT_TRUE(range.has_value());
    stored += range->end.value();
    for (const auto& [of, offset] : acknowledged.places) {
      if (of == partition) {
        ASSERT_LT(offset, range->end.value());
      }
    }
  }
  EXPECT_GE(stored, acknowledged.count);
  EXPECT_TRUE(ComesToNothing(budget));
}

INSTANTIATE_TEST_SUITE_P(Logs, GatewayStopTest, ::testing::ValuesIn(TestLogKinds()),
                         [](const auto& param) { return std::string(Name(param.param)); });

constexpr std::string_view kRecords = "/v3/clusters/c/topics/t/records";

std::string Chunk(std::string_view text) {
  return fmt::format("{:x}\r\n{}\r\n", text.size(), text);
}

TEST_F(GatewayTest, AStreamedRecordIsAnsweredBeforeTheNextOneIsSent) {
  Start();
  RawHttp client(gateway_->port());
  client.Send(
      fmt::format("POST {} HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\n"
                  "Transfer-Encoding: chunked\r\n\r\n",
                  kRecords));
  for (int i = 0; i < 3; ++i) {
    const auto record = fmt::format(R"({{"value":{{"type":"JSON","data":{}}}}})", i);
    client.Send(Chunk(record.substr(0, 9)));
    client.Send(Chunk(record.substr(9)));
    ASSERT_TRUE(client.AwaitText(fmt::format("\"offset\":{}", i)));
  }
  client.Send("0\r\n\r\n");
  const auto answer = client.Read();
  ASSERT_TRUE(answer.has_value());
  EXPECT_EQ(answer->status, 200);
  EXPECT_THAT(Stored(), ::testing::ElementsAre("0", "1", "2"));
}

TEST_F(GatewayTest, StreamedAnswersKeepTheOrderOfTheirRecords) {
  Start();
  log_->HoldAppends();
  std::string body;
  for (int i = 0; i < 5000; ++i) {
    body += i % 7 == 3 ? R"({"value":{"type":"BINARY","data":"*"}})"
                       : R"({"value":{"type":"JSON","data":1}})";
  }
  RawHttp client(gateway_->port());
  client.Send(HttpText("POST", kRecords, "Content-Type: application/json\r\n", body));
  log_->ReleaseAppends();
  const auto answer = client.Read();
  ASSERT_TRUE(answer.has_value());
  int line = 0, offset = 0;
  for (size_t at = 0; at < answer->body.size(); ++line) {
    const size_t end = answer->body.find("\r\n", at);
    ASSERT_NE(end, std::string::npos);
    const auto wanted =
        line % 7 == 3 ? std::string("\"error_code\":400") : fmt::format("\"offset\":{},", offset++);
    ASSERT_NE(answer->body.substr(at, end - at).find(wanted), std::string::npos) << line;
    at = end + 2;
  }
  EXPECT_EQ(line, 5000);
}

TEST_F(GatewayTest, AStreamWithoutBodyIsRefused) {
  Start();
  const auto answer = Ask("POST", kRecords, "Content-Type: application/json\r\n", "");
  EXPECT_EQ(answer.status, 422);
  EXPECT_THAT(answer.body, HasSubstr("42206"));
  EXPECT_EQ(Ask("POST", kRecords, "Content-Type: text/plain\r\n", "{}").status, 415);
}

TEST_F(GatewayTest, StreamedHeadersAndTimestampsAreStored) {
  Start();
  const auto answer = Ask("POST", kRecords, "Content-Type: application/json\r\n",
                          R"({"headers":[{"name":"h","value":"YQ=="},{"name":"h","value":"Yg=="}],)"
                          R"("timestamp":"2024-03-01T12:30:45.123Z"})");
  EXPECT_THAT(answer.body, HasSubstr("\"timestamp\":\"2024-03-01T12:30:45.123Z\""));
  const auto set = log_->Read({TopicName("t"), PartitionId(0)}, Offset(0), 1 << 20, Millis(0), {});
  ASSERT_TRUE(set.has_value());
  ASSERT_EQ(set->records.size(), 1u);
  EXPECT_EQ(set->records[0].timestamp, 1709296245123);
  ASSERT_EQ(set->records[0].headers.size(), 2u);
  EXPECT_EQ(set->records[0].headers[1].value, "b");
}

TEST_F(GatewayTest, AnApiThatIsOffIsUnknown) {
  options_.api_v3 = false;
  Start();
  EXPECT_EQ(Ask("GET", "/v3/clusters").status, 404);
  EXPECT_EQ(Ask("POST", kRecords, "Content-Type: application/json\r\n", "{}").status, 404);
  EXPECT_EQ(Produce().status, 200);
  gateway_.reset();
  options_.api_v3 = true;
  options_.api_v2 = false;
  Start();
  EXPECT_EQ(Produce().status, 404);
  EXPECT_EQ(Ask("GET", "/v3/clusters").status, 200);
  EXPECT_EQ(Ask("GET", "/healthz").status, 200);
}

}  // namespace
}  // namespace pinlake
