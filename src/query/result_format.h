// Answers as text: a table for people, CSV and JSON for machines.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "duck/duck.h"

namespace pinlake {

enum class ResultFormat { kTable, kCsv, kJson };

/// Gets pieces of the rendered answer, in order.
using TextSink = std::function<Status(std::string_view)>;

/// Renders rows as they come, in bounded memory.
class ResultWriter : public DuckRowSink {
 public:
  /// After the last row.
  virtual Status Finish() = 0;
};

/// kTable: columns as wide as their first 1,000 rows need (cells are cut at 60 places), numbers to
/// the right, then "(n rows)"; control characters are shown as escapes. kCsv: RFC 4180, a header,
/// NULL is nothing and an empty text is `""`. kJson: an array with one object a line; numbers with
/// their digits, nested values as they are, NULL as null, a number that is not finite as a text.
std::unique_ptr<ResultWriter> NewResultWriter(ResultFormat format, TextSink out);

/// Places that \p text takes on a terminal: East Asian wide characters and emoji take two,
/// combining ones none.
size_t DisplayWidth(std::string_view text);

}  // namespace pinlake
