#include "audit/log_reader.h"

#include <algorithm>

#include "codec/object_writer.h"

namespace pinlake {
namespace {

constexpr size_t kReadBytes = 1 << 20;
/// A log over the network answers within it, or can't be read.
constexpr Millis kReadWait{30'000};

}  // namespace

Result<LogReader> LogReader::Make(EventLog& log, const ConverterConfig& value,
                                  const std::optional<ConverterConfig>& key) {
  LogReader reader(log);
  ASSIGN_OR_RETURN(reader.value_converter_, MakeConverter(value));
  if (key) {
    ASSIGN_OR_RETURN(reader.key_converter_, MakeConverter(*key));
  }
  return reader;
}

Status LogReader::ForEach(const TopicPartition& tp, OffsetSpan span, std::stop_token stop,
                          const OnRecord& on_record) {
  ASSIGN_OR_RETURN(const OffsetRange range, log_->Offsets(tp));
  Offset at(std::max(span.from, range.low.value()));
  const Offset end(std::min(span.to, range.end.value()));
  while (at < end) {
    if (stop.stop_requested()) return Fail(ErrorKind::kCancelled, "asked to stop");
    ASSIGN_OR_RETURN(const RecordSet set, log_->Read(tp, at, kReadBytes, kReadWait, stop));
    for (const RecordView& record : set.records)
      if (record.offset >= end || !on_record(record)) return {};
    if (set.next <= at) {
      if (stop.stop_requested()) return Fail(ErrorKind::kCancelled, "asked to stop");
      return Fail(ErrorKind::kUnavailable,
                  "read {} from {}: within {} s neither a record nor the log's end at {} came",
                  ToString(tp), at.value(), kReadWait.count() / 1000, range.end.value());
    }
    at = set.next;
  }
  return {};
}

bool LogReader::Stored(const RecordView& record, ConnectValue* value) {
  if (key_converter_ && !key_converter_->Convert(record.key)) return false;
  const auto converted = value_converter_->Convert(record.value);
  if (!converted || converted->is_null()) return false;
  *value = *converted;
  return true;
}

Result<SpanContents> LogReader::Read(const TopicPartition& tp, OffsetSpan span, bool with_lines,
                                     std::stop_token stop) {
  SpanContents contents;
  RecordDigester digester;
  JsonLinesWriter writer;
  RETURN_IF_ERROR(ForEach(tp, span, stop, [&](const RecordView& record) {
    ++contents.records;
    ConnectValue value;
    if (!Stored(record, &value)) return true;
    ++contents.stored;
    digester.Add(record);
    return !with_lines || writer.Append(value, &contents.lines).has_value();
  }));
  contents.digest = digester.Digest();
  ASSIGN_OR_RETURN(const OffsetRange range, log_->Offsets(tp));
  contents.whole = range.low.value() <= span.from;
  return contents;
}

Result<bool> LogReader::AnyRecord(const TopicPartition& tp, OffsetSpan span, std::stop_token stop) {
  bool any = false;
  RETURN_IF_ERROR(ForEach(tp, span, stop, [&](const RecordView&) {
    any = true;
    return false;
  }));
  return any;
}

}  // namespace pinlake
