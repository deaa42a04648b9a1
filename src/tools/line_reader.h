// Lines of text as records, as Kafka's console producer reads them.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "config/option_table.h"

namespace pinlake {

/// Properties of the console producer.
/// \see org.apache.kafka.tools.LineMessageReader (3.9)
struct LineFormat {
  bool parse_key = false, parse_headers = false, ignore_error = false;
  std::string key_separator, headers_delimiter, headers_separator, headers_key_separator;
  std::optional<std::string> null_marker;
};
const OptionTable<LineFormat>& LineFormatTable();

/// A line's record; bytes are the line's.
struct LineRecord {
  std::optional<std::string> key, value;
  std::vector<std::pair<std::string, std::optional<std::string>>> headers;
  bool operator==(const LineRecord&) const = default;
};

/// \p line is without its end; \p number from 1, for messages. kInvalidArgument: a separator that
/// is missing.
Result<LineRecord> ReadLine(const LineFormat& format, std::string_view line, int64_t number);

}  // namespace pinlake
