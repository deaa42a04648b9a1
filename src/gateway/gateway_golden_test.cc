// Replays what Confluent kafka-rest 7.2.0 was asked and compares what it answered.
// tests/golden/rest-proxy/README.md says how it was recorded; docs/compatibility.md names
// deviations.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <sstream>

#include "codec/json.h"
#include "gateway/gateway.h"
#include "gateway/gateway_test_log.h"
#include "tests/support/raw_http.h"

namespace pinlake {
namespace {

// Cases that need what is not there, by id, with the reason.
const std::map<std::string_view, std::string_view>& Excluded() {
  static const std::map<std::string_view, std::string_view> ids{
      {"050d", "needs access control lists"},
      {"119", "the offsets topic of this log is not readable through the gateway"},
      {"119b", "lists a topic that was made through v3"},
      {"120i", "a topic that a consumer made"},
      {"120c", "needs the log of 120, and asks for a topic that a consumer case makes"},
      {"120d", "as 120c"},
      {"120e", "the log creates a topic only for a partition that it will have"},
  };
  return ids;
}

// Where we answer otherwise on purpose: our status and code; 0: as recorded, only the text is ours.
struct Deviation {
  int status, code;
  std::string_view why;
};
const std::map<std::string_view, Deviation>& Deviations() {
  static const std::map<std::string_view, Deviation> ids{
      {"003", {0, 0, "configs are those that this log has"}},
      {"018l", {422, 422, "a wrong name is not an error of ours"}},
      {"027b", {0, 0, "the text names the partition"}},
      {"027c", {422, 422, "a wrong partition is not an error of ours"}},
      {"027d", {422, 422, "a wrong partition is not an error of ours"}},
      {"044j", {400, 400, "an error object instead of a page"}},
      {"048c", {422, 422, "two schemas are not an error of ours"}},
      {"048d", {0, 0, "the text says that there is no registry"}},
      {"049", {404, 40401, "at once instead of after max.block.ms"}},
      {"049b", {404, 40401, "at once instead of after max.block.ms"}},
      {"049d", {404, 40401, "at once instead of after max.block.ms"}},
      {"051", {0, 0, "the text is the log's"}},
      {"051b", {0, 0, "the text is the log's"}},
  };
  return ids;
}

struct Case {
  std::string id, method, path, fields;
  std::optional<std::string> body;
  int status = 0;
  std::optional<std::string> type;
  std::string answer;
  bool compressed = false;
  bool any_order = false;
  bool any_partition = false;
};

std::string Member(JsonValue object, std::string_view name) {
  const auto member = object.Find(name);
  return member ? std::string(member->AsString().value_or("")) : std::string();
}

// Bodies that the recording only describes.
std::optional<std::string> DescribedBody(std::string_view id) {
  if (id == "051" || id == "051b") {  // 051 was recorded with a limit of 2,000 bytes
    return R"({"records":[{"value":"a"},{"value":")" + std::string(1048576, 'x') +
           R"("},{"value":"b"}]})";
  }
  if (id == "051c") return R"({"records":[{"value":")" + std::string(1048480, 'x') + R"("}]})";
  if (id == "118") return std::string("\x1f\x8b\x08\x00\x00", 5);
  return std::nullopt;
}

Case ReadCase(JsonValue line) {
  Case read;
  const auto request = *line.Find("request");
  const auto response = *line.Find("response");
  read.id = Member(line, "id");
  read.method = Member(request, "method");
  read.path = Member(request, "path");
  for (const auto& field : request.Find("headers")->members()) {
    if (field.name == "Expect") continue;  // needs a conversation; http/server_test.cc has it
    read.fields += fmt::format("{}: {}\r\n", field.name, *field.value.AsString());
  }
  if (const auto body = request.Find("body"); body && body->is_string()) {
    read.body = std::string(*body->AsString());
  }
  if (auto body = DescribedBody(read.id)) read.body = std::move(body);
  if (read.id == "024h") read.any_partition = true;  // 1e3 keeps its digits, so it hashes otherwise
  if (read.id == "039j")
    read.body = "{\"records\":[{\"value\":\"\xff\"}]}";  // recorded with U+FFFD
  if (!read.body && read.method != "GET" && read.method != "HEAD") read.body = "";
  read.status = static_cast<int>(*response.Find("status")->AsInt());
  const auto type = response.Find("headers")->Find("Content-Type");
  if (type) read.type = std::string(*type->AsString());
  read.answer = Member(response, "body");
  read.compressed = response.Find("body_base64").has_value();
  if (const auto list = line.Find("volatile")) {
    for (const auto item : list->elements()) {
      read.any_order |= *item.AsString() == "order";
      read.any_partition |= item.AsString()->find("partition") != std::string_view::npos;
    }
  }
  return read;
}

