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
      {"050f", "needs access control lists"},
      {"050g", "needs access control lists"},
      {"050-", "needs access control lists"},
      {"050c-", "needs access control lists"},
      {"096g", "lists the topics that this recording had"},
      {"099w", "configs of brokers are not served"},
      {"106-", "lists the groups that this recording had"},
      {"119c", "lists the topics that this recording had"},
      {"090", "time: rest_v2_consumers_test.cc has it"},
      {"050e", "needs access control lists"},
      {"120f", "the log was told to create topics"},
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
      {"052g", {0, 0, "numbers keep their digits"}},
      {"052h", {0, 0, "numbers keep their digits"}},
      {"062l", {422, 422, "a wrong pattern is not an error of ours"}},
      {"062p", {422, 422, "a topic without a name is not an error of ours"}},
      {"062q", {422, 422, "a topic without a name is not an error of ours"}},
      {"072d", {422, 422, "a read without subscription is not an error of ours"}},
      {"072e", {422, 422, "a read without subscription is not an error of ours"}},
      {"076b", {200, 0, "an object without a list commits everything"}},
      {"076e", {0, 0, "the records without keys lie elsewhere"}},
      {"077d", {422, 422, "a negative offset is not an error of ours"}},
      {"077e", {422, 422, "an entry without offset is not an error of ours"}},
      {"079d", {422, 422, "a request without list is not an error of ours"}},
      {"080b", {422, 422, "a read without subscription is not an error of ours"}},
      {"082g", {422, 422, "a request without list is not an error of ours"}},
      {"082j", {422, 422, "an entry without partition is not an error of ours"}},
      {"082k", {422, 422, "an entry without topic is not an error of ours"}},
      {"086f", {422, 422, "a negative offset is not an error of ours"}},
      {"086i", {422, 422, "a request without list is not an error of ours"}},
      {"087b", {204, -1, "behind the last record is the end"}},
      {"096c", {0, 0, "this log has no address as a broker"}},
      {"096d", {0, 0, "this log has no address as a broker"}},
      {"099", {422, 42206, "a request without body is not an error of ours"}},
      {"099c", {422, 42206, "a wrong name is not an error of ours"}},
      {"099k", {0, 0, "configs are those that this log has"}},
      {"106-a", {0, 0, "the assignor's name"}},
      {"106", {0, 0, "the records without keys lie elsewhere"}},
      {"106e", {0, 0, "members' names"}},
      {"087d", {422, 422, "a wrong timestamp is not an error of ours"}},
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
  bool records = false;  ///< a read of a consumer
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

Case ReadCase(JsonValue line, const std::string& cluster_id) {
  Case read;
  const auto request = *line.Find("request");
  const auto response = *line.Find("response");
  read.id = Member(line, "id");
  read.method = Member(request, "method");
  read.path = Member(request, "path");
  if (const size_t at = read.path.find("<CLUSTER_ID>"); at != std::string::npos) {
    read.path.replace(at, 12, cluster_id);
  }
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
  if (read.body) {
    int minute = 0;
    for (size_t at = 0; (at = read.body->find("<TIMESTAMP>", at)) != std::string::npos;) {
      std::string time = "2000-01-01T00:00:00Z";
      if (read.id == "087b") time = "2100-01-01T00:00:00Z";
      if (read.id == "110-") time = fmt::format("2024-03-01T12:{:02}:00Z", minute++);
      if (read.id == "110-c") time = "2024-03-01T12:01:30Z";
      read.body->replace(at, 11, time);
    }
  }
  read.records =
      read.path.starts_with("/consumers") && read.path.find("/records") != read.path.npos;
  read.status = static_cast<int>(*response.Find("status")->AsInt());
  const auto type = response.Find("headers")->Find("Content-Type");
  if (type) read.type = std::string(*type->AsString());
  read.answer = Member(response, "body");
  read.compressed = response.Find("body_base64").has_value();
  if (const auto list = line.Find("volatile")) {
    for (const auto item : list->elements()) {
      read.any_order |= item.AsString()->starts_with("order");
      read.any_partition |= item.AsString()->find("partition") != std::string_view::npos;
    }
  }
  return read;
}

