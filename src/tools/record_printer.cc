#include "tools/record_printer.h"

#include <fmt/format.h>

#include <vector>

#include "tools/verbatim_field.h"

namespace pinlake {
namespace {

std::string Headers(const PrintFormat& format, std::span<const HeaderView> headers) {
  if (headers.empty()) return "NO_HEADERS";
  std::string text;
  for (const HeaderView& header : headers) {
    if (!text.empty()) text += format.headers_separator;
    text.append(header.key).append(":").append(header.value.value_or(format.null_literal));
  }
  return text;
}

std::string Timestamp(const RecordView& record) {
  return record.timestamp < 0 ? "NO_TIMESTAMP" : fmt::format("CreateTime:{}", record.timestamp);
}

}  // namespace

const OptionTable<PrintFormat>& PrintFormatTable() {
  using C = PrintFormat;
  static const OptionTable<C> table{
      {.name = "print.timestamp",
       .field = Bool(&C::timestamp),
       .fallback = "false",
       .doc = "CreateTime:<milliseconds since 1970>."},
      {.name = "print.partition",
       .field = Bool(&C::partition),
       .fallback = "false",
       .doc = "Partition:<topic partition>."},
      {.name = "print.offset",
       .field = Bool(&C::offset),
       .fallback = "false",
       .doc = "Offset:<offset>."},
      {.name = "print.headers",
       .field = Bool(&C::headers),
       .fallback = "false",
       .doc = "key:value of each header, or NO_HEADERS."},
      {.name = "print.key", .field = Bool(&C::key), .fallback = "false", .doc = "The record key."},
      {.name = "print.value", .field = Bool(&C::value), .fallback = "true", .doc = "The value."},
      {.name = "key.separator",
       .field = Verbatim(&C::separator),
       .fallback = "\t",
       .doc = "Between the parts of a line."},
      {.name = "line.separator",
       .field = Verbatim(&C::line_separator),
       .fallback = "\n",
       .doc = "After each record."},
      {.name = "headers.separator",
       .field = Verbatim(&C::headers_separator),
       .fallback = ",",
       .doc = "Between two headers."},
      {.name = "null.literal",
       .field = Verbatim(&C::null_literal),
       .fallback = "null",
       .doc = "Stands for a key or value that is null."},
      {.name = "key.deserializer", .unsupported = "bytes are printed as they are; leave it out"},
      {.name = "value.deserializer", .unsupported = "bytes are printed as they are; leave it out"},
      {.name = "headers.deserializer",
       .unsupported = "bytes are printed as they are; leave it out"},
  };
  return table;
}

std::string PrintRecord(const PrintFormat& format, PartitionId partition,
                        const RecordView& record) {
  std::string line;
  bool first = true;
  const auto part = [&](bool wanted, std::string_view text) {
    if (!wanted) return;
    if (!first) line += format.separator;
    first = false;
    line += text;
  };
  part(format.timestamp, Timestamp(record));
  part(format.partition, fmt::format("Partition:{}", partition.value()));
  part(format.offset, fmt::format("Offset:{}", record.offset.value()));
  if (format.headers) part(true, Headers(format, record.headers));
  part(format.key, record.key.value_or(format.null_literal));
  part(format.value, record.value.value_or(format.null_literal));
  return line + format.line_separator;
}

}  // namespace pinlake
