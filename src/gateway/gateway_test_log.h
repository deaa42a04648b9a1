// The logs that the gateway's tests run on.
#pragma once

#include <array>
#include <memory>
#include <string_view>

#include "base/clock.h"
#include "log/event_log.h"
#include "log/fake/fake_log.h"

namespace pinlake {

enum class TestLogKind { kFake };
inline constexpr std::array kTestLogKinds{TestLogKind::kFake};
inline std::string_view Name(TestLogKind) { return "Fake"; }

class TestLog {
 public:
  explicit TestLog(TestLogKind) {
    FakeLogOptions options;
    options.single_thread = false;
    log_ = std::make_unique<FakeLog>(SystemClock(), options);
  }
  EventLog& log() { return *log_; }

 private:
  std::unique_ptr<EventLog> log_;
};

}  // namespace pinlake
