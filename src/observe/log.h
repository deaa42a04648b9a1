// Structured logs on stderr: a fixed sentence, then fields by their vocabulary names.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <type_traits>

#include "base/result.h"

namespace pinlake {

enum class LogLevel { kDebug, kInfo, kWarn, kError };
enum class LogFormat { kText, kJson };

/// A field of a log line.
struct LogField {
  std::string_view name;
  std::string text;
  bool number = false;
};

inline LogField F(std::string_view name, std::string_view value) {
  return {name, std::string(value), false};
}
inline LogField F(std::string_view name, const char* value) { return {name, value, false}; }
inline LogField F(std::string_view name, const std::string& value) { return {name, value, false}; }
template <typename T>
requires std::is_arithmetic_v<T> LogField F(std::string_view name, T value) {
  return {name, fmt::format("{}", value), true};
}
inline LogField F(std::string_view name, const Error& error) {
  return {name, error.message(), false};
}

/// Writes one line if \p level is at least the configured one. Thread-safe; a line is written
/// whole.
void Log(LogLevel level, std::string_view sentence, std::initializer_list<LogField> fields);

template <typename... Fields>
void LogDebug(std::string_view sentence, Fields&&... fields) {
  Log(LogLevel::kDebug, sentence, {fields...});
}
template <typename... Fields>
void LogInfo(std::string_view sentence, Fields&&... fields) {
  Log(LogLevel::kInfo, sentence, {fields...});
}
/// Unexpected, nothing lost.
template <typename... Fields>
void LogWarn(std::string_view sentence, Fields&&... fields) {
  Log(LogLevel::kWarn, sentence, {fields...});
}
/// Data lost or a person is needed.
template <typename... Fields>
void LogError(std::string_view sentence, Fields&&... fields) {
  Log(LogLevel::kError, sentence, {fields...});
}

/// Set once at start.
void ConfigureLog(LogLevel least, LogFormat format);

/// Fires at most once in \p every_ms: for lines that a fault could repeat without end. Thread-safe.
class LogLimiter {
 public:
  explicit LogLimiter(int64_t every_ms) : every_ms_(every_ms) {}
  bool Allow();

 private:
  const int64_t every_ms_;
  int64_t next_ms_ = 0;
};

}  // namespace pinlake
