// A value that must not be shown: passwords, keys, tokens.
#pragma once

#include <string>
#include <utility>

namespace pinlake {

/// Text that no log line, message or dump may hold. It has no formatter and no stream operator, so
/// showing it takes a visible reveal().
class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string text) : text_(std::move(text)) {}

  /// For the one place that sends or compares it.
  const std::string& reveal() const { return text_; }
  bool empty() const { return text_.empty(); }
  bool operator==(const Secret&) const = default;

 private:
  std::string text_;
};

}  // namespace pinlake
