#include "observe/log.h"

#include <unistd.h>

#include <atomic>
#include <ctime>
#include <mutex>

#include "base/clock.h"

namespace pinlake {
namespace {

std::atomic<LogLevel> least_level{LogLevel::kInfo};
std::atomic<LogFormat> log_format{LogFormat::kText};

std::string_view Word(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return "debug";
    case LogLevel::kInfo:
      return "info";
    case LogLevel::kWarn:
      return "warn";
    case LogLevel::kError:
      return "error";
  }
  return "error";
}

std::string Now() {
  const int64_t ms = SystemClock().WallMs();
  const auto seconds = static_cast<std::time_t>(ms / 1000);
  std::tm utc{};
  gmtime_r(&seconds, &utc);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", utc.tm_year + 1900,
                     utc.tm_mon + 1, utc.tm_mday, utc.tm_hour, utc.tm_min, utc.tm_sec, ms % 1000);
}

void AppendQuoted(std::string& out, std::string_view text) {
  out += '"';
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      out += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
    } else {
      out += c;
    }
  }
  out += '"';
}

bool Plain(std::string_view text) {
  if (text.empty()) return false;
  for (const char c : text) {
    if (static_cast<unsigned char>(c) <= 0x20 || c == '"' || c == '=' || c == '\\') return false;
  }
  return true;
}

std::string TextLine(LogLevel level, std::string_view sentence,
                     std::initializer_list<LogField> fields) {
  std::string line = fmt::format("{} {:<5} {}", Now(), Word(level), sentence);
  for (const auto& field : fields) {
    line += ' ';
    line += field.name;
    line += '=';
    if (Plain(field.text)) {
      line += field.text;
    } else {
      AppendQuoted(line, field.text);
    }
  }
  return line += '\n';
}

std::string JsonLine(LogLevel level, std::string_view sentence,
                     std::initializer_list<LogField> fields) {
  std::string line = fmt::format(R"({{"time":"{}","level":"{}","message":)", Now(), Word(level));
  AppendQuoted(line, sentence);
  for (const auto& field : fields) {
    line += ',';
    AppendQuoted(line, field.name);
    line += ':';
    if (field.number && field.text.find_first_of("ni") == std::string::npos) {
      line += field.text;
    } else {
      AppendQuoted(line, field.text);
    }
  }
  return line += "}\n";
}

}  // namespace

void Log(LogLevel level, std::string_view sentence, std::initializer_list<LogField> fields) {
  if (level < least_level.load(std::memory_order_relaxed)) return;
  const std::string line = log_format == LogFormat::kJson ? JsonLine(level, sentence, fields)
                                                          : TextLine(level, sentence, fields);
  // One write, so that lines of several processes on one stderr do not mix. A lost log line is no
  // error of ours.
  [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, line.data(), line.size());
}

void ConfigureLog(LogLevel least, LogFormat format) {
  least_level = least;
  log_format = format;
}

bool LogLimiter::Allow() {
  static std::mutex mutex;
  const std::lock_guard lock(mutex);
  const int64_t now = SystemClock().Steady().count() / 1000;
  if (now < next_ms_) return false;
  next_ms_ = now + every_ms_;
  return true;
}

}  // namespace pinlake
