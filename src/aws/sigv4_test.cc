#include "aws/sigv4.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

namespace pinlake {
namespace {

struct Case {
  std::string name, rules, region, service, date, method, path, query, payload, authorization;
  Credentials credentials;
  HttpFields fields;
};

std::vector<std::string> Words(const std::string& text) {
  std::istringstream in(text);
  return {std::istream_iterator<std::string>(in), {}};
}

void Take(const std::string& line, Case& c) {
  const size_t blank = line.find(' ');
  const std::string what = line.substr(0, blank);
  const std::string value = line.substr(blank + 1);
  if (what == "case") c.name = value;
  if (what == "rules") c.rules = value;
  if (what == "date") c.date = value;
  if (what == "method") c.method = value;
  if (what == "path") c.path = value;
  if (what == "query") c.query = value;
  if (what == "payload") c.payload = value;
  if (what == "authorization") c.authorization = value;
  if (what == "scope") {
    c.region = Words(value).at(0);
    c.service = Words(value).at(1);
  }
  if (what == "keys") {
    const auto keys = Words(value);
    c.credentials.access_key_id = keys.at(0);
    c.credentials.secret_access_key = Secret(keys.at(1));
    if (keys.at(2) != "-") c.credentials.session_token = Secret(keys.at(2));
  }
  if (what == "field") {
    const size_t colon = value.find(": ");
    c.fields.Add(value.substr(0, colon), value.substr(colon + 2));
  }
}

std::vector<Case> LoadCases() {
  std::ifstream file(PINLAKE_SOURCE_DIR "/tests/golden/sigv4/vectors.txt");
  std::vector<Case> cases(1);
  for (std::string line; std::getline(file, line);) {
    if (!line.empty()) {
      Take(line, cases.back());
    } else {
      cases.emplace_back();
    }
  }
  cases.pop_back();
  return cases;
}

std::string Decode(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%') {
      out.push_back(static_cast<char>(std::stoi(std::string(text.substr(i + 1, 2)), nullptr, 16)));
      i += 2;
    } else {
      out.push_back(text[i]);
    }
  }
  return out;
}

QueryParameters ParseQuery(std::string_view query) {
  QueryParameters parameters;
  while (!query.empty()) {
    const std::string_view pair = query.substr(0, query.find('&'));
    const size_t equals = std::min(pair.find('='), pair.size());
    parameters.emplace_back(Decode(pair.substr(0, equals)),
                            Decode(pair.substr(std::min(equals + 1, pair.size()))));
    query.remove_prefix(std::min(pair.size() + 1, query.size()));
  }
  return parameters;
}

/// Milliseconds of "20150830T123600Z".
int64_t ToMs(const std::string& date) {
  using namespace std::chrono;
  const auto number = [&](size_t at, size_t n) { return std::stoi(date.substr(at, n)); };
  const sys_days day = year(number(0, 4)) / number(4, 2) / number(6, 2);
  const auto time = day + hours(number(9, 2)) + minutes(number(11, 2)) + seconds(number(13, 2));
  return duration_cast<milliseconds>(time.time_since_epoch()).count();
}

TEST(SigV4Test, SignsEveryPublishedVector) {
  const std::vector<Case> cases = LoadCases();
  ASSERT_GE(cases.size(), 40u);
  for (Case c : cases) {
    SigV4Signer signer =
        c.rules == "s3" ? SigV4Signer::ForS3(c.region) : SigV4Signer(c.region, c.service, {});
    const std::string query = CanonicalQuery(ParseQuery(c.query));
    signer.Sign(
        c.credentials, ToMs(c.date),
        {.method = c.method, .path = c.path, .query = query, .host = "", .payload_hash = c.payload},
        c.fields);
    EXPECT_EQ(c.fields.Find("authorization"), c.authorization) << c.name;
  }
}

TEST(SigV4Test, TheKeptKeyOfADayIsNotUsedForAnotherSecretOrDay) {
  const Credentials first{"AK", Secret("one"), {}, {}, ""};
  const Credentials second{"AK", Secret("two"), {}, {}, ""};
  const auto sign = [](SigV4Signer& signer, const Credentials& credentials, int64_t ms) {
    HttpFields fields;
    signer.Sign(credentials, ms,
                {.method = "GET", .path = "/", .query = "", .host = "h", .payload_hash = "x"},
                fields);
    return std::string(*fields.Find("Authorization"));
  };
  constexpr int64_t kDayMs = 86'400'000;
  SigV4Signer kept = SigV4Signer::ForS3("r");
  for (const int64_t ms : {kDayMs * 20'000, kDayMs * 20'001}) {
    for (const Credentials& credentials : {first, second, first}) {
      SigV4Signer fresh = SigV4Signer::ForS3("r");
      EXPECT_EQ(sign(kept, credentials, ms), sign(fresh, credentials, ms));
    }
  }
}

TEST(SigV4Test, SignsTheHostUnlessItIsAmongTheFields) {
  SigV4Signer signer = SigV4Signer::ForS3("us-east-1");
  HttpFields fields;
  signer.Sign(
      {"AK", Secret("s"), Secret("token"), {}, ""}, 0,
      {.method = "GET", .path = "/", .query = "", .host = "h:1", .payload_hash = kUnsignedPayload},
      fields);
  EXPECT_THAT(*fields.Find("Authorization"),
              ::testing::HasSubstr(
                  "SignedHeaders=host;x-amz-content-sha256;x-amz-date;x-amz-security-token,"));
  EXPECT_EQ(fields.Find("x-amz-date"), "19700101T000000Z");
  EXPECT_EQ(fields.Find("x-amz-content-sha256"), "UNSIGNED-PAYLOAD");
}

TEST(DigestTest, KnowsThePublishedDigests) {
  EXPECT_EQ(LowerHex(Sha256("")),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(LowerHex(Sha256({"a", "", "bc"})),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  // RFC 4231, cases 2 and 6.
  EXPECT_EQ(LowerHex(HmacSha256("Jefe", "what do ya want for nothing?")),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  EXPECT_EQ(LowerHex(HmacSha256(std::string(131, '\xaa'),
                                "Test Using Larger Than Block-Size Key - Hash Key First")),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
  EXPECT_EQ(Base64(Md5("")), "1B2M2Y8AsgTpgAmY7PhCfg==");
  EXPECT_EQ(Base64(uint32_t{0xc9'94'65'aa}), "yZRlqg==");
}

TEST(DigestTest, EncodesAllButUnreservedCharacters) {
  EXPECT_EQ(UriEncode("aZ0-._~/ +*'(\xc3\xa4%", true), "aZ0-._~/%20%2B%2A%27%28%C3%A4%25");
  EXPECT_EQ(UriEncode("a/b", false), "a%2Fb");
}

}  // namespace
}  // namespace pinlake
