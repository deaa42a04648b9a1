#include <gtest/gtest.h>

#include "protocol/base64.h"
#include "protocol/rest_v2_media.h"
#include "protocol/rest_v2_produce.h"

namespace pinlake {
namespace {

constexpr size_t kManyRecords = 1000;

std::string Text(const MaybeBytes& bytes) { return bytes ? std::string(*bytes) : "<null>"; }

// "key=value@partition" of each record, or "status/code message".
std::string Parse(RestV2Body format, std::string body, size_t records_max = kManyRecords) {
  const auto request = ParseProduceV2(format, body, records_max);
  if (!request) {
    const auto& error = request.error();
    return std::to_string(error.status) + "/" + std::to_string(error.code) + " " + error.message;
  }
  std::string out;
  for (const auto& record : request->records) {
    if (!out.empty()) out += ' ';
    out += Text(record.key) + "=" + Text(record.value);
    if (record.partition) out += "@" + std::to_string(record.partition->value());
  }
  return out;
}
std::string ParseJson(std::string body) { return Parse(RestV2Body::kJson, std::move(body)); }
std::string ParseBinary(std::string body) { return Parse(RestV2Body::kBinary, std::move(body)); }

TEST(ProduceV2Test, JsonIsStoredCompactWithDigitsAndOrderAndAKeysQuotes) {
  EXPECT_EQ(ParseJson(R"({"records": [{"key": "k", "value": {"b": 1.10, "a": [1, 2]}}]})"),
            R"("k"={"b":1.10,"a":[1,2]})");
  EXPECT_EQ(ParseJson("{\"records\":[{\"key\":\"\\u65e5\",\"value\":1}]}"), "\"日\"=1");
  EXPECT_EQ(ParseJson(R"({"records":[{"key":null},{"value":null},{},{"value":"null"}]})"),
            R"(<null>=<null> <null>=<null> <null>=<null> <null>="null")");
}

TEST(ProduceV2Test, BinaryIsDecoded) {
  EXPECT_EQ(ParseBinary(R"({"records":[{"key":"a2V5Mg==","value":"Zm9v"},{"value":""},{}]})"),
            "key2=foo <null>= <null>=<null>");
  EXPECT_EQ(ParseBinary(R"({"records":[{"value":"Zm8"},{"value":"Zm8="},{"value":"Zg"}]})"),
            "<null>=fo <null>=fo <null>=f");
  EXPECT_EQ(ParseBinary(R"({"records":[{"value":"\u002b\/+/"}]})"), "<null>=\xfb\xff\xbf");
}

TEST(ProduceV2Test, BadBase64FailsTheRequestWithTheOriginalsWords) {
  EXPECT_EQ(ParseBinary(R"({"records":[{"value":"not base64"}]})"),
            "400/400 Bad Request: data=\"not base64\" is not a valid base64 string.");
  EXPECT_EQ(ParseBinary(R"({"records":[{"value":{"a": 1}}]})"),
            "400/400 Bad Request: data={\"a\":1} is not a base64 string.");
  EXPECT_EQ(ParseBinary(R"({"records":[{"value":"AQI="},{"value":"*"}]})"),
            "400/400 Bad Request: data=\"*\" is not a valid base64 string.");
  for (const auto* text : {"A", "AQ==AQ==", "-_-_", "AQ\\n==", "AQ ="}) {
    EXPECT_TRUE(ParseBinary(std::string(R"({"records":[{"value":")") + text + R"("}]})")
                    .starts_with("400/400 "))
        << text;
  }
}

TEST(ProduceV2Test, PartitionsAreCoercedAsJacksonDoes) {
  const auto with = [](std::string_view partition) {
    return ParseJson(R"({"records":[{"value":1,"partition":)" + std::string(partition) + "}]}");
  };
  const struct {
    std::string_view partition, want;
  } rows[] = {{"2", "<null>=1@2"},   {"\"0\"", "<null>=1@0"}, {"0.7", "<null>=1@0"},
              {"\"\"", "<null>=1"},  {"null", "<null>=1"},    {"\" 3 \"", "<null>=1@3"},
              {"1e1", "<null>=1@10"}};
  for (const auto& row : rows) EXPECT_EQ(with(row.partition), row.want) << row.partition;
  for (const auto* bad : {"\"abc\"", "true", "{}", "[]", "3000000000", "\"1.5\"", "1e300"}) {
    EXPECT_EQ(with(bad), "400/400 partition must be an integer of 32 bits") << bad;
  }
  EXPECT_EQ(with("-1"),
            "422/422 produceJson.request.records[0].partition must be at least 0 (was -1)");
}

TEST(ProduceV2Test, WrongRequestsAreAnsweredAsTheOriginalDoes) {
  const struct {
    std::string_view body, want;
  } rows[] = {
      {"", "422/422 produceJson.request must not be null (was null)"},
      {" \n", "422/422 produceJson.request must not be null (was null)"},
      {"null", "422/422 produceJson.request must not be null (was null)"},
      {"{}", "422/422 produceJson.request.records must not be empty (was [])"},
      {R"({"records":null})", "422/422 produceJson.request.records must not be empty (was [])"},
      {R"({"records":[]})", "422/422 produceJson.request.records must not be empty (was [])"},
      {R"({"records":[null]})",
       "422/422 produceJson.request.records[0] must not be null (was null)"},
      {R"({"records":[{"value":1}],"x":1})", "422/422 Unrecognized field: x"},
      {R"({"records":[{"valur":1}]})", "422/422 Unrecognized field: valur"},
      {R"({"records":"x"})", "400/400 records must be an array"},
      {R"({"records":{"value":1}})", "400/400 records must be an array"},
      {R"({"records":["x"]})", "400/400 a record must be an object"},
      {R"([])", "400/400 the request must be an object"},
      {R"({"records":[)", "400/400 JSON at byte 12: the text ends too early"},
      {R"({"records":[{"value":1},]})", "400/400 JSON at byte 24: unexpected character ']'"},
      {R"({"records":[{"value":1,}]})", "400/400 JSON at byte 23: unexpected character '}'"},
      {R"({"records":[{"value":NaN}]})", "400/400 JSON at byte 21: unexpected character 'N'"},
      {R"({"records":[{"value":1}],"key_schema":{}})", "400/400 a schema must be a string"},
      {R"({"records":[{"value":1}],"key_schema_id":"x"})",
       "400/400 a schema id must be an integer of 32 bits"},
  };
  for (const auto& row : rows) EXPECT_EQ(ParseJson(std::string(row.body)), row.want) << row.body;
}

TEST(ProduceV2Test, LenienciesOfTheOriginal) {
  EXPECT_EQ(ParseJson(R"({"records":[{"value":1}]}xyz)"), "<null>=1");
  EXPECT_EQ(ParseJson("\xef\xbb\xbf{\"records\":[{\"value\":1}]}"), "<null>=1");
  EXPECT_EQ(ParseJson(R"({"records":[{"value":1,"value":2}]})"), "<null>=2");
  EXPECT_EQ(ParseJson(R"({"records":[{"value":1}],"records":[{"value":2},{"value":3}]})"),
            "<null>=2 <null>=3");
  EXPECT_EQ(ParseJson(R"({"value_schema":"\"int\"","key_schema_id":3,"records":[{"value":1}]})"),
            "<null>=1");
}

TEST(ProduceV2Test, SchemaFormatsAreRefusedByWhatIsMissing) {
  const auto avro = [](std::string body) { return Parse(RestV2Body::kAvro, std::move(body)); };
  EXPECT_EQ(avro(R"({"records":[{"value":{"a":1}}]})"),
            "422/42202 Request includes values but does not include value schema");
  EXPECT_EQ(avro(R"({"records":[{"key":1}]})"),
            "422/42201 Request includes keys but does not include key schema");
  EXPECT_EQ(avro(R"({"records":[{"value":null}]})"), "<null>=<null>");
  EXPECT_TRUE(avro(R"({"value_schema":"\"int\"","records":[{"value":1}]})")
                  .starts_with("422/42207 Error serializing message."));
  EXPECT_TRUE(avro(R"({"value_schema":"\"int\"","value_schema_id":1,"records":[{"value":1}]})")
                  .starts_with("422/422 "));
}

