#include "http/client.h"

#include <gtest/gtest.h>

#include <barrier>
#include <latch>
#include <thread>

#include "tests/support/http_imposter.h"

namespace pinlake {
namespace {

using Request = HttpImposter::Request;
using Reply = HttpImposter::Reply;

Reply Ok(const Request& request) { return {HttpImposter::Answer(200, request.body)}; }

ClientRequest Post(std::vector<std::string_view> body) {
  return {.method = "POST", .target = "/t", .body = std::move(body)};
}

TEST(HttpClientTest, SendsThePiecesOfABodyInOrderAndReadsTheAnswer) {
  HttpImposter server(Ok);
  HttpClient client({.user_agent = "pinlake/test"});
  ClientRequest request = Post({"ab", "", "c"});
  request.fields.Add("X-Name", "value");
  const auto answer = client.Send(server.origin(), request);
  ASSERT_TRUE(answer) << answer.error().message();
  EXPECT_EQ(answer->status, 200);
  EXPECT_EQ(answer->body, "abc");
  EXPECT_EQ(
      server.seen()[0].head,
      fmt::format("POST /t HTTP/1.1\r\nHost: {}\r\nX-Name: value\r\nUser-Agent: pinlake/test\r\n"
                  "Content-Length: 3\r\n\r\n",
                  server.origin().HostField()));
}

TEST(HttpClientTest, KeepsAndReusesItsConnection) {
  HttpImposter server(Ok);
  HttpClient client({});
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(client.Send(server.origin(), Post({"x"})));
  EXPECT_EQ(server.connections(), 1);
  EXPECT_EQ(client.idle_connections(), 1u);
}

TEST(HttpClientTest, AStatusIsAnAnswerNotAnError) {
  HttpImposter server([](const Request&) { return Reply{HttpImposter::Answer(503, "busy")}; });
  HttpClient client({});
  EXPECT_EQ(client.Send(server.origin(), {})->status, 503);
}

TEST(HttpClientTest, ReplacesAKeptConnectionThatTheServerClosed) {
  HttpImposter server([](const Request& r) {
    return Reply{HttpImposter::Answer(200, r.body), true};
  });
  HttpClient client({});
  // The close may arrive after the next request went out: that one may only be sent again if it is
  // repeatable.
  ClientRequest request = Post({"x"});
  request.repeatable = true;
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(client.Send(server.origin(), request));
  EXPECT_EQ(server.connections(), 3);
}

// The second request of a connection is read and then answered by a cut.
Reply CutTheSecond(const Request& request) {
  if (request.number_on_connection > 0) return {"", true};
  return Ok(request);
}

TEST(HttpClientTest, DoesNotRepeatWhatMayHaveBeenExecuted) {
  HttpImposter server(CutTheSecond);
  HttpClient client({});
  ASSERT_TRUE(client.Send(server.origin(), Post({"1"})));
  const auto second = client.Send(server.origin(), Post({"2"}));
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().kind(), ErrorKind::kUnknownOutcome);
  EXPECT_EQ(server.seen().size(), 2u);
}

TEST(HttpClientTest, RepeatsOnceWhatMayBeExecutedTwice) {
  HttpImposter server(CutTheSecond);
  HttpClient client({});
  ASSERT_TRUE(client.Send(server.origin(), Post({"1"})));
  ClientRequest put{.method = "PUT", .body = {"2"}, .repeatable = true};
  EXPECT_TRUE(client.Send(server.origin(), put));
  ASSERT_TRUE(client.Send(server.origin(), {}));
  EXPECT_EQ(server.seen().size(), 5u);
}

TEST(HttpClientTest, ACutOnAFreshConnectionIsReported) {
  HttpImposter server([](const Request&) { return Reply{"", true}; });
  HttpClient client({});
  EXPECT_EQ(client.Send(server.origin(), Post({"x"})).error().kind(), ErrorKind::kUnknownOutcome);
  EXPECT_EQ(client.Send(server.origin(), {}).error().kind(), ErrorKind::kUnavailable);
  EXPECT_EQ(server.seen().size(), 2u);
}

TEST(HttpClientTest, HalfAnAnswerIsAnUnknownOutcome) {
  HttpImposter server([](const Request&) {
    return Reply{"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel", true};
  });
  HttpClient client({});
  EXPECT_EQ(client.Send(server.origin(), Post({"x"})).error().kind(), ErrorKind::kUnknownOutcome);
}

TEST(HttpClientTest, ARefusedConnectionIsUnavailableAndNamesTheServer) {
  HttpOrigin gone;
  { gone = HttpImposter(Ok).origin(); }
  HttpClient client({});
  const auto answer = client.Send(gone, Post({"x"}));
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().kind(), ErrorKind::kUnavailable);
  EXPECT_EQ(answer.error().message(),
            fmt::format("connect to {}: Connection refused", gone.Text()));
}