std::vector<Case> ReadCases() {
  std::ifstream file(PINLAKE_SOURCE_DIR "/tests/golden/rest-proxy/cases.jsonl");
  std::vector<Case> cases;
  for (std::string line; std::getline(file, line);) {
    auto document = JsonDocument::Parse(line);
    if (!document) {
      ADD_FAILURE() << document.error().message();
      continue;
    }
    Case read = ReadCase(document->root());
    // Consumers and v3 are not served yet; docs/compatibility.md says so.
    if (read.path.starts_with("/consumers") || read.path.starts_with("/v3")) continue;
    if (Excluded().count(read.id) == 0) cases.push_back(std::move(read));
  }
  return cases;
}

int ErrorCode(std::string_view text) {
  const auto document = JsonDocument::Parse(std::string(text));
  if (!document) return -1;
  const auto code = document->root().Find("error_code");
  return code ? static_cast<int>(code->AsInt().value_or(-1)) : 0;
}

// "partition/offset/error_code" of each entry: what a record came to, without its text.
std::vector<std::string> Entries(std::string_view text, bool any_partition) {
  std::vector<std::string> entries;
  const auto document = JsonDocument::Parse(std::string(text));
  if (!document || !document->root().Find("offsets")) return {std::string(text)};
  for (const auto entry : document->root().Find("offsets")->elements()) {
    entries.push_back(fmt::format("{}/{}/{}",
                                  any_partition ? "any" : entry.Find("partition")->ToText(),
                                  any_partition ? "any" : entry.Find("offset")->ToText(),
                                  entry.Find("error_code")->ToText()));
  }
  return entries;
}

// A log of our own has one broker, and its number is its own affair.
std::string WithoutBrokers(std::string text) {
  static const std::regex number(R"re(("(leader|broker)":|"brokers":\[)\d+)re");
  return std::regex_replace(text, number, "$1N");
}

std::multiset<std::string> Names(std::string_view text) {
  std::multiset<std::string> names;
  const auto document = JsonDocument::Parse(std::string(text));
  if (!document) return names;
  for (const auto name : document->root().elements()) names.emplace(*name.AsString());
  return names;
}

void Compare(const Case& wanted, const RawAnswer& got) {
  SCOPED_TRACE(fmt::format("case {}: {} {}", wanted.id, wanted.method, wanted.path));
  const auto deviation = Deviations().find(wanted.id);
  const bool deviates = deviation != Deviations().end();
  if (deviates && deviation->second.status != 0) {
    EXPECT_EQ(got.status, deviation->second.status) << got.body;
    EXPECT_EQ(ErrorCode(got.body), deviation->second.code);
    return;
  }
  EXPECT_EQ(got.status, wanted.status) << got.body;
  const auto type = got.fields.find("content-type");
  if (wanted.status == 400 && wanted.type == "text/plain") {
    // Jackson's own text; ours is the error object.
    EXPECT_EQ(ErrorCode(got.body), 400) << got.body;
    return;
  }
  EXPECT_EQ(type != got.fields.end(), wanted.type.has_value());
  if (wanted.type && type != got.fields.end()) {
    EXPECT_EQ(type->second, *wanted.type);
  }
  if (wanted.compressed || wanted.method == "HEAD") return;
  if (wanted.any_order) {
    EXPECT_EQ(Names(got.body), Names(wanted.answer));
  } else if (deviates || wanted.any_partition) {
    EXPECT_EQ(ErrorCode(got.body), ErrorCode(wanted.answer)) << got.body;
    if (wanted.id != "003" && wanted.status == 200) {
      EXPECT_EQ(Entries(got.body, wanted.any_partition),
                Entries(wanted.answer, wanted.any_partition));
    }
  } else {
    EXPECT_EQ(WithoutBrokers(got.body), WithoutBrokers(wanted.answer));
  }
}

