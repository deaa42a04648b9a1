#include "config/properties.h"

#include <cstdint>
#include <map>
#include <optional>

namespace pinlake {
namespace {

bool IsSpace(char c) { return c == ' ' || c == '\t' || c == '\f'; }
bool IsLineEnd(char c) { return c == '\n' || c == '\r'; }

/// Joins natural lines to logical ones: LineReader.readLine.
class LineReader {
 public:
  explicit LineReader(std::string_view text) : text_(text) {}

  /// The next logical line, without leading spaces, escapes still in it. \p number: where it began.
  bool Next(std::string* line, int* number) {
    line->clear();
    while (at_ < text_.size()) {
      SkipSpaces();
      if (at_ == text_.size()) break;
      if (IsLineEnd(text_[at_])) {
        EndLine();
      } else if (text_[at_] == '#' || text_[at_] == '!') {
        SkipComment();
      } else {
        *number = number_;
        if (ReadLine(line)) return true;
      }
    }
    return false;
  }

 private:
  void SkipSpaces() {
    while (at_ < text_.size() && IsSpace(text_[at_])) ++at_;
  }
  void SkipComment() {
    while (at_ < text_.size() && !IsLineEnd(text_[at_])) ++at_;
  }
  void EndLine() {
    if (at_ == text_.size()) return;
    const bool carriage_return = text_[at_++] == '\r';
    if (carriage_return && at_ < text_.size() && text_[at_] == '\n') ++at_;
    ++number_;
  }
  /// False if nothing was read but a continuation: what follows is a new line still.
  bool ReadLine(std::string* line) {
    while (at_ < text_.size() && !IsLineEnd(text_[at_])) {
      if (text_[at_] != '\\') {
        *line += text_[at_++];
        continue;
      }
      ++at_;
      // A backslash that ends the file makes a line even of nothing, one with an empty key.
      const bool last = at_ == text_.size() || (at_ + 1 == text_.size() && IsLineEnd(text_[at_]));
      if (at_ == text_.size()) return true;
      if (IsLineEnd(text_[at_])) {
        EndLine();
        if (last) return true;
        if (line->empty()) return false;
        SkipSpaces();
        continue;
      }
      *line += '\\';
      *line += text_[at_++];
    }
    EndLine();
    return true;
  }

  std::string_view text_;
  size_t at_ = 0;
  int number_ = 1;
};

void AppendUtf8(std::string& out, uint32_t code) {
  if (code < 0x80) {
    out += static_cast<char>(code);
  } else if (code < 0x800) {
    out += static_cast<char>(0xC0 | (code >> 6));
    out += static_cast<char>(0x80 | (code & 0x3F));
  } else if (code < 0x10000) {
    out += static_cast<char>(0xE0 | (code >> 12));
    out += static_cast<char>(0x80 | ((code >> 6) & 0x3F));
    out += static_cast<char>(0x80 | (code & 0x3F));
  } else {
    out += static_cast<char>(0xF0 | (code >> 18));
    out += static_cast<char>(0x80 | ((code >> 12) & 0x3F));
    out += static_cast<char>(0x80 | ((code >> 6) & 0x3F));
    out += static_cast<char>(0x80 | (code & 0x3F));
  }
}

/// UTF-16 units to UTF-8; half a pair becomes '?', as String.getBytes makes of it.
class Utf16Writer {
 public:
  void Add(uint32_t unit) {
    const bool low = unit >= 0xDC00 && unit < 0xE000;
    if (high_ != 0 && low) {
      AppendUtf8(out_, 0x10000 + ((high_ - 0xD800) << 10) + (unit - 0xDC00));
      high_ = 0;
      return;
    }
    Flush();
    if (unit >= 0xD800 && unit < 0xDC00) {
      high_ = unit;
    } else if (low) {
      out_ += '?';
    } else {
      AppendUtf8(out_, unit);
    }
  }
  std::string Take() {
    Flush();
    return std::move(out_);
  }