TEST(HttpClientTest, AnUnknownHostIsUnavailable) {
  HttpClient client({});
  const HttpOrigin nowhere{.host = "no-such-host.invalid", .port = 80};
  EXPECT_EQ(client.Send(nowhere, {}).error().kind(), ErrorKind::kUnavailable);
}

TEST(HttpClientTest, ASilentServerEndsInATimeOut) {
  std::latch over(1);
  HttpImposter server([&](const Request&) {
    over.wait();
    return Reply{"", true};
  });
  HttpClient client({});
  ClientRequest request = Post({"x"});
  request.timeout = Millis(20);
  const auto answer = client.Send(server.origin(), request);
  over.count_down();
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().kind(), ErrorKind::kUnknownOutcome);
}

TEST(HttpClientTest, AStopEndsTheWait) {
  std::latch asked(1);
  std::latch over(1);
  HttpImposter server([&](const Request&) {
    asked.count_down();
    over.wait();
    return Reply{"", true};
  });
  HttpClient client({});
  std::stop_source stop;
  std::jthread stopper([&] {
    asked.wait();
    stop.request_stop();
  });
  const auto answer = client.Send(server.origin(), Post({"x"}), stop.get_token());
  over.count_down();
  EXPECT_EQ(answer.error().kind(), ErrorKind::kCancelled);
}

TEST(HttpClientTest, TakesAnAnswerThatComesBeforeTheBodyIsSent) {
  HttpImposter server(
      [](const Request&) {
        return Reply{HttpImposter::Answer(413, "too much"), true};
      },
      /*answer_early=*/true);
  HttpClient client({});
  const std::string body(64 << 20, 'x');
  const auto answer = client.Send(server.origin(), Post({body}));
  ASSERT_TRUE(answer) << answer.error().message();
  EXPECT_EQ(answer->status, 413);
}

TEST(HttpClientTest, LimitsTheBodyPerRequest) {
  HttpImposter server([](const Request&) { return Reply{HttpImposter::Answer(200, "12345")}; });
  HttpClient client({});
  ClientRequest request{.body_bytes_max = 4};
  EXPECT_EQ(client.Send(server.origin(), request).error().kind(), ErrorKind::kOutOfSpace);
  request.body_bytes_max = 5;
  EXPECT_TRUE(client.Send(server.origin(), request));
}

TEST(HttpClientTest, AFieldCannotBringAnotherField) {
  HttpImposter server(Ok);
  HttpClient client({});
  ClientRequest request;
  request.fields.Add("x", "1\r\nHost: other");
  EXPECT_EQ(client.Send(server.origin(), request).error().kind(), ErrorKind::kInvalidArgument);
  EXPECT_EQ(client.Send(server.origin(), {.target = "/a b"}).error().kind(),
            ErrorKind::kInvalidArgument);
}

TEST(HttpClientTest, ServesManyThreadsAtOnce) {
  constexpr int kThreads = 8;
  std::barrier all_here(kThreads);
  HttpImposter server([&](const Request& request) {
    if (request.number_on_connection == 0) all_here.arrive_and_wait();
    return Ok(request);
  });
  HttpClient client({});
  std::vector<std::jthread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 50; ++i) {
        const std::string text = fmt::format("{}:{}", t, i);
        const auto answer = client.Send(server.origin(), Post({text}));
        ASSERT_TRUE(answer) << answer.error().message();
        EXPECT_EQ(answer->body, text);
      }
    });
  }
  threads.clear();
  EXPECT_EQ(server.connections(), kThreads);
}

}  // namespace
}  // namespace pinlake