TEST(ProduceV2Test, MoreRecordsThanAllowedAreRefused) {
  EXPECT_EQ(Parse(RestV2Body::kJson, R"({"records":[{},{},{}]})", 2),
            "413/413 A request may have 2 records.");
}

TEST(ProduceV2Test, TheAnswerHasOneEntryARecordInOrder) {
  const ProducedV2 results[] = {
      Appended{PartitionId(0), Offset(100), 5},
      tl::unexpected<RecordRefusal>(RecordRefusal{50003, "say \"when\""})};
  EXPECT_EQ(RenderProducedV2(results),
            R"({"offsets":[{"partition":0,"offset":100,"error_code":null,"error":null},)"
            R"({"partition":null,"offset":null,"error_code":50003,"error":"say \"when\""}],)"
            R"("key_schema_id":null,"value_schema_id":null})");
  EXPECT_EQ(RenderRestError({404, 40402, "Partition not found."}),
            R"({"error_code":40402,"message":"Partition not found."})");
}

TEST(RestV2MediaTest, ContentTypesAreComparedExactly) {
  const struct {
    std::optional<std::string_view> type;
    RestV2Body want;
  } rows[] = {
      {std::nullopt, RestV2Body::kNone},
      {"", RestV2Body::kNone},
      {"application/vnd.kafka.json.v2+json", RestV2Body::kJson},
      {"application/vnd.kafka.json.v2+json; charset=utf-8", RestV2Body::kJson},
      {"application/vnd.kafka.binary.v2+json", RestV2Body::kBinary},
      {"application/vnd.kafka.v2+json", RestV2Body::kPlain},
      {"APPLICATION/VND.KAFKA.JSON.V2+JSON", RestV2Body::kOther},
      {"application/vnd.kafka.json.v1+json", RestV2Body::kOther},
      {"application/json", RestV2Body::kOther},
      {"garbage", RestV2Body::kNotAType},
      {"a/b c", RestV2Body::kNotAType},
  };
  for (const auto& row : rows) EXPECT_EQ(RestV2BodyOf(row.type), row.want) << *row.type;
}