std::vector<Case> ReadCases(const std::string& cluster_id) {
  std::ifstream file(PINLAKE_SOURCE_DIR "/tests/golden/rest-proxy/cases.jsonl");
  std::vector<Case> cases;
  for (std::string line; std::getline(file, line);) {
    auto document = JsonDocument::Parse(line);
    if (!document) {
      ADD_FAILURE() << document.error().message();
      continue;
    }
    Case read = ReadCase(document->root(), cluster_id);
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
    if (!entry.Find("error_code")) return {std::string(text)};
    entries.push_back(fmt::format("{}/{}/{}",
                                  any_partition ? "any" : entry.Find("partition")->ToText(),
                                  any_partition ? "any" : entry.Find("offset")->ToText(),
                                  entry.Find("error_code")->ToText()));
  }
  return entries;
}

// Key and value of each record that was read: those without a key lie where the log put them.
std::multiset<std::string> KeysAndValues(std::string_view text) {
  std::multiset<std::string> found;
  const auto document = JsonDocument::Parse(std::string(text));
  if (!document) return {std::string(text)};
  for (const auto record : document->root().elements()) {
    std::string line;
    for (const auto* name : {"topic", "key", "value"}) {
      const auto member = record.Find(name);
      line += member ? member->ToText() : std::string("missing");
    }
    found.insert(std::move(line));
  }
  return found;
}

void AddShape(JsonValue value, std::string* out) {
  *out += value.is_object() ? "{" : value.is_array() ? "[" : "";
  for (const auto& member : value.members()) {
    out->append(member.name).append(":");
    AddShape(member.value, out);
  }
  for (const auto element : value.elements()) {
    AddShape(element, out);
    break;  // lists may differ in length
  }
  *out += ';';
}

// Which members stand where, whatever their values.
std::string Shape(std::string_view text) {
  const auto document = JsonDocument::Parse(std::string(text));
  if (!document) return std::string(text);
  std::string shape;
  AddShape(document->root(), &shape);
  return shape;
}

// A result of v3's produce a line: errors by their code, the rest without its time.
std::vector<std::string> ResultLines(const std::string& text) {
  static const std::regex changing(R"re("timestamp":"[^"]*"|"cluster_id":"[^"]*")re");
  std::vector<std::string> lines;
  for (size_t at = 0; at < text.size();) {
    const size_t end = text.find("\r\n", at);
    if (end == text.npos) return {"a line without its end"};
    const std::string line = text.substr(at, end - at);
    const int code = ErrorCode(line);
    lines.push_back(code != 0 ? std::to_string(code) : std::regex_replace(line, changing, "-"));
    at = end + 2;
  }
  return lines;
}

size_t Length(std::string_view text) {
  const auto document = JsonDocument::Parse(std::string(text));
  return document ? document->root().size() : 0;
}

// What differs from gateway to gateway.
std::string Masked(std::string text, const std::string& cluster_id) {
  // As HttpText names the host.
  for (const auto& [what, mask] : {std::pair<std::string, std::string>("http://test", "<BASE>"),
                                   {cluster_id, "<CLUSTER_ID>"}}) {
    for (size_t at = 0; (at = text.find(what, at)) != std::string::npos;) {
      text.replace(at, what.size(), mask);
    }
  }
  static const std::regex uuid("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}");
  return std::regex_replace(text, uuid, "<UUID>");
}

// A log of our own has one broker, and its number is its own affair.
std::string WithoutBrokers(std::string text) {
  static const std::regex number(
      R"re(("(leader|broker|broker_id)":|"brokers":\[|/brokers/|/replicas/|/broker=|/replica=)\d+)re");
  return std::regex_replace(text, number, "$1N");
}

