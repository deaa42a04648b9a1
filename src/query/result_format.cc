#include "query/result_format.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "codec/json.h"

namespace pinlake {
namespace {

constexpr size_t kMeasuredRows = 1'000;
constexpr size_t kCellPlacesMax = 60;

bool IsNumber(DuckKind kind) {
  return kind == DuckKind::kInteger || kind == DuckKind::kDecimal || kind == DuckKind::kReal;
}

/// Bytes of the character that begins at \p at.
size_t CharacterBytes(std::string_view text, size_t at) {
  size_t end = at + 1;
  while (end < text.size() && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) ++end;
  return end - at;
}

/// What a terminal would obey is shown instead: \n, \t, \x1b, U+2028 and its like.
std::string Shown(std::string_view character) {
  const auto first = static_cast<unsigned char>(character[0]);
  if (character == "\n") return "\\n";
  if (character == "\t") return "\\t";
  if (character == "\r") return "\\r";
  if (first < 0x20 || first == 0x7f) return fmt::format("\\x{:02x}", first);
  if (character == "\u2028") return "\\u2028";
  if (character == "\u2029") return "\\u2029";
  // C1 controls, and the marks that turn the direction of text.
  if (first == 0xc2 && static_cast<unsigned char>(character[1]) < 0xa0) {
    return fmt::format("\\x{:02x}", static_cast<unsigned char>(character[1]));
  }
  if (character >= "\u202a" && character <= "\u202e") return "";
  return std::string(character);
}

std::string CellText(const DuckCell& cell) {
  if (!cell) return "NULL";
  std::string text;
  size_t places = 0;
  for (size_t at = 0; at < cell->size();) {
    const size_t bytes = CharacterBytes(*cell, at);
    const std::string shown = Shown(std::string_view(*cell).substr(at, bytes));
    places += DisplayWidth(shown);
    if (places > kCellPlacesMax) return text + "…";
    text += shown;
    at += bytes;
  }
  return text;
}

class TableWriter final : public ResultWriter {
 public:
  explicit TableWriter(TextSink out) : out_(std::move(out)) {}

  Status OnColumns(const std::vector<DuckColumn>& columns) override {
    columns_ = columns;
    for (const auto& column : columns) {
      names_.push_back(CellText(column.name));
      widths_.push_back(DisplayWidth(names_.back()));
    }
    return {};
  }

  Status OnRow(const DuckRow& row) override {
    ++rows_;
    std::vector<std::string> cells;
    for (const auto& cell : row) cells.push_back(CellText(cell));
    if (head_written_) return out_(Line(cells));
    for (size_t i = 0; i < cells.size(); ++i) {
      widths_[i] = std::max(widths_[i], DisplayWidth(cells[i]));
    }
    measured_.push_back(std::move(cells));
    return measured_.size() < kMeasuredRows ? Status() : WriteMeasured();
  }

  Status Finish() override {
    if (!head_written_) RETURN_IF_ERROR(WriteMeasured());
    return out_(fmt::format("({} row{})\n", rows_, rows_ == 1 ? "" : "s"));
  }

 private:
  std::string Line(const std::vector<std::string>& cells) const {
    std::string line;
    for (size_t i = 0; i < cells.size(); ++i) {
      const size_t width = DisplayWidth(cells[i]);
      const std::string pad(widths_[i] > width ? widths_[i] - width : 0, ' ');
      const bool right = IsNumber(columns_[i].kind);
      if (i > 0) line += " | ";
      line += right ? pad + cells[i] : cells[i] + pad;
    }
    while (!line.empty() && line.back() == ' ') line.pop_back();
    return line + "\n";
  }

  Status WriteMeasured() {
    head_written_ = true;
    std::string rule;
    for (size_t i = 0; i < widths_.size(); ++i) {
      if (i > 0) rule += "-+-";
      rule += std::string(widths_[i], '-');
    }
    RETURN_IF_ERROR(out_(Line(names_) + rule + "\n"));
    for (const auto& cells : measured_) RETURN_IF_ERROR(out_(Line(cells)));
    measured_.clear();
    return {};
  }

  const TextSink out_;
  std::vector<DuckColumn> columns_;
  std::vector<std::string> names_;
  std::vector<size_t> widths_;
  std::vector<std::vector<std::string>> measured_;
  bool head_written_ = false;
  uint64_t rows_ = 0;
};

class CsvWriter final : public ResultWriter {
 public:
  explicit CsvWriter(TextSink out) : out_(std::move(out)) {}

  Status OnColumns(const std::vector<DuckColumn>& columns) override {
    DuckRow names;
    for (const auto& column : columns) names.emplace_back(column.name);
    return OnRow(names);
  }
  Status OnRow(const DuckRow& row) override {
    std::string line;
    for (size_t i = 0; i < row.size(); ++i) {
      if (i > 0) line += ',';
      if (row[i]) AppendField(*row[i], &line);
    }
    return out_(line + "\n");
  }
  Status Finish() override { return {}; }

 private:
  static void AppendField(const std::string& text, std::string* line) {
    if (!text.empty() && text.find_first_of(",\"\r\n") == std::string::npos) {
      *line += text;
      return;
    }
    *line += '"';
    for (const char c : text) {
      if (c == '"') *line += '"';
      *line += c;
    }
    *line += '"';
  }

  const TextSink out_;
};

class JsonRowsWriter final : public ResultWriter {
 public:
  explicit JsonRowsWriter(TextSink out) : out_(std::move(out)) {}

  Status OnColumns(const std::vector<DuckColumn>& columns) override {
    columns_ = columns;
    std::set<std::string> names;
    for (auto& column : columns_) {
      const std::string name = column.name;
      for (int i = 1; !names.insert(column.name).second; ++i)
        column.name = fmt::format("{}_{}", name, i);
    }
    return out_("[");
  }
  Status OnRow(const DuckRow& row) override {
    JsonWriter json;
    json.BeginObject();
    for (size_t i = 0; i < row.size(); ++i) {
      json.Key(columns_[i].name);
      AddCell(columns_[i].kind, row[i], json);
    }
    json.EndObject();
    const std::string before = rows_++ == 0 ? "\n" : ",\n";
    return out_(before + json.text());
  }
  Status Finish() override { return out_(rows_ == 0 ? "]\n" : "\n]\n"); }

 private:
  static void AddCell(DuckKind kind, const DuckCell& cell, JsonWriter& json) {
    if (!cell) {
      json.Null();
      return;
    }
    switch (kind) {
      case DuckKind::kReal:
        if (cell->find_first_of("0123456789") == std::string::npos) {
          json.String(*cell);
          return;
        }
        [[fallthrough]];
      case DuckKind::kBoolean:
      case DuckKind::kInteger:
      case DuckKind::kDecimal:
      case DuckKind::kJson:
        json.Raw(*cell);
        return;
      case DuckKind::kText:
        json.String(*cell);
        return;
    }
  }

  const TextSink out_;
  std::vector<DuckColumn> columns_;
  uint64_t rows_ = 0;
};

}  // namespace

std::unique_ptr<ResultWriter> NewResultWriter(ResultFormat format, TextSink out) {
  switch (format) {
    case ResultFormat::kTable:
      return std::make_unique<TableWriter>(std::move(out));
    case ResultFormat::kCsv:
      return std::make_unique<CsvWriter>(std::move(out));
    case ResultFormat::kJson:
      return std::make_unique<JsonRowsWriter>(std::move(out));
  }
  return nullptr;
}

}  // namespace pinlake
