// The S3 store against real servers. Run by
//   tests/services/run.py versitygw -- build/release/tests_bin/store_integration_test
// (with `versitygw minio` on both).
#include <cstdlib>

#include "base/rng.h"
#include "store/open_store.h"
#include "store/s3/s3_store.h"
#include "tests/contract/object_store_contract.h"
#include "tests/support/http_imposter.h"

namespace pinlake {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

std::string Variable(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  return value != nullptr ? value : "";
}

/// The server whose variables start with \p server, in a fresh place of its bucket.
StoreOptions OptionsOf(const std::string& server) {
  return {.url = fmt::format("s3://{}/{}", Variable(server + "_BUCKET"), Rng::FromSystem().Uuid()),
          .endpoint = Variable(server + "_ENDPOINT"),
          .region = Variable(server + "_REGION"),
          .access_key_id = Variable(server + "_ACCESS_KEY"),
          .secret_access_key = Secret(Variable(server + "_SECRET_KEY")),
          .retry_backoff = Millis(1)};
}

std::unique_ptr<ObjectStore> Open(const StoreOptions& options) {
  auto store = OpenStore(options);
  EXPECT_TRUE(store) << store.error().message();
  return store ? std::move(*store) : nullptr;
}

std::vector<StoreMaker> Servers() {
  std::vector<StoreMaker> servers;
  for (const std::string server : {"PINLAKE_TEST_S3", "PINLAKE_TEST_MINIO"}) {
    if (Variable(server + "_ENDPOINT").empty()) continue;
    for (const S3Checksum checksum : {S3Checksum::kSha256, S3Checksum::kCrc32c, S3Checksum::kMd5}) {
      constexpr const char* kNames[] = {"sha256", "crc32c", "md5"};
      servers.push_back({fmt::format("{}_{}", server, kNames[static_cast<int>(checksum)]),
                         [=] {
                           StoreOptions options = OptionsOf(server);
                           options.checksum = checksum;
                           return Open(options);
                         },
                         // versitygw's objects are files of a directory, too.
                         /*keys_are_flat=*/server == "PINLAKE_TEST_MINIO",
                         /*lists_uploads_by_prefix=*/server == "PINLAKE_TEST_S3"});
    }
  }
  return servers;
}

GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(ObjectStoreContract);
INSTANTIATE_TEST_SUITE_P(Servers, ObjectStoreContract, ::testing::ValuesIn(Servers()),
                         [](const auto& maker) { return maker.param.name; });

class S3ServerTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_FALSE(Variable("PINLAKE_TEST_S3_ENDPOINT").empty())
        << "no server; see the top of this file";
    options_ = OptionsOf("PINLAKE_TEST_S3");
  }
  StoreOptions options_;
};

TEST_F(S3ServerTest, SaysThatTheSecretIsWrong) {
  options_.secret_access_key = Secret("wrong");
  const auto store = Open(options_);
  for (const Error& error : {store->CheckReachable().error(), store->Head(ObjectKey("k")).error(),
                             store->PutIfAbsent(ObjectKey("k"), "x", {}).error()}) {
    EXPECT_EQ(error.kind(), ErrorKind::kUnauthenticated) << error.message();
    EXPECT_THAT(error.message(), AllOf(HasSubstr("secret access key is not that of access key " +
                                                 options_.access_key_id),
                                       ::testing::Not(HasSubstr("wrong"))));
  }
}

TEST_F(S3ServerTest, SaysThatTheKeyIsUnknown) {
  options_.access_key_id = "AKIDNOBODY";
  const auto status = Open(options_)->CheckReachable();
  EXPECT_EQ(KindOf(status), ErrorKind::kUnauthenticated) << status.error().message();
  EXPECT_THAT(status.error().message(), HasSubstr("does not know access key AKIDNOBODY"));
}

TEST_F(S3ServerTest, KeepsAMissingBucketApartFromAMissingObject) {
  const auto there = Open(options_);
  EXPECT_THAT(there->Head(ObjectKey("k")).error().message(), HasSubstr("object k: not in s3://"));
  options_.url = "s3://no-such-bucket";
  const auto store = Open(options_);
  for (const Error& error : {store->CheckReachable().error(), store->Head(ObjectKey("k")).error(),
                             store->Get(ObjectKey("k")).error(), store->List("").error(),
                             store->PutIfAbsent(ObjectKey("k"), "x", {}).error()}) {
    EXPECT_EQ(error.kind(), ErrorKind::kNotFound) << error.message();
    EXPECT_THAT(error.message(), HasSubstr("bucket no-such-bucket does not exist"));
  }
}

TEST_F(S3ServerTest, ARefusedConnectionIsUnavailable) {
  options_.endpoint = HttpImposter([](const auto&) { return HttpImposter::Reply{}; }).url();
  options_.attempts_max = 2;
  const auto put = Open(options_)->PutIfAbsent(ObjectKey("k"), "x", {});
  EXPECT_EQ(KindOf(put), ErrorKind::kUnavailable);
  EXPECT_THAT(put.error().message(),
              AllOf(HasSubstr("after 2 attempts"), HasSubstr("Connection refused")));
}

/// A clock that is off.
class SkewedClock final : public Clock {
 public:
  int64_t WallMs() override { return SystemClock().WallMs() - 3'600'000; }
  Micros Steady() override { return SystemClock().Steady(); }
  bool SleepFor(Millis span, std::stop_token stop) override {
    return SystemClock().SleepFor(span, stop);
  }
};

TEST_F(S3ServerTest, NamesTheSkewOfTheClock) {
  SkewedClock clock;
  S3Client::Parts parts{.region = options_.region, .clock = &clock};
  parts.location =
      LocateBucket(options_.url, options_.endpoint, options_.region, S3Addressing::kAuto).value();
  parts.credentials = std::make_shared<CachedCredentials>(
      StaticCredentials({options_.access_key_id, options_.secret_access_key, {}, {}, ""}), clock);
  S3Store store(std::move(parts), S3Checksum::kSha256);
  const auto put = store.PutIfAbsent(ObjectKey("k"), "x", {});
  EXPECT_EQ(KindOf(put), ErrorKind::kUnauthenticated) << put.error().message();
  EXPECT_THAT(
      put.error().message(),
      ::testing::ContainsRegex("clock is off, (3599|3600|3601) seconds behind the server's"));
}

TEST_F(S3ServerTest, PutsFromManyThreadsOverKeptConnections) {
  const auto store = Open(options_);
  std::atomic<int> failed{0};
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 16; ++t) {
      threads.emplace_back([&, t] {
        for (int i = 0; i < 20; ++i) {
          if (!store->PutIfAbsent(ObjectKey(fmt::format("t/{}/{}", t, i)), "x", {})) ++failed;
        }
      });
    }
  }
  EXPECT_EQ(failed, 0);
  EXPECT_EQ(store->List("t/")->objects.size(), 320u);
}

}  // namespace
}  // namespace pinlake