std::multiset<std::string> Names(std::string_view text) {
  std::multiset<std::string> names;
  const auto document = JsonDocument::Parse(std::string(text));
  if (!document) return names;
  auto list = document->root();
  for (const auto* member : {"topics", "partitions"}) {
    if (const auto inner = list.Find(member)) list = *inner;
  }
  for (const auto name : list.elements()) names.emplace(name.ToText());
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
  if (got.status == 204) {
    EXPECT_EQ(got.body, "");
  }
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
  if (wanted.path.starts_with("/v3") && wanted.path.ends_with("/records") && wanted.status == 200) {
    EXPECT_EQ(ResultLines(got.body), ResultLines(wanted.answer));
    return;
  }
  const bool own_text = wanted.path.starts_with("/consumers") || wanted.path.starts_with("/v3");
  if (wanted.status >= 400 && own_text) {
    EXPECT_EQ(ErrorCode(got.body), ErrorCode(wanted.answer)) << got.body;
  } else if (wanted.records && deviates) {
    EXPECT_EQ(Length(got.body), Length(wanted.answer)) << got.body;
  } else if (wanted.records && (wanted.any_order || wanted.any_partition)) {
    EXPECT_EQ(KeysAndValues(got.body), KeysAndValues(wanted.answer));
  } else if (wanted.any_order) {
    EXPECT_EQ(Names(got.body), Names(wanted.answer));
  } else if (deviates && wanted.path.starts_with("/v3") && wanted.status == 200) {
    EXPECT_EQ(Shape(got.body), Shape(wanted.answer));
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

void Call(uint16_t port, std::string_view method, const std::string& path,
          const std::string& body) {
  RawHttp client(port);
  const auto answer = client.Exchange(
      HttpText(method, path, "Content-Type: application/vnd.kafka.json.v2+json\r\n", body));
  ASSERT_TRUE(answer && answer->status < 300) << path << ": " << (answer ? answer->body : "");
}

void MakeReader(uint16_t port, const std::string& group, const std::string& name,
                const std::string& format, const std::string& topic) {
  Call(
      port, "POST", "/consumers/" + group,
      fmt::format(R"({{"name":"{}","format":"{}","auto.offset.reset":"earliest"}})", name, format));
  Call(port, "POST", fmt::format("/consumers/{}/instances/{}/assignments", group, name),
       fmt::format(R"({{"partitions":[{{"topic":"{}","partition":0}}]}})", topic));
}

RawAnswer ReadOnce(uint16_t port, const std::string& path, const std::string& fields) {
  RawHttp client(port);
  client.Send(HttpText("GET", path, fields, std::nullopt));
  return client.Read().value_or(RawAnswer{});
}

// Both members read until the group has dealt out its three topic partitions.
void SettleGroup(uint16_t port) {
  const std::string fields = "Accept: application/vnd.kafka.json.v2+json\r\n";
  const std::string base = "/consumers/g2i/instances/";
  const auto patience = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (std::chrono::steady_clock::now() < patience) {
    size_t held = 0, least = 3;
    for (const std::string name : {"a", "b"}) {
      ReadOnce(port, base + name + "/records", fields);
    }
    for (const std::string name : {"a", "b"}) {
      const auto document =
          JsonDocument::Parse(ReadOnce(port, base + name + "/assignments", "").body);
      ASSERT_TRUE(document && document->root().Find("partitions"));
      const size_t count = document->root().Find("partitions")->size();
      held += count;
      least = std::min(least, count);
    }
    if (held == 3 && least >= 1) return;
  }
  FAIL() << "the group was not dealt out";
}

// Reads as often as the recorder did: until there are as many records. A read that takes long on a
// busy machine may bring fewer.
RawAnswer ReadRecords(uint16_t port, const Case& wanted) {
  RawAnswer got = ReadOnce(port, wanted.path, wanted.fields);
  const size_t length = Length(wanted.answer);
  const auto patience = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (got.status == 200 && Length(got.body) < length &&
         std::chrono::steady_clock::now() < patience) {
    const RawAnswer more = ReadOnce(port, wanted.path, wanted.fields);
    if (Length(more.body) == 0) continue;
    if (Length(got.body) > 0) got.body.replace(got.body.size() - 1, 1, ",");
    got.body = got.body == "[]" ? more.body : got.body + more.body.substr(1);
  }
  return got;
}

void AddUnrecorded(uint16_t port, std::string_view id) {
  if (id == "052g") MakeReader(port, "rb", "rb1", "binary", "num");
  if (id == "052h") MakeReader(port, "rb", "rj1", "json", "num");
  if (id == "031d") MakeReader(port, "rb", "rb2", "binary", "tomb");
  if (id == "094-pa") SettleGroup(port);
  if (id == "106-a") Call(port, "DELETE", "/consumers/gs1/instances/c1", "");
  if (id == "120g") Call(port, "POST", "/consumers/gauto", R"({"name":"a1","format":"json"})");
  if (id == "088-") {
    for (const std::string topic : {"pat.a", "pat.b", "xpat.c"}) {
      Call(port, "POST", "/topics/" + topic, R"({"records":[{"value":")" + topic + "\"}]}");
    }
  }

  std::string path, body = "{\"records\":[";
  int records = 0;
  if (id == "073-") {
    path = "/topics/pos";
    records = 40;
  } else if (id == "114-") {
    path = "/topics/lat";
    records = 1;
  } else if (id == "S01") {
    path = "/topics/seq";
    records = 9;
  } else if (id == "094-a") {
    path = "/topics/two";
    records = 30;
  } else if (id == "113-f1") {
    path = "/topics/fm";
    records = 100;
  } else {
    return;
  }
  for (int i = 0; i < records; ++i) {
    if (i > 0) body += ',';
    body += id == "S01"     ? fmt::format(R"({{"key":"k{}","value":{{"i":{}}}}})", i, i)
            : id == "073-"  ? fmt::format(R"({{"value":{{"i":{},"pad":"xxxxxxxxxx"}}}})", i)
            : id == "114-"  ? R"({"value":"old"})"
            : id == "094-a" ? fmt::format(R"({{"value":{},"partition":{}}})", i, i % 3)
                            : fmt::format(R"({{"value":{}}})", i);
  }
  Call(port, "POST", path, body + "]}");
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
  options.consumer_wait = Millis(250);  // the recorded second each would make a long test
  auto gateway = Gateway::Start(options, log, budget, metrics);
  ASSERT_TRUE(gateway.has_value()) << gateway.error().message();
  const uint16_t port = (*gateway)->port();

  const std::string cluster_id = log.ClusterId();
  auto cases = ReadCases(cluster_id);
  ASSERT_GT(cases.size(), 300u);
  for (auto& wanted : cases) {
    if (wanted.id.starts_with("120")) {
      if (wanted.id == "120") {  // the broker was told to create topics: as if it had
        ASSERT_TRUE(log.CreateTopic({.topic = TopicName("auto.a"), .partitions = 3}).has_value());
      }
    }
    AddUnrecorded(port, wanted.id);
    if (GetParam() != TestLogKind::kKafka && wanted.path.ends_with("/brokers/1")) {
      wanted.path.back() = '0';  // the only one of our logs
    }
    if (wanted.id == "099q" && GetParam() == TestLogKind::kEmbedded) continue;  // never compacts
    if (wanted.records) {
      Compare(wanted, ReadRecords(port, wanted));
      continue;
    }
    RawHttp client(port);
    client.Send(HttpText(wanted.method, wanted.path, wanted.fields, wanted.body));
    auto got = client.Read(wanted.method == "HEAD");
    ASSERT_TRUE(got.has_value()) << wanted.id;
    got->body = Masked(std::move(got->body), cluster_id);
    Compare(wanted, *got);
  }
  EXPECT_TRUE((*gateway)->Stop(Millis(5000)));
  EXPECT_TRUE(ComesToNothing(budget));
}

INSTANTIATE_TEST_SUITE_P(Logs, GatewayGoldenTest, ::testing::ValuesIn(TestLogKinds()),
                         [](const auto& param) { return std::string(Name(param.param)); });

}  // namespace
}  // namespace pinlake
