#include "http/response_parser.h"

#include <gtest/gtest.h>

namespace pinlake {
namespace {

Result<ClientResponse> ParseIn(std::string_view bytes, size_t step, bool no_body = false,
                               ResponseLimits limits = {}) {
  ResponseParser parser(no_body, limits);
  for (size_t at = 0; at < bytes.size() && !parser.done();) {
    const auto taken = parser.Feed(bytes.substr(at, step));
    if (!taken) return Fail(taken.error());
    at += *taken;
  }
  if (!parser.done()) RETURN_IF_ERROR(parser.Close());
  return parser.Take();
}

TEST(ResponseParserTest, AnyCutOfTheBytesGivesTheSameAnswer) {
  const std::string_view answers[] = {
      "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nETag: \"x\"\r\n\r\nhello",
      "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
      "3;a=b\r\nhel\r\n2\r\nlo\r\n0\r\nX: y\r\n\r\n",
      "HTTP/1.0 200\r\n\r\nhello"};
  for (const std::string_view answer : answers) {
    for (size_t step = 1; step <= answer.size(); ++step) {
      const auto parsed = ParseIn(answer, step);
      ASSERT_TRUE(parsed) << parsed.error().message();
      EXPECT_EQ(parsed->status, 200);
      EXPECT_EQ(parsed->body, "hello");
    }
  }
}

TEST(ResponseParserTest, FindsFieldsWithoutRegardToCase) {
  const auto parsed =
      ParseIn("HTTP/1.1 200 OK\r\nX-Amz-Id:  a b \r\nContent-Length: 0\r\n\r\n", 99);
  EXPECT_EQ(parsed->fields.Find("x-amz-ID"), "a b");
  EXPECT_FALSE(parsed->fields.Find("x-amz"));
}

TEST(ResponseParserTest, AnAnswerWithoutABodyEndsAfterItsHead) {
  EXPECT_TRUE(ParseIn("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n", 7, /*no_body=*/true));
  EXPECT_TRUE(ParseIn("HTTP/1.1 204 No\r\n\r\n", 7));
  EXPECT_TRUE(ParseIn("HTTP/1.1 304 Not\r\nContent-Length: 9\r\n\r\n", 7));
}

TEST(ResponseParserTest, LeavesTheBytesOfTheNextAnswer) {
  ResponseParser parser(false, {});
  EXPECT_EQ(parser.Feed("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\naHTTP"), 39u);
  EXPECT_TRUE(parser.keep_alive());
}

TEST(ResponseParserTest, KnowsWhenTheConnectionEnds) {
  for (const char* head : {"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n",
                           "HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n"}) {
    ResponseParser parser(false, {});
    ASSERT_TRUE(parser.Feed(head));
    EXPECT_TRUE(parser.done());
    EXPECT_FALSE(parser.keep_alive());
  }
}

TEST(ResponseParserTest, RefusesWhatTwoReadersCouldReadDifferently) {
  for (const char* answer :
       {"HTTP/2 200 OK\r\n\r\n", "HTTP/1.1 2000 OK\r\n\r\n", "HTTP/1.1 99 x\r\n\r\n",
        "garbage\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\na",
        "HTTP/1.1 200 OK\r\nContent-Length: 1, 1\r\n\r\na",
        "HTTP/1.1 200 OK\r\nContent-Length: +1\r\n\r\na",
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\na\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n",
        "HTTP/1.1 200 OK\r\nA : b\r\n\r\n", "HTTP/1.1 200 OK\r\nA: b\r\n c\r\n\r\n",
        "HTTP/1.1 200 OK\r\nA: b\nC: d\r\n\r\n", "HTTP/1.1 101 Switching\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel"}) {
    const auto parsed = ParseIn(answer, 1000);
    ASSERT_FALSE(parsed) << answer;
    EXPECT_EQ(parsed.error().kind(), ErrorKind::kCorruption) << answer;
  }
}

TEST(ResponseParserTest, LimitsHeadAndBody) {
  const ResponseLimits limits{.head_bytes_max = 64, .body_bytes_max = 4};
  const std::string long_head = "HTTP/1.1 200 OK\r\nA: " + std::string(100, 'a') + "\r\n\r\n";
  for (const std::string& answer :
       {long_head, std::string("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"),
        std::string("HTTP/1.1 200 OK\r\n\r\nhello"),
        std::string("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffff\r\n")}) {
    for (const size_t step : {size_t{1}, answer.size()}) {
      const auto parsed = ParseIn(answer, step, false, limits);
      ASSERT_FALSE(parsed) << answer;
      EXPECT_EQ(parsed.error().kind(), ErrorKind::kOutOfSpace);
    }
  }
}

}  // namespace
}  // namespace pinlake
