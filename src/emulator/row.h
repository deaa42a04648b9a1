// Rows of a table as the emulator moves them: typed cells with their text, and their JSON and CSV.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace pinlake {

/// A value with its exact text: numbers stay as they were written.
struct Cell {
  enum class Kind { kNull, kNumber, kText };
  Kind kind = Kind::kNull;
  std::string text;

  static Cell Null() { return {}; }
  static Cell Number(std::string digits) { return {Kind::kNumber, std::move(digits)}; }
  static Cell Integer(int64_t value) { return Number(std::to_string(value)); }
  static Cell Text(std::string text) { return {Kind::kText, std::move(text)}; }
  bool operator==(const Cell&) const = default;
};

/// Cells in the order of the table's columns.
using Row = std::vector<Cell>;

struct ColumnDef {
  std::string name;
  std::string sql_type;
};

/// A table whose rows are posted to one topic.
struct TableDef {
  std::string name;           ///< in the database, "pinterest_data"
  std::string topic_suffix;   ///< "pin": the topic is `<id>.pin`
  std::string number_column;  ///< holds the row number, the same in every table of a round
  std::vector<ColumnDef> columns;
};

enum class JsonStyle {
  kPython,   ///< as Python's json.dumps: a blank after `,` and `:`, only ASCII, `\uXXXX`
  kCompact,  ///< no blanks, UTF-8 as it is
};

/// Appends \p row as one JSON object with the table's column names. \p row has as many cells.
void AppendJsonObject(const std::vector<ColumnDef>& columns, const Row& row, JsonStyle style,
                      std::string* out);
void AppendJsonString(std::string_view text, JsonStyle style, std::string* out);

/// Appends one line of RFC 4180 CSV ended by `\n`. Null is nothing at all, an empty text is `""`.
void AppendCsvLine(const Row& row, std::string* out);
void AppendCsvHeader(const std::vector<ColumnDef>& columns, std::string* out);

}  // namespace pinlake
