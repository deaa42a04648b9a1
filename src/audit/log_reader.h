// Reads a span of a topic partition as the sink reads it.
#pragma once

#include <functional>
#include <memory>
#include <stop_token>
#include <string>

#include "audit/coverage.h"
#include "codec/connect_converter.h"
#include "lake/record_digest.h"
#include "log/event_log.h"

namespace pinlake {

/// What the sink makes of the records of a span.
struct SpanContents {
  /// False: retention has taken the beginning of the span (perhaps while it was read).
  bool whole = true;
  int64_t records = 0;  ///< in the log
  int64_t stored = 0;   ///< of these, with a value that converts
  RecordDigest digest;  ///< of the stored ones
  std::string lines;    ///< of the stored ones, if asked for
};

/// Not thread-safe.
class LogReader {
 public:
  static Result<LogReader> Make(EventLog& log, const ConverterConfig& value,
                                const std::optional<ConverterConfig>& key);

  /// Offsets below the log's start have no records.
  Result<SpanContents> Read(const TopicPartition& tp, OffsetSpan span, bool with_lines,
                            std::stop_token stop);
  /// Whether the log has a record in \p span.
  Result<bool> AnyRecord(const TopicPartition& tp, OffsetSpan span, std::stop_token stop);

 private:
  using OnRecord = std::function<bool(const RecordView&)>;  // false: enough
  explicit LogReader(EventLog& log) : log_(&log) {}
  Status ForEach(const TopicPartition& tp, OffsetSpan span, std::stop_token stop,
                 const OnRecord& on_record);
  bool Stored(const RecordView& record, ConnectValue* value);

  EventLog* log_;
  std::unique_ptr<ConnectConverter> value_converter_, key_converter_;
};

}  // namespace pinlake
