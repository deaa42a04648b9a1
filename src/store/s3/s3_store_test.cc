// The S3 store against a server that answers wrong, late, half or not at all.
#include "store/s3/s3_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <map>
#include <mutex>

#include "tests/support/http_imposter.h"
#include "tests/support/kind_of.h"

namespace pinlake {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using Request = HttpImposter::Request;
using Reply = HttpImposter::Reply;

std::string ErrorXml(std::string_view code, std::string_view more = "") {
  return fmt::format(
      "<?xml version=\"1.0\"?><Error><Code>{}</Code><Message>said so</Message>{}</Error>", code,
      more);
}

Reply Refuse(int status, std::string_view code, std::string_view more = "",
             const std::string& fields = "") {
  return {HttpImposter::Answer(status, ErrorXml(code, more), fields)};
}

/// A bucket of objects behind HTTP, with a script of faults in front.
class S3Imposter {
 public:
  enum class Fault { kNone, kSlowDown, kInternal, kBadGateway, kCut, kDoneAndCut, kHalf };

  S3Imposter() : server_([this](const Request& request) { return Serve(request); }) {}

  /// The faults of the next requests, one each.
  void Script(std::vector<Fault> faults) { faults_ = std::move(faults); }
  size_t requests() const { return server_.seen().size(); }
  const HttpImposter& server() const { return server_; }

  S3Store Store(int attempts_max = 4, S3ObjectSettings settings = {}) {
    S3Client::Parts parts{.region = "us-east-1",
                          .retry = {.attempts_max = attempts_max, .backoff = Millis(100)},
                          .clock = &clock};
    parts.location =
        LocateBucket("s3://bkt/pre", server_.url(), "us-east-1", S3Addressing::kAuto).value();
    parts.credentials = std::make_shared<CachedCredentials>(
        StaticCredentials({"AK", Secret("s"), {}, {}, ""}), clock);
    return S3Store(std::move(parts), S3Checksum::kSha256, std::move(settings));
  }
  /// Puts with tags are answered AccessDenied.
  void RefuseTags() { refuses_tags_ = true; }

  ManualClock clock;

 private:
  Fault NextFault() {
    std::lock_guard lock(mutex_);
    if (faults_.empty()) return Fault::kNone;
    const Fault fault = faults_.front();
    faults_.erase(faults_.begin());
    return fault;
  }

  Reply Serve(const Request& request) {
    switch (NextFault()) {
      case Fault::kNone:
        return Do(request);
      case Fault::kSlowDown:
        return Refuse(503, "SlowDown");
      case Fault::kInternal:
        return Refuse(500, "InternalError");
      case Fault::kBadGateway:
        return {HttpImposter::Answer(502, "<html>bad gateway</html>")};
      case Fault::kCut:
        return {"", true};
      case Fault::kDoneAndCut:
        Do(request);
        return {"", true};
      case Fault::kHalf:
        Do(request);
        return {"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhal", true};
    }
    return {};
  }

  Reply Do(const Request& request) {
    std::lock_guard lock(mutex_);
    if (request.method == "PUT") {
      if (refuses_tags_ && request.head.find("x-amz-tagging") != std::string::npos)
        return Refuse(403, "AccessDenied");
      const bool conditional = request.head.find("If-None-Match: *") != std::string::npos;
      if (conditional && objects_.contains(request.target))
        return Refuse(412, "PreconditionFailed");
      objects_[request.target] = request.body;
      return {HttpImposter::Answer(200, "", "ETag: \"e\"\r\n")};
    }
    if (request.method == "DELETE") return {HttpImposter::Answer(204, "")};
    const auto at = objects_.find(request.target);
    if (at == objects_.end()) return Refuse(404, "NoSuchKey");
    return {HttpImposter::Answer(200, at->second)};
  }

