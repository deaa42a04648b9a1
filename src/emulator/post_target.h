// Where the emulator's posts go to: one request and what became of each of its records.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace pinlake {

class HttpClient;
struct HttpUrl;

/// What became of one record of a request.
struct RecordOutcome {
  enum class Kind {
    kAcknowledged,
    kRetriable,  ///< was not taken; may be sent again
    kRefused,    ///< never will be taken
  };
  Kind kind = Kind::kRetriable;
  int32_t partition = 0;  ///< acknowledged
  int64_t offset = 0;     ///< acknowledged
  std::string why;        ///< not acknowledged
  bool operator==(const RecordOutcome&) const = default;
};

/// What became of a request: an outcome for each of its records, in their order.
struct PostOutcome {
  std::vector<RecordOutcome> records;
  /// The request may have been executed although it has no good answer: sending it again may make
  /// doubles.
  bool ambiguous = false;
  /// What a 429 or 503 asked for.
  std::optional<Millis> retry_after;
};

/// Thread-safe.
class PostTarget {
 public:
  virtual ~PostTarget() = default;
  /// Sends \p values (JSON texts) to \p topic as one request.
  virtual PostOutcome Post(std::string_view topic, const std::vector<std::string_view>& values) = 0;
  /// What Post would send, for a dry run: request line, fields, empty line, body.
  virtual std::string Show(std::string_view topic,
                           const std::vector<std::string_view>& values) const = 0;
};

}  // namespace pinlake