TEST(RestV2MediaTest, AcceptIsNegotiatedAgainstTheOneTypeOffered) {
  const auto negotiate = [](std::optional<std::string_view> accept) {
    return NegotiateRestV2(accept).value_or("406");
  };
  const std::string v2(kRestV2Type);
  EXPECT_EQ(negotiate({}), v2);
  for (const auto* accept :
       {"", "*/*", "*", "application/*", "application/vnd.kafka.v2+json", "foo/bar;q=1, */*;q=0.1",
        "application/vnd.kafka.v2+json, application/vnd.kafka+json, "
        "application/json"}) {
    EXPECT_EQ(negotiate(accept), v2) << accept;
  }
  for (const auto* accept : {"text/plain", "application/json", "garbage", "*/*;q=0",
                             "application/vnd.kafka.json.v2+json", "application/json;q=x"}) {
    EXPECT_EQ(negotiate(accept), "406") << accept;
  }
  EXPECT_EQ(negotiate("application/vnd.kafka.v2+json; charset=utf-8"), v2 + ";charset=utf-8");
  EXPECT_EQ(TypeOfUnsupported("*/*"), "application/json");
  EXPECT_EQ(TypeOfUnsupported("application/vnd.kafka.v2+json"), v2);
}

}  // namespace
}  // namespace pinlake
