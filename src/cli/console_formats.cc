#include "cli/console_formats.h"

#include <fmt/format.h>

#include <functional>
#include <map>

namespace pinlake {
namespace {

/// What one property does with its value; false: it is not allowed.
template <typename F>
using Setters = std::map<std::string_view, std::function<bool(F&, const std::string&)>>;

template <typename F>
std::function<bool(F&, const std::string&)> Flag(bool F::*member) {
  return [member](F& format, const std::string& value) {
    format.*member = value == "true";
    return value == "true" || value == "false";
  };
}

template <typename F, typename M>
std::function<bool(F&, const std::string&)> Plain(M F::*member) {
  return [member](F& format, const std::string& value) {
    format.*member = value;
    return true;
  };
}

const Setters<LineFormat>& LineSetters() {
  using F = LineFormat;
  static const Setters<F> setters = {
      {"parse.key", Flag(&F::parse_key)},
      {"parse.headers", Flag(&F::parse_headers)},
      {"ignore.error", Flag(&F::ignore_error)},
      {"key.separator", Plain(&F::key_separator)},
      {"headers.delimiter", Plain(&F::headers_delimiter)},
      {"headers.separator", Plain(&F::headers_separator)},
      {"headers.key.separator", Plain(&F::headers_key_separator)},
      {"null.marker", Plain(&F::null_marker)},
  };
  return setters;
}

bool IsText(const std::string& deserializer) {
  return deserializer == "org.apache.kafka.common.serialization.StringDeserializer" ||
         deserializer == "org.apache.kafka.common.serialization.ByteArrayDeserializer";
}

const Setters<RecordFormat>& RecordSetters() {
  using F = RecordFormat;
  const auto text_only = [](F&, const std::string& value) { return IsText(value); };
  static const Setters<F> setters = {
      {"print.timestamp", Flag(&F::print_timestamp)},
      {"print.partition", Flag(&F::print_partition)},
      {"print.offset", Flag(&F::print_offset)},
      {"print.headers", Flag(&F::print_headers)},
      {"print.key", Flag(&F::print_key)},
      {"print.value", Flag(&F::print_value)},
      {"key.separator", Plain(&F::key_separator)},
      {"line.separator", Plain(&F::line_separator)},
      {"headers.separator", Plain(&F::headers_separator)},
      {"null.literal", Plain(&F::null_literal)},
      {"key.deserializer", text_only},
      {"value.deserializer", text_only},
      {"headers.deserializer", text_only},
  };
  return setters;
}

template <typename F>
Result<F> FormatOf(const Setters<F>& setters, const std::vector<std::string>& properties) {
  F format;
  std::vector<std::string> problems;
  std::vector<std::string_view> names;
  for (const auto& [name, set] : setters) names.push_back(name);
  for (const std::string& property : properties) {
    const size_t equals = property.find('=');
    const std::string name = property.substr(0, equals);
    const auto setter = setters.find(name);
    if (equals == std::string::npos) {
      problems.push_back(fmt::format("--property: '{}' is not name=value", property));
    } else if (setter == setters.end()) {
      const auto near = NearestName(name, names);
      problems.push_back(fmt::format("--property: {} is none of {}{}", name, fmt::join(names, ", "),
                                     near.empty() ? "" : fmt::format("; did you mean {}?", near)));
    } else if (!setter->second(format, property.substr(equals + 1))) {
      problems.push_back(fmt::format(
          "--property: {}: '{}' is not {}", name, property.substr(equals + 1),
          name.ends_with("deserializer") ? "String- or ByteArrayDeserializer; others print nothing "
                                           "that a line could hold"
                                         : "true or false"));
    }
  }
  if (problems.empty()) return format;
  return Fail(ErrorKind::kInvalidArgument, "{}", fmt::join(problems, "\n"));
}

/// Splits \p text at the first \p separator.
std::optional<std::pair<std::string, std::string>> SplitAt(const std::string& text,
                                                           const std::string& separator) {
  const size_t at = text.find(separator);
  if (at == std::string::npos) return std::nullopt;
  return std::pair(text.substr(0, at), text.substr(at + separator.size()));
}

std::optional<std::string> OrNull(const LineFormat& format, std::string text) {
  if (format.null_marker && text == *format.null_marker) return std::nullopt;
  return text;
}

Status AddHeaders(const LineFormat& format, const std::string& text, int64_t number,
                  LineRecord* record) {
  if (format.null_marker && text == *format.null_marker) return {};
  std::string rest = text;
  while (true) {
    auto next = SplitAt(rest, format.headers_separator);
    const std::string pair = next ? next->first : rest;
    auto split = SplitAt(pair, format.headers_key_separator);
    if (!split && !format.ignore_error) {
      return Fail(ErrorKind::kInvalidArgument, "line {}: no '{}' in header '{}'", number,
                  format.headers_key_separator, pair);
    }
    if (split) {
      record->headers.emplace_back(split->first, OrNull(format, split->second));
    } else {
      record->headers.emplace_back(pair, std::nullopt);
    }
    if (!next) return {};
    rest = next->second;
  }
}

void AppendText(const RecordFormat& format, const MaybeBytes& bytes, std::string* out) {
  out->append(bytes ? *bytes : std::string_view(format.null_literal));
}

void AppendHeaders(const RecordFormat& format, const RecordView& record, std::string* out) {
  if (record.headers.empty()) out->append("NO_HEADERS");
  for (size_t i = 0; i < record.headers.size(); ++i) {
    if (i > 0) out->append(format.headers_separator);
    out->append(record.headers[i].key).append(":");
    AppendText(format, record.headers[i].value, out);
  }
}

}  // namespace

Result<LineFormat> LineFormatOf(const std::vector<std::string>& properties) {
  return FormatOf(LineSetters(), properties);
}

Result<RecordFormat> RecordFormatOf(const std::vector<std::string>& properties) {
  return FormatOf(RecordSetters(), properties);
}

Result<LineRecord> ParseRecordLine(const LineFormat& format, const std::string& line,
                                   int64_t number) {
  LineRecord record;
  std::string rest = line;
  const auto missing = [&](const char* what, const std::string& separator) {
    return Fail(ErrorKind::kInvalidArgument, "line {}: no {} '{}' in '{}'", number, what, separator,
                line);
  };
  if (format.parse_headers) {
    auto split = SplitAt(rest, format.headers_delimiter);
    if (!split && !format.ignore_error)
      return missing("headers.delimiter", format.headers_delimiter);
    if (split) {
      RETURN_IF_ERROR(AddHeaders(format, split->first, number, &record));
      rest = std::move(split->second);
    }
  }
  if (format.parse_key) {
    auto split = SplitAt(rest, format.key_separator);
    if (!split && !format.ignore_error) return missing("key.separator", format.key_separator);
    if (split) {
      record.key = OrNull(format, split->first);
      rest = std::move(split->second);
    }
  }
  record.value = OrNull(format, std::move(rest));
  return record;
}

void AppendRecord(const RecordFormat& format, PartitionId partition, const RecordView& record,
                  std::string* out) {
  // Columns that are shown, each with what it writes; a separator follows all but the last.
  const std::pair<bool, std::function<void()>> columns[] = {
      {format.print_timestamp,
       [&] {
         if (record.timestamp < 0) out->append("NO_TIMESTAMP");
         if (record.timestamp >= 0) out->append(fmt::format("CreateTime:{}", record.timestamp));
       }},
      {format.print_partition,
       [&] { out->append(fmt::format("Partition:{}", partition.value())); }},
      {format.print_offset, [&] { out->append(fmt::format("Offset:{}", record.offset.value())); }},
      {format.print_headers, [&] { AppendHeaders(format, record, out); }},
      {format.print_key, [&] { AppendText(format, record.key, out); }},
      {format.print_value, [&] { AppendText(format, record.value, out); }},
  };
  bool first = true;
  for (const auto& [shown, write] : columns) {
    if (!shown) continue;
    if (!first) out->append(format.key_separator);
    first = false;
    write();
  }
  if (!first) out->append(format.line_separator);
}

}  // namespace pinlake