// What lies in the log before the first case, and what steps without a line add.
void MakeTopics(EventLog& log) {
  for (const auto* name : {"t", "e", "h", "seq", "off", "two", "five", "129a67850695.pin"}) {
    ASSERT_TRUE(log.CreateTopic({.topic = TopicName(name), .partitions = 3}).has_value());
  }
  ASSERT_TRUE(log.CreateTopic({.topic = TopicName("t6"), .partitions = 6}).has_value());
  for (const auto* name : {"t1", "big", "num", "denied", "mb", "bad", "pos", "pat.a", "pat.b",
                           "xpat.c", "res", "v3r", "tomb", "ts", "fm", "lat"}) {
    ASSERT_TRUE(log.CreateTopic({.topic = TopicName(name), .partitions = 1}).has_value());
  }
}

void AddUnrecorded(uint16_t port, std::string_view id) {
  std::string path, body = "{\"records\":[";
  int records = 0;
  if (id == "085-a") {
    path = "/topics/pos";
    records = 40;
  } else if (id == "114-c") {
    path = "/topics/lat";
    records = 1;
  } else if (id == "093-b") {
    path = "/topics/seq";
    records = 9;
  } else {
    return;
  }
  for (int i = 0; i < records; ++i) {
    if (i > 0) body += ',';
    body += id == "093-b" ? fmt::format(R"({{"key":"k{}","value":{{"i":{}}}}})", i, i)
                          : fmt::format(R"({{"value":{}}})", i);
  }
  RawHttp client(port);
  const auto answer = client.Exchange(
      HttpText("POST", path, "Content-Type: application/vnd.kafka.json.v2+json\r\n", body + "]}"));
  ASSERT_TRUE(answer && answer->status == 200);
}

class GatewayGoldenTest : public ::testing::TestWithParam<TestLogKind> {};

TEST_P(GatewayGoldenTest, AnswersAsTheOriginalDid) {
  TestLog test_log(GetParam());
  EventLog& log = test_log.log();
  MakeTopics(log);
  MetricsRegistry metrics;
  ByteBudget budget(64 << 20);
  GatewayOptions options = GatewayOptionTable().Defaults();
  options.listen = "127.0.0.1:0";
  auto gateway = Gateway::Start(options, log, budget, metrics);
  ASSERT_TRUE(gateway.has_value()) << gateway.error().message();
  const uint16_t port = (*gateway)->port();

  const auto cases = ReadCases();
  ASSERT_GT(cases.size(), 130u);
  for (const auto& wanted : cases) {
    if (wanted.id.starts_with("120")) {
      if (wanted.id == "120") {  // the broker was told to create topics: as if it had
        ASSERT_TRUE(log.CreateTopic({.topic = TopicName("auto.a"), .partitions = 3}).has_value());
      }
    }
    AddUnrecorded(port, wanted.id);
    RawHttp client(port);
    client.Send(HttpText(wanted.method, wanted.path, wanted.fields, wanted.body));
    const auto got = client.Read(wanted.method == "HEAD");
    ASSERT_TRUE(got.has_value()) << wanted.id;
    Compare(wanted, *got);
  }
  EXPECT_TRUE((*gateway)->Stop(Millis(5000)));
  EXPECT_TRUE(ComesToNothing(budget));
}

INSTANTIATE_TEST_SUITE_P(Logs, GatewayGoldenTest, ::testing::ValuesIn(kTestLogKinds),
                         [](const auto& param) { return std::string(Name(param.param)); });

}  // namespace
}  // namespace pinlake