 private:
  void Flush() {
    if (high_ != 0) out_ += '?';
    high_ = 0;
  }
  std::string out_;
  uint32_t high_ = 0;
};

std::optional<uint32_t> ReadHex4(std::string_view text) {
  if (text.size() < 4) return {};
  uint32_t code = 0;
  for (const char c : text.substr(0, 4)) {
    const int digit = c >= '0' && c <= '9'   ? c - '0'
                      : c >= 'a' && c <= 'f' ? c - 'a' + 10
                      : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                             : -1;
    if (digit < 0) return {};
    code = code * 16 + static_cast<uint32_t>(digit);
  }
  return code;
}

/// Resolves escapes: loadConvert.
Result<std::string> Unescape(std::string_view text) {
  Utf16Writer out;
  for (size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c != '\\' || i + 1 == text.size()) {
      if (c != '\\') out.Add(static_cast<unsigned char>(c));
      continue;
    }
    c = text[++i];
    if (c == 'u') {
      const auto code = ReadHex4(text.substr(i + 1));
      if (!code) return Fail(ErrorKind::kInvalidArgument, "\\u needs four hexadecimal digits");
      out.Add(*code);
      i += 4;
      continue;
    }
    out.Add(c == 't'   ? '\t'
            : c == 'n' ? '\n'
            : c == 'r' ? '\r'
            : c == 'f' ? '\f'
                       : static_cast<unsigned char>(c));
  }
  return out.Take();
}

struct Split {
  std::string_view key, value;
};

/// Where the key ends and the value begins: load0.
Split SplitLine(std::string_view line) {
  size_t end = 0;
  while (end < line.size() && line[end] != '=' && line[end] != ':' && !IsSpace(line[end])) {
    end += line[end] == '\\' ? 2 : 1;
  }
  end = std::min(end, line.size());
  size_t value = end;
  bool separated = false;
  for (; value < line.size(); ++value) {
    const char c = line[value];
    if (IsSpace(c)) continue;
    if (separated || (c != '=' && c != ':')) break;
    separated = true;
  }
  return {line.substr(0, end), line.substr(value)};
}

std::string Escaped(std::string_view text, bool key) {
  std::string out;
  for (size_t i = 0; i < text.size();) {
    const auto lead = static_cast<unsigned char>(text[i]);
    const size_t size = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    uint32_t code = lead & (size == 1 ? 0x7F : 0xFF >> (size + 1));
    for (size_t j = 1; j < size && i + j < text.size(); ++j) {
      code = code << 6 | (static_cast<unsigned char>(text[i + j]) & 0x3F);
    }
    if (code >= 0x10000) {
      out += fmt::format("\\u{:04X}\\u{:04X}", 0xD800 + ((code - 0x10000) >> 10),
                         0xDC00 + (code & 0x3FF));
    } else if (code < 0x20 || code > 0x7E) {
      out += fmt::format("\\u{:04X}", code);
    } else {
      const char c = static_cast<char>(code);
      const bool special = c == '\\' || c == '=' || c == ':' || c == '#' || c == '!';
      if (special || (c == ' ' && (key || i == 0))) out += '\\';
      out += c;
    }
    i += size;
  }
  return out;
}

}  // namespace

Result<ConfigEntries> ParseProperties(std::string_view text, std::string file) {
  ConfigEntries entries;
  entries.file = file;
  std::map<std::string, int> lines;
  LineReader reader(text);
  std::string line;
  int number = 0;
  while (reader.Next(&line, &number)) {
    const Split split = SplitLine(line);
    auto key = Unescape(split.key);
    auto value = key ? Unescape(split.value) : key;
    if (!value) return Fail(std::move(value).error().In(fmt::format("{}:{}", file, number)));
    for (const char c : line) {
      if (static_cast<unsigned char>(c) < 0x80) continue;
      entries.warnings.push_back(fmt::format(
          "{}:{}: {}: read as ISO-8859-1, as Java does; write \\uXXXX for other characters", file,
          number, *key));
      break;
    }
    const auto [first, fresh] = lines.try_emplace(*key, number);
    if (!fresh) {
      entries.warnings.push_back(
          fmt::format("{}:{}: {}: given again; the value of line {} no longer counts", file, number,
                      *key, first->second));
      first->second = number;
    }
    entries.Set(std::move(*key), std::move(*value), file, number);
  }
  return entries;
}

std::string RenderProperties(const ConfigEntries& entries) {
  std::string text;
  for (const ConfigEntry& entry : entries.entries) {
    text += Escaped(entry.key, true) + "=" + Escaped(entry.value, false) + "\n";
  }
  return text;
}

}  // namespace pinlake
