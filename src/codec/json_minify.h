// One JSON value, checked and copied without its white space: what a record passes through.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "codec/member_set.h"

namespace pinlake {

/// Accepts what Kafka Connect's JsonConverter accepts (Jackson with leading zeros allowed) and
/// refuses what it refuses:
/// - accepted: a UTF-8 byte order mark; zeros before a number (left out: `01` is 1); anything
/// behind
///   the first value (left out); members with equal names (the last value, at the first's place);
///   surrogates alone as escapes;
/// - refused: comments, single quotes, trailing commas, `NaN`, `.5`, `+1`, `1.`, raw control
///   characters, invalid UTF-8, truncated text, more than kJsonDepthMax levels.
/// Numbers keep their digits, strings their escapes, objects the order of their members. The
/// original writes other digits (64-bit wrap, doubles) and members in hash order.
/// \see tests/golden/s3-sink. Keep one per thread for its memory.
class JsonMinifier {
 public:
  /// Appends the value in \p text to \p out. \return false if there is none: \p text is empty or
  /// white space. kInvalidArgument: "JSON at byte 12: …"; \p out is then unchanged.
  Result<bool> Append(std::string_view text, std::string* out);

 private:
  MemberSet members_;
  std::string open_;  // brackets
};

}  // namespace pinlake
