#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <thread>

#include "gateway/gateway.h"
#include "log/fake/fake_log.h"
#include "tests/support/raw_http.h"

namespace pinlake {
namespace {

using ::testing::HasSubstr;

constexpr std::string_view kV2 = "Content-Type: application/vnd.kafka.v2+json\r\n";
constexpr std::string_view kAcceptJson = "Accept: application/vnd.kafka.json.v2+json\r\n";

class RestV2ConsumersTest : public ::testing::Test {
 protected:
  RestV2ConsumersTest() {
    options_ = GatewayOptionTable().Defaults();
    options_.listen = "127.0.0.1:0";
    options_.consumer_wait = Millis(100);
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
    return client.Read().value_or(RawAnswer{});
  }
  RawAnswer Create(std::string_view name, std::string_view more = "") {
    return Ask("POST", "/consumers/g", kV2,
               fmt::format(R"({{"name":"{}","format":"json","auto.offset.reset":"earliest"{}}})",
                           name, more));
  }
  std::string Path(std::string_view name, std::string_view what = "") {
    return fmt::format("/consumers/g/instances/{}{}", name, what);
  }
  int Assign(std::string_view name) {
    return Ask("POST", Path(name, "/assignments"), kV2,
               R"({"partitions":[{"topic":"t","partition":0}]})")
        .status;
  }
  void Produce(int count) {
    for (int i = 0; i < count; ++i) {
      auto text = std::make_shared<std::string>(std::to_string(i));
      log_->Append(TopicName("t"), RecordBatch{.records = {{.value = *text}}, .owner = text},
                   [](auto) {});
    }
  }
  // True once `done` is; a busy machine takes its time.
  static bool Eventually(const std::function<bool()>& done) {
    const auto patience = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (!done()) {
      if (std::chrono::steady_clock::now() > patience) return false;
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    return true;
  }

  GatewayOptions options_;
  MetricsRegistry metrics_;
  ByteBudget budget_{64 << 20};
  std::unique_ptr<FakeLog> log_;
  std::unique_ptr<Gateway> gateway_;
};

TEST_F(RestV2ConsumersTest, AnUnusedInstanceEndsAndSaysWhereInstancesLive) {
  options_.consumer_instance_timeout = Millis(300);
  Start();
  ASSERT_EQ(Create("c").status, 200);
  // Making it again does not renew it.
  ASSERT_TRUE(Eventually([&] { return Create("c").status == 200; }));
  ASSERT_TRUE(Eventually([&] { return Create("c").status == 200; }));
  const auto gone = Ask("GET", Path("nobody", "/subscription"));
  EXPECT_EQ(gone.status, 404);
  EXPECT_THAT(gone.body, HasSubstr("\"error_code\":40403"));
  EXPECT_THAT(gone.body, HasSubstr("base_uri"));
}

TEST_F(RestV2ConsumersTest, AReadRenewsAnInstanceForAsLongAsItLasts) {
  options_.consumer_instance_timeout = Millis(1500);
  options_.consumer_wait = Millis(3500);
  Start();
  ASSERT_EQ(Create("c").status, 200);
  ASSERT_EQ(Assign("c"), 204);
  EXPECT_EQ(Ask("GET", Path("c", "/records"), kAcceptJson).status, 200);
}

TEST_F(RestV2ConsumersTest, DeletingAnInstanceEndsItsWaitingReadAndFreesItsName) {
  options_.consumer_wait = Millis(40'000);
  Start();
  ASSERT_EQ(Create("c").status, 200);
  ASSERT_EQ(Assign("c"), 204);
  RawHttp reader(gateway_->port());
  reader.Send(HttpText("GET", Path("c", "/records"), kAcceptJson, std::nullopt));
  // Other calls go on meanwhile.
  EXPECT_EQ(Ask("GET", Path("c", "/assignments")).status, 200);
  EXPECT_EQ(Ask("DELETE", Path("c")).status, 204);
  const auto read = reader.Read();
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(read->status, 404);
  EXPECT_EQ(Create("c").status, 200);
}

TEST_F(RestV2ConsumersTest, MoreReadsThanThreadsAllGetWhatComes) {
  options_.consumer_threads = 2;
  options_.consumer_wait = Millis(500);
  Start();
  std::vector<std::unique_ptr<RawHttp>> readers;
  for (int i = 0; i < 40; ++i) {
    const auto name = fmt::format("c{}", i);
    ASSERT_EQ(Create(name).status, 200);
    ASSERT_EQ(Assign(name), 204);
  }
  for (int i = 0; i < 40; ++i) {
    readers.push_back(std::make_unique<RawHttp>(gateway_->port()));
    readers.back()->Send(
        HttpText("GET", Path(fmt::format("c{}", i), "/records"), kAcceptJson, std::nullopt));
  }
  Produce(3);
  for (auto& reader : readers) {
    const auto read = reader->Read();
    ASSERT_TRUE(read.has_value());
    EXPECT_EQ(read->status, 200);
    EXPECT_THAT(read->body, HasSubstr("\"offset\":2"));
  }
}

TEST_F(RestV2ConsumersTest, OverTheLimitOfInstancesTheAnswerIs429) {
  options_.consumer_instances_max = 1;
  Start();
  ASSERT_EQ(Create("a").status, 200);
  const auto refused = Create("b");
  EXPECT_EQ(refused.status, 429);
  EXPECT_THAT(refused.body, HasSubstr("consumer.instances.max"));
  ASSERT_EQ(Ask("DELETE", Path("a")).status, 204);
  EXPECT_EQ(Create("b").status, 200);
}

TEST_F(RestV2ConsumersTest, AddressesNameWhatIsAdvertised) {
  options_.base_paths = {"/stage"};
  Start();
  EXPECT_THAT(Ask("POST", "/stage/consumers/g", kV2, R"({"name":"c"})").body,
              HasSubstr(R"("base_uri":"http://test/stage/consumers/g/instances/c")"));
  gateway_.reset();
  options_.host_name = "rest.example.com:8082";
  Start();
  EXPECT_THAT(Create("c").body, HasSubstr(R"("http://rest.example.com:8082/consumers/g/)"));
  gateway_.reset();
  options_.advertised_listeners = {"https://a.example", "http://b.example:1"};
  Start();
  EXPECT_THAT(Create("c").body, HasSubstr(R"("http://b.example:1/consumers/g/)"));
}

TEST_F(RestV2ConsumersTest, StoppingAnswersWaitingReadsWithWhatTheyHaveAndCommits) {
  options_.consumer_wait = Millis(40'000);
  Start();
  Produce(3);
  ASSERT_EQ(Create("c").status, 200);
  ASSERT_EQ(Ask("POST", Path("c", "/subscription"), kV2, R"({"topics":["t"]})").status, 204);
  ASSERT_EQ(Ask("GET", Path("c", "/records"), kAcceptJson).body, "[]");
  RawHttp reader(gateway_->port());
  reader.Send(HttpText("GET", Path("c", "/records"), kAcceptJson, std::nullopt));
  ASSERT_TRUE(Eventually([&] {
    // Its records are polled: an explicit commit says so.
    (void)Ask("POST", Path("c", "/offsets"), kV2, "");
    const auto committed = log_->CommittedOffsets(GroupName("g"));
    const auto found = committed->find({TopicName("t"), PartitionId(0)});
    return found != committed->end() && found->second.offset == Offset(3);
  }));
  EXPECT_TRUE(gateway_->Stop(Millis(20'000)));
  const auto read = reader.Read();
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(read->status, 200);
  EXPECT_THAT(read->body, HasSubstr("\"offset\":2"));
}

TEST_F(RestV2ConsumersTest, SchemaFormatsAreRefusedByNameWhenRead) {
  Start();
  ASSERT_EQ(Ask("POST", "/consumers/g", kV2, R"({"name":"c","format":"protobuf"})").status, 200);
  const auto refused =
      Ask("GET", Path("c", "/records"), "Accept: application/vnd.kafka.protobuf.v2+json\r\n");
  EXPECT_EQ(refused.status, 408);
  EXPECT_THAT(refused.body, HasSubstr("protobuf"));
}

}  // namespace
}  // namespace pinlake
