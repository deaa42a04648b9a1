#include "http/server.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

#include "tests/support/raw_http.h"

namespace pinlake {
namespace {

using ::testing::HasSubstr;

// Echoes method, target and body, or does what a test says.
class EchoHandler final : public RequestHandler {
 public:
  std::function<void(ServerRequest, Responder)> instead;

  void OnRequest(ServerRequest request, Responder responder) override {
    if (instead) return instead(std::move(request), std::move(responder));
    Answer answer;
    answer.content_type = "text/plain";
    answer.body =
        fmt::format("{} {} {}", request.head.method(), request.head.target(), request.body.text());
    responder.Send(std::move(answer));
  }
  // Requests for /pieces are handed over as they come; each piece is answered at once.
  bool TakesPieces(const RequestHead& head) override { return head.target() == "/pieces"; }
  std::shared_ptr<BodyReader> OnStreamedRequest(ServerRequest, Responder responder,
                                                BodyValve valve) override {
    struct Echo final : BodyReader {
      explicit Echo(EchoHandler& owner, AnswerStream answers, BodyValve opened)
          : handler(owner), stream(std::move(answers)), valve(std::move(opened)) {}
      bool OnBytes(std::string_view bytes) override {
        stream->Write(fmt::format("<{}>", bytes));
        if (bytes == "stop") stream.reset();
        if (bytes != "wait") return true;
        const std::lock_guard lock(handler.mutex);
        handler.waiting = valve;
        handler.changed.notify_all();
        return false;
      }
      void OnEnd() override {
        if (stream) stream->Write("end");
        stream.reset();
      }
      void OnBroken() override {
        stream.reset();
        const std::lock_guard lock(handler.mutex);
        ++handler.broken;
        handler.changed.notify_all();
      }
      EchoHandler& handler;
      std::optional<AnswerStream> stream;
      BodyValve valve;
    };
    if (refuse_pieces) {
      responder.Send({.status = 403, .body = "no"});
      return nullptr;
    }
    return std::make_shared<Echo>(*this, responder.SendStream({.status = 200}), std::move(valve));
  }
  bool refuse_pieces = false;
  std::mutex mutex;
  std::condition_variable changed;
  std::optional<BodyValve> waiting;
  int broken = 0;

  Answer OnRefused(int status, std::string_view sentence) override {
    Answer answer;
    answer.status = status;
    answer.content_type = "text/plain";
    answer.body = sentence;
    return answer;
  }
};

class HttpServerTest : public ::testing::Test {
 protected:
  HttpServerTest() {
    options_.threads = 2;
    options_.body_bytes_minimum = 0;
  }
  uint16_t Start() {
    auto server = HttpServer::Start(options_, handler_, budget_, metrics_);
    if (!server) {
      ADD_FAILURE() << server.error().message();
      return 0;
    }
    server_ = std::move(*server);
    return server_->port();
  }
  // The answer to bytes on a fresh connection.
  RawAnswer Ask(std::string_view bytes) {
    RawHttp client(server_->port());
    client.Send(bytes);
    return client.Read().value_or(RawAnswer{});
  }

