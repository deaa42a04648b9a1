#include "emulator/row.h"

#include <fmt/format.h>

#include <iterator>

namespace pinlake {
namespace {

void AppendUtf16Escape(uint32_t unit, std::string* out) {
  static constexpr char kHex[] = "0123456789abcdef";
  const char text[] = {
      '\\',           'u', kHex[(unit >> 12) & 15], kHex[(unit >> 8) & 15], kHex[(unit >> 4) & 15],
      kHex[unit & 15]};
  out->append(text, sizeof text);
}

void AppendEscapedCodePoint(uint32_t code, std::string* out) {
  if (code < 0x10000) return AppendUtf16Escape(code, out);
  code -= 0x10000;
  AppendUtf16Escape(0xd800 + (code >> 10), out);
  AppendUtf16Escape(0xdc00 + (code & 0x3ff), out);
}

/// Reads the code point at \p at and moves past it. Bytes that are not UTF-8 read as U+FFFD.
uint32_t NextCodePoint(std::string_view text, size_t& at) {
  const auto byte = [&](size_t i) -> uint32_t {
    return at + i < text.size() ? static_cast<unsigned char>(text[at + i]) : 0;
  };
  const uint32_t first = byte(0);
  const size_t length = first < 0x80   ? 1
                        : first < 0xc2 ? 0
                        : first < 0xe0 ? 2
                        : first < 0xf0 ? 3
                        : first < 0xf5 ? 4
                                       : 0;
  uint32_t code = length < 2 ? first : first & (0xffu >> (length + 1));
  bool valid = length > 0;
  for (size_t i = 1; valid && i < length; ++i) {
    valid = (byte(i) & 0xc0) == 0x80;
    code = (code << 6) | (byte(i) & 0x3f);
  }
  valid = valid && (length != 3 || (code >= 0x800 && (code < 0xd800 || code > 0xdfff))) &&
          (length != 4 || (code >= 0x10000 && code <= 0x10ffff));
  at += valid ? length : 1;
  return valid ? code : 0xfffd;
}

bool AppendShortEscape(char c, std::string* out) {
  switch (c) {
    case '"':
      out->append("\\\"");
      return true;
    case '\\':
      out->append("\\\\");
      return true;
    case '\n':
      out->append("\\n");
      return true;
    case '\r':
      out->append("\\r");
      return true;
    case '\t':
      out->append("\\t");
      return true;
    case '\b':
      out->append("\\b");
      return true;
    case '\f':
      out->append("\\f");
      return true;
    default:
      return false;
  }
}

bool IsPlain(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte >= 0x20 && byte < 0x7f && c != '"' && c != '\\';
}

}  // namespace

void AppendJsonString(std::string_view text, JsonStyle style, std::string* out) {
  out->push_back('"');
  size_t at = 0;
  while (at < text.size()) {
    size_t plain = at;
    while (plain < text.size() && IsPlain(text[plain])) ++plain;
    out->append(text, at, plain - at);
    at = plain;
    if (at == text.size()) break;
    if (AppendShortEscape(text[at], out)) {
      ++at;
      continue;
    }
    const size_t start = at;
    const uint32_t code = NextCodePoint(text, at);
    const bool broken = code == 0xfffd && at - start == 1;
    if (style == JsonStyle::kPython || code < 0x20) {
      AppendEscapedCodePoint(code, out);
    } else if (broken) {
      out->append("\xef\xbf\xbd");
    } else {
      out->append(text, start, at - start);
    }
  }
  out->push_back('"');
}

void AppendJsonObject(const std::vector<ColumnDef>& columns, const Row& row, JsonStyle style,
                      std::string* out) {
  const bool python = style == JsonStyle::kPython;
  out->push_back('{');
  for (size_t i = 0; i < row.size(); ++i) {
    if (i > 0) out->append(python ? ", " : ",");
    AppendJsonString(columns[i].name, style, out);
    out->append(python ? ": " : ":");
    switch (row[i].kind) {
      case Cell::Kind::kNull:
        out->append("null");
        break;
      case Cell::Kind::kNumber:
        out->append(row[i].text);
        break;
      case Cell::Kind::kText:
        AppendJsonString(row[i].text, style, out);
        break;
    }
  }
  out->push_back('}');
}

namespace {

void AppendCsvField(const Cell& cell, std::string* out) {
  if (cell.kind == Cell::Kind::kNull) return;
  const bool quoted = cell.text.empty() || cell.text.find_first_of(",\"\r\n") != std::string::npos;
  if (!quoted) {
    out->append(cell.text);
    return;
  }
  out->push_back('"');
  for (const char c : cell.text) {
    if (c == '"') out->push_back('"');
    out->push_back(c);
  }
  out->push_back('"');
}

}  // namespace

void AppendCsvLine(const Row& row, std::string* out) {
  for (size_t i = 0; i < row.size(); ++i) {
    if (i > 0) out->push_back(',');
    AppendCsvField(row[i], out);
  }
  out->push_back('\n');
}

void AppendCsvHeader(const std::vector<ColumnDef>& columns, std::string* out) {
  Row names;
  for (const auto& column : columns) names.push_back(Cell::Text(column.name));
  AppendCsvLine(names, out);
}

}  // namespace pinlake
