// A body of several JSON values, one behind the other, taken apart as it comes.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace pinlake {

/// Finds where objects and arrays end; what they hold is for a parser to judge. White space may
/// stand between them. Keeps at most one unfinished value.
class JsonStreamSplitter {
 public:
  explicit JsonStreamSplitter(size_t value_bytes_max) : value_bytes_max_(value_bytes_max) {}

  /// Adds what is complete to \p values. \return false: something else than an object or an array
  /// begins, or a value is too long or too deep; error() says so, and nothing more is taken.
  bool Feed(std::string_view bytes, std::vector<std::string>* values);
  /// The body is at its end. \return false: in the middle of a value
  bool End();

  const std::string& error() const { return error_; }
  /// The value that was too long: it is refused by another status than broken syntax.
  bool too_long() const { return too_long_; }
  size_t held_bytes() const { return value_.size(); }

 private:
  bool Wrong(std::string what);

  const size_t value_bytes_max_;
  std::string value_;  // begun
  size_t depth_ = 0;
  bool in_string_ = false, escaped_ = false, too_long_ = false;
  std::string error_;
};

}  // namespace pinlake