  std::atomic<bool> refuses_tags_{false};
  std::mutex mutex_;
  std::vector<Fault> faults_;
  std::map<std::string, std::string> objects_;
  HttpImposter server_;
};

using Fault = S3Imposter::Fault;
const ObjectKey kKey("k");

TEST(S3StoreTest, RepeatsAConditionalPutOnlyWhenItWasNotDone) {
  S3Imposter s3;
  auto store = s3.Store();
  s3.Script({Fault::kSlowDown, Fault::kSlowDown});
  ASSERT_TRUE(store.PutIfAbsent(kKey, "x", {}));
  EXPECT_EQ(s3.requests(), 3u);
}

TEST(S3StoreTest, PutsWithoutTagsWhereTheyAreRefusedAndNotRequired) {
  S3Imposter s3;
  s3.RefuseTags();
  auto store = s3.Store();
  EXPECT_EQ(KindOf(store.PutIfAbsent(kKey, "x", {.tags = {{"a", "b"}}, .tags_required = true})),
            ErrorKind::kPermissionDenied);
  ASSERT_TRUE(store.PutIfAbsent(kKey, "x", {.tags = {{"a", "b"}}}));
  EXPECT_EQ(s3.requests(), 3u);
  // It is not tried again with each object, and an existing object stays what it is.
  EXPECT_EQ(KindOf(store.PutIfAbsent(kKey, "y", {.tags = {{"a", "b"}}})),
            ErrorKind::kAlreadyExists);
  EXPECT_EQ(s3.requests(), 4u);
  EXPECT_EQ(store.Get(kKey).value(), "x");
}

TEST(S3StoreTest, SendsTheCustomersKeyWithWhatWritesAndReadsAndOnlyThen) {
  S3Imposter s3;
  auto store = s3.Store(1, {.encryption = "AES256",
                            .customer_key = Secret("MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="),
                            .acl = "private"});
  ASSERT_TRUE(store.PutIfAbsent(kKey, "x", {}));
  ASSERT_TRUE(store.Head(kKey));
  ASSERT_TRUE(store.Get(kKey));
  ASSERT_TRUE(store.Delete(kKey));
  constexpr const char* kField = "x-amz-server-side-encryption-customer-key: ";
  const auto seen = s3.server().seen();
  ASSERT_EQ(seen.size(), 4u);
  for (size_t i = 0; i < 3; ++i) EXPECT_THAT(seen[i].head, HasSubstr(kField)) << seen[i].method;
  EXPECT_THAT(seen[0].head, HasSubstr("x-amz-acl: private"));
  EXPECT_THAT(seen[1].head, Not(HasSubstr("x-amz-acl")));
  EXPECT_THAT(seen[3].head, Not(HasSubstr(kField)));
}

TEST(S3StoreTest, LeavesAnAmbiguousConditionalPutToTheCaller) {
  for (const Fault fault :
       {Fault::kInternal, Fault::kBadGateway, Fault::kCut, Fault::kDoneAndCut, Fault::kHalf}) {
    S3Imposter s3;
    auto store = s3.Store();
    s3.Script({fault});
    EXPECT_EQ(KindOf(store.PutIfAbsent(kKey, "x", {})), ErrorKind::kUnknownOutcome);
    EXPECT_EQ(s3.requests(), 1u);
  }
}

// The connection is kept from the first put: the client may not repeat on its own either.
TEST(S3StoreTest, LeavesAnAmbiguousConditionalPutOverAKeptConnectionToTheCaller) {
  S3Imposter s3;
  auto store = s3.Store();
  ASSERT_TRUE(store.PutIfAbsent(ObjectKey("first"), "x", {}));
  s3.Script({Fault::kDoneAndCut});
  EXPECT_EQ(KindOf(store.PutIfAbsent(kKey, "x", {})), ErrorKind::kUnknownOutcome);
  EXPECT_EQ(s3.requests(), 2u);
  EXPECT_EQ(store.Get(kKey).value(), "x");
}

TEST(S3StoreTest, RepeatsWhatMayBeDoneTwice) {
  for (const Fault fault : {Fault::kSlowDown, Fault::kInternal, Fault::kBadGateway, Fault::kCut,
                            Fault::kDoneAndCut, Fault::kHalf}) {
    S3Imposter s3;
    auto store = s3.Store();
    s3.Script({fault, fault});
    ASSERT_TRUE(store.Put(kKey, "x", {}));
    s3.Script({fault, fault});
    EXPECT_EQ(store.Get(kKey).value(), "x");
    s3.Script({fault, fault});
    EXPECT_TRUE(store.Delete(kKey));
  }
}

TEST(S3StoreTest, EndsAfterItsAttemptsAndSaysHowMany) {
  S3Imposter s3;
  auto store = s3.Store(3);
  s3.Script(std::vector(10, Fault::kSlowDown));
  const auto put = store.PutIfAbsent(kKey, "x", {});
  EXPECT_EQ(KindOf(put), ErrorKind::kThrottled);
  EXPECT_THAT(
      put.error().message(),
      HasSubstr("after 3 attempts: PUT s3://bkt/pre/k: the server answered 503 SlowDown: said so"));
  EXPECT_EQ(s3.requests(), 3u);
}

TEST(S3StoreTest, WaitsLongerAndLongerBetweenAttempts) {
  S3Imposter s3;
  auto store = s3.Store(10);
  s3.Script(std::vector(9, Fault::kSlowDown));
  const Micros before = s3.clock.Steady();
  ASSERT_TRUE(store.PutIfAbsent(kKey, "x", {}));
  // Full jitter: 0 to 100, 200, 400, 800, 1,600, 3,200, 5,000, 5,000, 5,000 ms.
  EXPECT_LE(s3.clock.Steady() - before, Millis(21'300));
  EXPECT_GT(s3.clock.Steady() - before, Millis(100));
}

TEST(S3StoreTest, SendsWhatAConditionalPutNeeds) {
  S3Imposter s3;
  auto store = s3.Store();
  ASSERT_TRUE(store.PutIfAbsent(
      ObjectKey("a b/c+0"), "body",
      {.metadata = {{"pinlake-first", "7"}}, .content_type = "application/json"}));
  const Request put = s3.server().seen().at(0);
  EXPECT_EQ(put.target, "/bkt/pre/a%20b/c%2B0");
  EXPECT_EQ(put.body, "body");
  EXPECT_THAT(
      put.head,
      AllOf(
          HasSubstr("\r\nIf-None-Match: *\r\n"), HasSubstr("\r\nx-amz-meta-pinlake-first: 7\r\n"),
          HasSubstr("\r\nContent-Type: application/json\r\n"),
          HasSubstr("\r\nContent-Length: 4\r\n"),
          HasSubstr("SignedHeaders=content-type;host;if-none-match;x-amz-content-sha256;x-amz-date;"
                    "x-amz-meta-pinlake-first,")));
}

TEST(S3StoreTest, AWrongRegionIsNamed) {
  HttpImposter server([](const Request&) {
    return Refuse(301, "PermanentRedirect", "", "x-amz-bucket-region: eu-west-1\r\n");
  });
  ManualClock clock;
  S3Client::Parts parts{.region = "us-east-1", .clock = &clock};
  parts.location = LocateBucket("s3://bkt", server.url(), "us-east-1", S3Addressing::kAuto).value();
  parts.credentials = std::make_shared<CachedCredentials>(
      StaticCredentials({"AK", Secret("s"), {}, {}, ""}), clock);
  S3Store store(std::move(parts), S3Checksum::kSha256);
  const auto put = store.PutIfAbsent(kKey, "x", {});
  EXPECT_EQ(KindOf(put), ErrorKind::kInvalidArgument);
  EXPECT_THAT(
      put.error().message(),
      HasSubstr(
          "bucket bkt is in region eu-west-1, not us-east-1; set store.region (in a connector "
          "file s3.region) to eu-west-1"));
}

TEST(S3StoreTest, ACompletionThatFailsBehindA200IsAFailure) {
  for (const auto& [body, kind] :
       {std::pair{ErrorXml("InternalError"), ErrorKind::kUnknownOutcome},
        std::pair{ErrorXml("PreconditionFailed"), ErrorKind::kAlreadyExists},
        std::pair{ErrorXml("SlowDown"), ErrorKind::kThrottled},
        std::pair{std::string("<html>"), ErrorKind::kUnknownOutcome}}) {
    HttpImposter server([&](const Request&) { return Reply{HttpImposter::Answer(200, body)}; });
    ManualClock clock;
    S3Client::Parts parts{.region = "us-east-1", .clock = &clock};
    parts.location =
        LocateBucket("s3://bkt", server.url(), "us-east-1", S3Addressing::kAuto).value();
    parts.credentials = std::make_shared<CachedCredentials>(
        StaticCredentials({"AK", Secret("s"), {}, {}, ""}), clock);
    S3Store store(std::move(parts), S3Checksum::kSha256);
    EXPECT_EQ(KindOf(store.CompleteMultipart({kKey, "u", 0}, {{1, "e"}}, true)), kind);
  }
}

/// Gives another key each time it is asked.
class Rotating final : public CredentialsProvider {
 public:
  Result<Credentials> Get(std::stop_token) override {
    return Credentials{fmt::format("AK{}", ++asked_), Secret("s"), Secret("token"), {}, ""};
  }

 private:
  int asked_ = 0;
};

TEST(S3StoreTest, AsksForNewCredentialsOnceWhenTheTokenHasExpired) {
  HttpImposter server([](const Request& request) {
    if (request.head.find("Credential=AK2/") != std::string::npos)
      return Reply{HttpImposter::Answer(200, "")};
    return Refuse(400, "ExpiredToken");
  });
  ManualClock clock;
  S3Client::Parts parts{.region = "us-east-1", .clock = &clock};
  parts.location = LocateBucket("s3://bkt", server.url(), "us-east-1", S3Addressing::kAuto).value();
  parts.credentials = std::make_shared<CachedCredentials>(std::make_unique<Rotating>(), clock);
  S3Store store(std::move(parts), S3Checksum::kSha256);
  EXPECT_TRUE(store.PutIfAbsent(kKey, "x", {}));
  EXPECT_EQ(server.seen().size(), 2u);
}

TEST(S3StoreTest, AServerThatIgnoresRangesIsCutToThem) {
  S3Imposter s3;
  auto store = s3.Store();
  ASSERT_TRUE(store.Put(kKey, "0123456789", {}));
  EXPECT_EQ(store.Get(kKey, 2, 3).value(), "234");
  EXPECT_EQ(store.Get(kKey, 20, 3).value(), "");
}

TEST(S3StoreTest, AStopEndsTheWaitBetweenAttempts) {
  S3Imposter s3;
  s3.Script({Fault::kSlowDown});
  std::stop_source stop;
  stop.request_stop();
  S3Client::Parts parts{.region = "r", .clock = &s3.clock, .stop = stop.get_token()};
  parts.location = LocateBucket("s3://bkt", s3.server().url(), "r", S3Addressing::kAuto).value();
  parts.credentials = std::make_shared<CachedCredentials>(
      StaticCredentials({"AK", Secret("s"), {}, {}, ""}), s3.clock);
  S3Store store(std::move(parts), S3Checksum::kSha256);
  EXPECT_EQ(KindOf(store.PutIfAbsent(kKey, "x", {})), ErrorKind::kCancelled);
}

}  // namespace
}  // namespace pinlake