  HttpServerOptions options_;
  EchoHandler handler_;
  ByteBudget budget_{1 << 20};
  MetricsRegistry metrics_;
  std::unique_ptr<HttpServer> server_;
};

TEST_F(HttpServerTest, AnswersARequestWithADateAndALength) {
  Start();
  const auto answer = Ask("POST /a?b=1 HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nxyz");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, "POST /a?b=1 xyz");
  EXPECT_EQ(answer.fields.at("content-type"), "text/plain");
  EXPECT_THAT(answer.fields.at("date"), HasSubstr(" GMT"));
}

TEST_F(HttpServerTest, PipelinedRequestsAreAnsweredInOrderOnOneConnection) {
  RawHttp client(Start());
  std::string requests;
  for (int i = 0; i < 50; ++i) requests += HttpText("POST", fmt::format("/{}", i), "", "body");
  ASSERT_TRUE(client.Send(requests));
  for (int i = 0; i < 50; ++i) {
    const auto answer = client.Read();
    ASSERT_TRUE(answer.has_value());
    EXPECT_EQ(answer->body, fmt::format("POST /{} body", i));
  }
}

TEST_F(HttpServerTest, PipelinedRequestsStayInOrderThoughAnswersComeFromOtherThreads) {
  std::vector<std::jthread> threads;
  std::mutex mutex;
  handler_.instead = [&](ServerRequest request, Responder responder) {
    const std::lock_guard lock(mutex);
    threads.emplace_back(
        [target = std::string(request.head.target()), responder = std::move(responder)]() mutable {
          Answer answer;
          answer.body = target;
          responder.Send(std::move(answer));
        });
  };
  RawHttp client(Start());
  std::string requests;
  for (int i = 0; i < 20; ++i) requests += HttpText("GET", fmt::format("/{}", i), "", {});
  ASSERT_TRUE(client.Send(requests));
  for (int i = 0; i < 20; ++i) EXPECT_EQ(client.Read().value().body, fmt::format("/{}", i));
  server_->Stop(Millis(1000));
}

TEST_F(HttpServerTest, ARequestMayComeByteByByte) {
  RawHttp client(Start());
  for (const char c : std::string("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nab")) {
    ASSERT_TRUE(client.Send(std::string_view(&c, 1)));
  }
  EXPECT_EQ(client.Read().value().body, "POST / ab");
}

TEST_F(HttpServerTest, ChunkedBodiesAreJoinedAndTrailersIgnored) {
  RawHttp client(Start());
  client.Send("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n");
  client.Send("A;x=y\r\n0123456789\r\n0\r\nTrailer: t\r\n\r\n");
  EXPECT_EQ(client.Read().value().body, "POST / abc0123456789");
  EXPECT_EQ(client.Exchange(HttpText("GET", "/next", "", {})).value().body, "GET /next ");
}

TEST_F(HttpServerTest, ContinueIsSentBeforeTheBodyAndNotForOneThatIsTooLarge) {
  options_.body_bytes_max = 1000;
  RawHttp client(Start());
  client.Send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(client.Read().value().status, 100);
  client.Send("abc");
  EXPECT_EQ(client.Read().value().body, "POST / abc");
  const auto large = client.Exchange(
      "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1001\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(large.value().status, 413);
  EXPECT_EQ(Ask("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nExpect: tea\r\n\r\nabc").status,
            417);
}

TEST_F(HttpServerTest, HeadHasALengthAndNoBody) {
  RawHttp client(Start());
  client.Send(HttpText("HEAD", "/", "", {}));
  const auto head = client.Read(true);
  ASSERT_TRUE(head.has_value());
  EXPECT_EQ(head->fields.at("content-length"), "7");
  EXPECT_EQ(client.Exchange(HttpText("GET", "/", "", {})).value().body, "GET / ");
}

TEST_F(HttpServerTest, Http10ClosesUnlessAskedToKeep) {
  Start();
  RawHttp plain(server_->port());
  EXPECT_EQ(plain.Exchange("GET / HTTP/1.0\r\n\r\n").value().body, "GET / ");
  EXPECT_TRUE(plain.AwaitClose());
  RawHttp kept(server_->port());
  EXPECT_EQ(kept.Exchange("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
                .value()
                .fields.at("connection"),
            "keep-alive");
  EXPECT_TRUE(kept.Exchange("GET / HTTP/1.0\r\n\r\n").has_value());
}

TEST_F(HttpServerTest, ConnectionCloseIsKept) {
  RawHttp client(Start());
  EXPECT_EQ(client.Exchange(HttpText("GET", "/", "Connection: close\r\n", {}))
                .value()
                .fields.at("connection"),
            "close");
  EXPECT_TRUE(client.AwaitClose());
}

TEST_F(HttpServerTest, BadFramingIsAnsweredAndTheConnectionClosed) {
  options_.header_bytes_max = 2000;
  options_.body_bytes_max = 1000;
  Start();
  const std::string length = "Content-Length: 3\r\n";
  const std::string chunked = "Transfer-Encoding: chunked\r\n";
  const std::string start = "POST / HTTP/1.1\r\nHost: h\r\n";
  const struct {
    std::string name, bytes;
    int status;
  } rows[] = {
      {"no request at all", "\x16\x03\x01\x02 hello\r\n\r\n", 400},
      {"no version", "GET /\r\n\r\n", 400},
      {"HTTP/2 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505},
      {"HTTP/1.2", "GET / HTTP/1.2\r\nHost: h\r\n\r\n", 505},
      {"no Host", "GET / HTTP/1.1\r\n\r\n", 400},
      {"two Hosts", "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400},
      {"length and coding", start + length + chunked + "\r\n0\r\n\r\n", 400},
      {"coding and length", start + chunked + length + "\r\n0\r\n\r\n", 400},
      {"two lengths", start + length + "Content-Length: 4\r\n\r\nabc", 400},
      {"the same length twice", start + length + length + "\r\nabc", 400},
      {"a list of lengths", start + "Content-Length: 3, 3\r\n\r\nabc", 400},
      {"a signed length", start + "Content-Length: +3\r\n\r\nabc", 400},
      {"a negative length", start + "Content-Length: -3\r\n\r\nabc", 400},
      {"two codings", start + chunked + chunked + "\r\n0\r\n\r\n", 400},
      {"an unknown coding", start + "Transfer-Encoding: gzip\r\n\r\nabc", 501},
      {"chunked and then more", start + "Transfer-Encoding: chunked, gzip\r\n\r\nabc", 501},
      {"more and then chunked", start + "Transfer-Encoding: gzip, chunked\r\n\r\nabc", 501},
      {"a disguised coding", start + "Transfer-Encoding: xchunked\r\n\r\nabc", 501},
      {"blank before the colon", start + "Content-Length : 3\r\n\r\nabc", 400},
      {"a bad chunk size", start + chunked + "\r\nzz\r\nabc\r\n0\r\n\r\n", 400},
      {"a chunk longer than said", start + chunked + "\r\n2\r\nabcd\r\n0\r\n\r\n", 400},
      {"a large head", start + "X: " + std::string(3000, 'x') + "\r\n\r\n", 431},
      {"a head without end", start + "X: " + std::string(3000, 'x'), 431},
      {"a large body", start + "Content-Length: 1001\r\n\r\n", 413},
      {"10 GB", start + "Content-Length: 10737418240\r\n\r\n", 413},
      {"more than 64 bits", start + "Content-Length: 99999999999999999999999\r\n\r\n", 400},
      {"large chunks", start + chunked + "\r\n400\r\n" + std::string(1024, 'x') + "\r\n", 413},
  };
  for (const auto& row : rows) {
    RawHttp client(server_->port());
    const auto answer = client.Exchange(row.bytes);
    ASSERT_TRUE(answer.has_value()) << row.name;
    EXPECT_EQ(answer->status, row.status) << row.name << ": " << answer->body;
    EXPECT_EQ(answer->fields.at("connection"), "close") << row.name;
    EXPECT_TRUE(client.AwaitClose()) << row.name;
  }
  EXPECT_EQ(Ask(HttpText("GET", "/", "", {})).status, 200);
}

TEST_F(HttpServerTest, TheAnswerToALargeBodyIsSeenByAClientThatKeepsSending) {
  options_.body_bytes_max = 100'000;
  RawHttp client(Start());
  client.Send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 500000\r\n\r\n");
  client.Send(std::string(500'000, 'x'));
  EXPECT_EQ(client.Read().value_or(RawAnswer{}).status, 413);
}

TEST_F(HttpServerTest, BodiesCountAgainstTheBudgetUntilTheyAreAnswered) {
  std::vector<std::pair<ServerRequest, Responder>> held;
  std::mutex mutex;
  std::condition_variable came;
  handler_.instead = [&](ServerRequest request, Responder responder) {
    const std::lock_guard lock(mutex);
    held.emplace_back(std::move(request), std::move(responder));
    came.notify_all();
  };
  Start();
  const std::string body(700'000, 'x');
  RawHttp first(server_->port());
  first.Send(HttpText("POST", "/", "", body));
  {
    std::unique_lock lock(mutex);
    came.wait(lock, [&] { return held.size() == 1; });
  }
  EXPECT_GE(budget_.used(), 700'000);
  const auto refused = Ask(HttpText("POST", "/", "", body));
  EXPECT_EQ(refused.status, 429);
  EXPECT_EQ(refused.fields.at("retry-after"), "1");
  held[0].second.Send({.status = 200, .body = "ok"});
  EXPECT_EQ(first.Read().value().body, "ok");
  held.clear();
  EXPECT_EQ(budget_.used(), 0);
  RawHttp again(server_->port());
  again.Send(HttpText("POST", "/", "", body));
  std::unique_lock lock(mutex);
  came.wait(lock, [&] { return held.size() == 1; });
  held.clear();
}

TEST_F(HttpServerTest, WhatAnAnswerOwnsIsKeptUntilThePeerHasTakenIt) {
  std::weak_ptr<int> owner;
  std::atomic<bool> sent = false;
  handler_.instead = [&](ServerRequest, Responder responder) {
    const auto owned = std::make_shared<int>(1);
    owner = owned;
    Answer answer;
    answer.body = std::string(20 << 20, 'x');
    answer.owner = owned;
    responder.Send(std::move(answer));
    sent = true;
  };
  RawHttp client(Start());
  client.Send(HttpText("GET", "/", "Connection: close\r\n", {}));
  while (!sent) std::this_thread::yield();
  EXPECT_FALSE(owner.expired());
  EXPECT_GT(client.ReadAll().size(), 20u << 20);
  server_->Stop(Millis(1000));
  EXPECT_TRUE(owner.expired());
}

TEST_F(HttpServerTest, ALengthAloneTakesNothingFromTheBudget) {
  RawHttp client(Start());
  client.Send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000\r\n\r\n");
  EXPECT_EQ(Ask(HttpText("POST", "/", "", std::string(600'000, 'x'))).status, 200);
}

TEST_F(HttpServerTest, TheMinimumIsLetInThoughOthersHoldTheBudget) {
  options_.body_bytes_minimum = 1000;
  Start();
  const auto others = budget_.TryTake(1 << 20);
  EXPECT_EQ(Ask(HttpText("POST", "/", "", std::string(1000, 'x'))).status, 200);
  EXPECT_EQ(Ask(HttpText("POST", "/", "", std::string(1001, 'x'))).status, 429);
}

TEST_F(HttpServerTest, AClientThatSendsAllOfALargeBodyFirstStillReadsItsRefusal) {
  Start();
  const auto others = budget_.TryTake(1 << 20);
  const std::string body(16 << 20, 'x');
  RawHttp client(server_->port());
  EXPECT_TRUE(client.Send(HttpText("POST", "/", "", body)));
  const auto answer = client.Read();
  ASSERT_TRUE(answer.has_value());
  EXPECT_EQ(answer->status, 429);
  EXPECT_EQ(answer->fields.at("retry-after"), "1");
}

TEST_F(HttpServerTest, SlowHeadsAndBodiesGet408AndIdleConnectionsAreClosed) {
  options_.head_timeout = options_.body_timeout = options_.idle_timeout = Millis(60);
  Start();
  RawHttp idle(server_->port());
  EXPECT_TRUE(idle.AwaitClose());
  RawHttp head(server_->port());
  const auto slow_head = head.Exchange("GET / HTTP/1.1\r\nHo");
  EXPECT_EQ(slow_head.value().status, 408);
  EXPECT_TRUE(head.AwaitClose());
  RawHttp body(server_->port());
  const auto slow_body =
      body.Exchange("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nabc");
  EXPECT_EQ(slow_body.value().status, 408);
  EXPECT_THAT(slow_body->body, HasSubstr("body"));
}

TEST_F(HttpServerTest, AHandlerThatNeverAnswersGives503AndItsLateAnswerIsDropped) {
  options_.answer_timeout = Millis(60);
  std::optional<Responder> held;
  handler_.instead = [&](ServerRequest, Responder responder) {
    held.emplace(std::move(responder));
  };
  RawHttp client(Start());
  EXPECT_EQ(client.Exchange(HttpText("GET", "/", "", {})).value().status, 503);
  held->Send({.status = 200});
  EXPECT_TRUE(client.AwaitClose());
}

TEST_F(HttpServerTest, AnUnansweredRequestGets500) {
  handler_.instead = [](ServerRequest, Responder) {};
  Start();
  EXPECT_EQ(Ask(HttpText("GET", "/", "", {})).status, 500);
}

TEST_F(HttpServerTest, OneConnectionTooManyGets503) {
  options_.connections_max = 1;
  Start();
  RawHttp first(server_->port());
  ASSERT_EQ(first.Exchange(HttpText("GET", "/", "", {})).value().status, 200);
  RawHttp second(server_->port());
  const auto answer = second.Read();
  ASSERT_TRUE(answer.has_value());
  EXPECT_EQ(answer->status, 503);
  EXPECT_EQ(answer->fields.at("retry-after"), "1");
  EXPECT_EQ(first.Exchange(HttpText("GET", "/", "", {})).value().status, 200);
}

TEST_F(HttpServerTest, StreamsAreChunkedAndStopAtTheLimitOfASlowPeer) {
  options_.stream_bytes_max = 100'000;
  std::jthread writer;
  std::atomic<bool> was_full = false;
  handler_.instead = [&](ServerRequest, Responder responder) {
    Answer head;
    head.content_type = "text/event-stream";
    writer = std::jthread([stream = responder.SendStream(std::move(head)), &was_full]() mutable {
      for (int i = 0; i < 2000;) {
        const auto wrote = stream.Write(std::string(10'000, static_cast<char>('a' + i % 26)));
        if (wrote == AnswerStream::Wrote::kClosed) return;
        if (wrote == AnswerStream::Wrote::kOk) {
          ++i;
        } else {
          was_full = true;
          std::this_thread::yield();
        }
      }
    });
  };
  RawHttp client(Start());
  client.Send(HttpText("GET", "/", "", {}));
  while (!was_full) std::this_thread::yield();  // nothing is read until the writer is told to wait
  const auto answer = client.Read();
  ASSERT_TRUE(answer.has_value());
  EXPECT_EQ(answer->fields.at("transfer-encoding"), "chunked");
  ASSERT_EQ(answer->body.size(), 20'000'000u);
  EXPECT_EQ(answer->body[10'000], 'b');
}

TEST_F(HttpServerTest, AStreamLearnsThatItsPeerIsGone) {
  std::mutex mutex;
  std::condition_variable came;
  std::optional<AnswerStream> stream;
  handler_.instead = [&](ServerRequest, Responder responder) {
    const std::lock_guard lock(mutex);
    stream.emplace(responder.SendStream({}));
    came.notify_all();
  };
  {
    RawHttp client(Start());
    client.Send(HttpText("GET", "/", "", {}));
    client.Read(true);
  }
  std::unique_lock lock(mutex);
  came.wait(lock, [&] { return stream.has_value(); });
  while (stream->Write("x") != AnswerStream::Wrote::kClosed) std::this_thread::yield();
  EXPECT_TRUE(stream->closed());
  stream.reset();
}

TEST_F(HttpServerTest, ATakenPortIsRefusedInASentence) {
  options_.port = Start();
  const auto second = HttpServer::Start(options_, handler_, budget_, metrics_);
  ASSERT_FALSE(second.has_value());
  EXPECT_EQ(second.error().kind(), ErrorKind::kConflict);
  EXPECT_EQ(second.error().message(),
            fmt::format("listen on 127.0.0.1:{}: the port is taken by another program; choose "
                        "another, or 0",
                        options_.port));
  options_.host = "192.0.2.1";
  EXPECT_EQ(HttpServer::Start(options_, handler_, budget_, metrics_).error().kind(),
            ErrorKind::kInvalidArgument);
}

TEST_F(HttpServerTest, StopAnswersWhatIsUnderWayAndClosesTheRest) {
  options_.threads = 1;  // so that one connection tells what its loop knows
  std::mutex mutex;
  std::condition_variable came;
  std::optional<Responder> held;
  handler_.instead = [&](ServerRequest, Responder responder) {
    const std::lock_guard lock(mutex);
    held.emplace(std::move(responder));
    came.notify_all();
  };
  Start();
  RawHttp idle(server_->port());
  RawHttp busy(server_->port());
  busy.Send(HttpText("GET", "/", "", {}));
  {
    std::unique_lock lock(mutex);
    came.wait(lock, [&] { return held.has_value(); });
  }
  std::jthread stopper([&] { EXPECT_TRUE(server_->Stop(Millis(10'000))); });
  EXPECT_TRUE(idle.AwaitClose());
  EXPECT_FALSE(RawHttp(server_->port()).Exchange(HttpText("GET", "/", "", {})).has_value());
  held->Send({.status = 200, .body = "late but whole"});
  const auto answer = busy.Read();
  ASSERT_TRUE(answer.has_value());
  EXPECT_EQ(answer->body, "late but whole");
  EXPECT_EQ(answer->fields.at("connection"), "close");
}

TEST_F(HttpServerTest, StopAfterItsDeadlineCutsOffAndSaysSo) {
  std::optional<Responder> held;
  std::mutex mutex;
  std::condition_variable came;
  handler_.instead = [&](ServerRequest, Responder responder) {
    const std::lock_guard lock(mutex);
    held.emplace(std::move(responder));
    came.notify_all();
  };
  Start();
  RawHttp busy(server_->port());
  busy.Send(HttpText("GET", "/", "", {}));
  {
    std::unique_lock lock(mutex);
    came.wait(lock, [&] { return held.has_value(); });
  }
  EXPECT_FALSE(server_->Stop(Millis(20)));
  EXPECT_TRUE(busy.AwaitClose());
  server_.reset();
  held->Send({.status = 200});  // nobody is there: dropped
}

constexpr std::string_view kPieces =
    "POST /pieces HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";

TEST_F(HttpServerTest, ABodyInPiecesIsAnsweredWhileItComes) {
  RawHttp client(Start());
  client.Send(kPieces);
  client.Send("3\r\nabc\r\n");
  ASSERT_TRUE(client.AwaitText("<abc>"));
  client.Send("2\r\nde\r\n");
  ASSERT_TRUE(client.AwaitText("<de>"));
  client.Send("0\r\n\r\nGET /next HTTP/1.1\r\nHost: h\r\n\r\n");
  const auto answer = client.Read();
  ASSERT_TRUE(answer.has_value());
  EXPECT_EQ(answer->body, "<abc><de>end");
  const auto next = client.Read();
  ASSERT_TRUE(next.has_value());
  EXPECT_EQ(next->body, "GET /next ");
}

TEST_F(HttpServerTest, ABodyInPiecesMayHaveALength) {
  RawHttp client(Start());
  client.Send("POST /pieces HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nab");
  ASSERT_TRUE(client.AwaitText("<ab>"));
  client.Send("cde");
  EXPECT_EQ(client.Read().value_or(RawAnswer{}).body, "<ab><cde>end");
}

TEST_F(HttpServerTest, APausedBodyGoesOnWhenItsValveIsOpened) {
  RawHttp client(Start());
  client.Send(kPieces);
  client.Send("4\r\nwait\r\n");
  {
    std::unique_lock lock(handler_.mutex);
    ASSERT_TRUE(handler_.changed.wait_for(lock, std::chrono::seconds(30),
                                          [&] { return handler_.waiting.has_value(); }));
  }
  client.Send("3\r\nabc\r\n0\r\n\r\n");
  handler_.waiting->Open();
  EXPECT_EQ(client.Read().value_or(RawAnswer{}).body, "<wait><abc>end");
  handler_.waiting->Open();  // nobody is there: does nothing
}

TEST_F(HttpServerTest, AnAnswerThatEndsBeforeItsBodyClosesTheConnection) {
  RawHttp client(Start());
  client.Send(kPieces);
  client.Send("4\r\nstop\r\n");
  EXPECT_EQ(client.Read().value_or(RawAnswer{}).body, "<stop>");
  client.CloseSending();
  EXPECT_TRUE(client.AwaitClose());
}

TEST_F(HttpServerTest, APieceRequestMayBeRefusedAtOnce) {
  handler_.refuse_pieces = true;
  RawHttp client(Start());
  client.Send(kPieces);
  const auto answer = client.Read();
  ASSERT_TRUE(answer.has_value());
  EXPECT_EQ(answer->status, 403);
  EXPECT_EQ(answer->fields.at("connection"), "close");
}

TEST_F(HttpServerTest, ABodyThatBreaksOffIsTold) {
  const uint16_t port = Start();
  {
    RawHttp gone(port);
    gone.Send(kPieces);
    gone.Send("3\r\nabc\r\n");
    ASSERT_TRUE(gone.AwaitText("<abc>"));
  }
  RawHttp malformed(port);
  malformed.Send(kPieces);
  malformed.Send("3\r\nabc\r\n");
  ASSERT_TRUE(malformed.AwaitText("<abc>"));
  malformed.Send("zzzz\r\n\r\n\r\n");
  std::unique_lock lock(handler_.mutex);
  EXPECT_TRUE(handler_.changed.wait_for(lock, std::chrono::seconds(30),
                                        [&] { return handler_.broken == 2; }));
}

TEST_F(HttpServerTest, ABodyThatStopsComingIsCutOff) {
  options_.body_timeout = Millis(50);
  RawHttp client(Start());
  client.Send(kPieces);
  client.Send("3\r\nabc\r\n");
  std::unique_lock lock(handler_.mutex);
  EXPECT_TRUE(handler_.changed.wait_for(lock, std::chrono::seconds(30),
                                        [&] { return handler_.broken == 1; }));
}

TEST_F(HttpServerTest, StopEndsBodiesThatAreStillComing) {
  RawHttp client(Start());
  client.Send(kPieces);
  client.Send("3\r\nabc\r\n");
  ASSERT_TRUE(client.AwaitText("<abc>"));
  EXPECT_TRUE(server_->Stop(Millis(20'000)));
  EXPECT_EQ(client.Read().value_or(RawAnswer{}).body, "<abc>end");
}

}  // namespace
}  // namespace pinlake
