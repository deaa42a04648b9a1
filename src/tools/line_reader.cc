#include "tools/line_reader.h"

#include "tools/verbatim_field.h"

namespace pinlake {
namespace {

using Maybe = std::optional<std::string>;

Complaint NotEmpty(const std::string& text) {
  if (!text.empty()) return {};
  return "must not be empty";
}

/// One line on its way to a record.
class Line {
 public:
  Line(const LineFormat& format, std::string_view text, int64_t number)
      : format_(format), rest_(text), text_(text), number_(number) {}

  Result<LineRecord> Read() {
    LineRecord record;
    if (format_.parse_headers) {
      ASSIGN_OR_RETURN(const auto headers,
                       TakeBefore(format_.headers_delimiter, "headers delimiter"));
      if (headers && headers != format_.null_marker)
        RETURN_IF_ERROR(ReadHeaders(*headers, &record));
    }
    if (format_.parse_key) {
      ASSIGN_OR_RETURN(auto key, TakeBefore(format_.key_separator, "key separator"));
      record.key = NullIfMarked(std::move(key));
    }
    record.value = NullIfMarked(std::string(rest_));
    return record;
  }

 private:
  Maybe NullIfMarked(Maybe text) const {
    if (text && format_.null_marker && *text == *format_.null_marker) return {};
    return text;
  }

  /// None: there is no such separator, and that is no error.
  Result<Maybe> TakeBefore(const std::string& separator, std::string_view what) {
    const size_t at = rest_.find(separator);
    if (at == std::string_view::npos) {
      if (format_.ignore_error) return Maybe();
      return Fail(ErrorKind::kInvalidArgument, "No {} found on line number {}: '{}'", what, number_,
                  text_);
    }
    std::string taken(rest_.substr(0, at));
    rest_.remove_prefix(at + separator.size());
    return Maybe(std::move(taken));
  }

  Status ReadHeaders(std::string_view headers, LineRecord* record) const {
    while (!headers.empty()) {
      const size_t end = headers.find(format_.headers_separator);
      RETURN_IF_ERROR(ReadHeader(headers.substr(0, end), record));
      if (end == std::string_view::npos) break;
      headers.remove_prefix(end + format_.headers_separator.size());
    }
    return {};
  }

  Status ReadHeader(std::string_view pair, LineRecord* record) const {
    const size_t at = pair.find(format_.headers_key_separator);
    if (at == std::string_view::npos) {
      if (!format_.ignore_error) {
        return Fail(ErrorKind::kInvalidArgument,
                    "No header key separator found in pair '{}' on line number {}", pair, number_);
      }
      record->headers.emplace_back(pair, std::nullopt);
      return {};
    }
    const std::string key(pair.substr(0, at));
    if (format_.null_marker == key) {
      return Fail(ErrorKind::kInvalidArgument,
                  "line number {}: a header's key is the null marker '{}'; it can't be null",
                  number_, key);
    }
    record->headers.emplace_back(
        key, NullIfMarked(std::string(pair.substr(at + format_.headers_key_separator.size()))));
    return {};
  }

  const LineFormat& format_;
  std::string_view rest_, text_;
  int64_t number_;
};

}  // namespace

const OptionTable<LineFormat>& LineFormatTable() {
  using C = LineFormat;
  static const OptionTable<C> table(
      {
          {.name = "parse.key",
           .field = Bool(&C::parse_key),
           .fallback = "false",
           .doc = "A line has a record key before key.separator."},
          {.name = "key.separator",
           .field = Verbatim(&C::key_separator),
           .fallback = "\t",
           .doc = "Between key and value."},
          {.name = "parse.headers",
           .field = Bool(&C::parse_headers),
           .fallback = "false",
           .doc = "A line begins with headers, before headers.delimiter."},
          {.name = "headers.delimiter",
           .field = Verbatim(&C::headers_delimiter),
           .fallback = "\t",
           .doc = "Between headers and what follows."},
          {.name = "headers.separator",
           .field = Verbatim(&C::headers_separator),
           .fallback = ",",
           .doc = "Between two headers."},
          {.name = "headers.key.separator",
           .field = Verbatim(&C::headers_key_separator),
           .fallback = ":",
           .doc = "Between a header's key and value."},
          {.name = "null.marker",
           .field = Verbatim(&C::null_marker),
           .doc = "A key, value or header's value of this text is null."},
          {.name = "ignore.error",
           .field = Bool(&C::ignore_error),
           .fallback = "false",
           .doc = "A line without a separator is a value alone instead of an error."},
      },
      {{"key.separator", [](const C& c) { return NotEmpty(c.key_separator); }},
       {"headers.delimiter", [](const C& c) { return NotEmpty(c.headers_delimiter); }},
       {"headers.separator", [](const C& c) { return NotEmpty(c.headers_separator); }},
       {"headers.key.separator", [](const C& c) { return NotEmpty(c.headers_key_separator); }}});
  return table;
}

Result<LineRecord> ReadLine(const LineFormat& format, std::string_view line, int64_t number) {
  return Line(format, line, number).Read();
}

}  // namespace pinlake
