// The logs that the gateway's tests run on.
#pragma once

#include <chrono>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/byte_budget.h"
#include "base/clock.h"
#include "base/disk.h"
#include "log/embedded/embedded_log.h"
#include "log/fake/fake_log.h"
#include "log/kafka/kafka_log.h"

namespace pinlake {

enum class TestLogKind { kFake, kEmbedded, kKafka };
inline constexpr const char* kTestKafka = "PINLAKE_TEST_KAFKA";  ///< host:port
/// The broker that tests/services/run.py started, if it did; else the logs that need none.
inline std::vector<TestLogKind> TestLogKinds() {
  if (std::getenv(kTestKafka) != nullptr) return {TestLogKind::kKafka};
  return {TestLogKind::kFake, TestLogKind::kEmbedded};
}
inline std::string_view Name(TestLogKind kind) {
  switch (kind) {
    case TestLogKind::kFake:
      return "Fake";
    case TestLogKind::kEmbedded:
      return "Embedded";
    case TestLogKind::kKafka:
      return "Kafka";
  }
  return "";
}

/// A log without the caller's topics that does not create any by itself; gone with its files when
/// destroyed.
class TestLog {
 public:
  explicit TestLog(TestLogKind kind) {
    if (kind == TestLogKind::kFake) {
      FakeLogOptions options;
      options.single_thread = false;
      log_ = std::make_unique<FakeLog>(SystemClock(), options);
      return;
    }
    if (kind == TestLogKind::kKafka) {
      auto opened = KafkaLog::Open({.common = {{"bootstrap.servers", std::getenv(kTestKafka)}}});
      CHECK(opened.has_value(), "a log opens without a broker");
      log_ = std::move(*opened);
      return;
    }
    std::string pattern = "/tmp/pinlake_gateway_test_XXXXXX";
    directory_ = ::mkdtemp(pattern.data());
    EmbeddedLogOptions options;
    options.dir = directory_;
    options.auto_create = false;
    options.segment_bytes = 16 << 20;
    auto opened = EmbeddedLog::Open(options, RealDisk(), SystemClock());
    CHECK(opened.has_value(), "a log opens in a new directory");
    log_ = std::move(*opened);
  }
  ~TestLog() {
    log_.reset();
    if (!directory_.empty()) (void)RealDisk().RemoveTree(directory_);
  }
  TestLog(const TestLog&) = delete;

  EventLog& log() { return *log_; }

 private:
  std::string directory_;
  std::unique_ptr<EventLog> log_;
};

/// The log's thread gives a request's bytes back just after it has said that they are durable: true
/// once all are back.
inline bool ComesToNothing(const ByteBudget& budget) {
  const auto patience = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (budget.used() != 0 && std::chrono::steady_clock::now() < patience) {
    std::this_thread::yield();
  }
  return budget.used() == 0;
}

}  // namespace pinlake
