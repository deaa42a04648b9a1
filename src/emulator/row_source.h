// Where the emulator's rows come from.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "base/result.h"

namespace pinlake {

/// The rows with one number, one of each table, as JSON objects.
struct Round {
  int64_t number = 0;
  /// In the order of RowSource::topic_suffixes(). Empty as a whole if a table lacks the number.
  std::vector<std::string> rows;
};

/// Reads for one thread.
class RowReader {
 public:
  virtual ~RowReader() = default;
  /// One round for each of \p numbers, in their order. kUnavailable once reconnecting took too
  /// long, kCancelled, or what is wrong with the source.
  virtual Result<std::vector<Round>> Read(std::span<const int64_t> numbers,
                                          std::stop_token stop) = 0;
};

/// Implementations: GeneratedSource, MySqlSource. Thread-safe.
class RowSource {
 public:
  virtual ~RowSource() = default;
  /// "pin": the rows go to the topic `<id>.pin`.
  virtual const std::vector<std::string>& topic_suffixes() const = 0;
  /// Row numbers are drawn from [first_number, last_number].
  virtual int64_t first_number() const = 0;
  virtual int64_t last_number() const = 0;
  virtual Result<std::unique_ptr<RowReader>> NewReader(std::stop_token stop) = 0;
  /// For messages. Holds no secret.
  virtual std::string Describe() const = 0;
};

}  // namespace pinlake
