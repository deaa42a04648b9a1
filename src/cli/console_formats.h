// Lines to records and records to text, by the properties of Kafka's console producer and consumer.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "config/config_entries.h"
#include "model/record.h"

namespace pinlake {

/// `--property` values of the producer.
struct LineFormat {
  bool parse_key = false, parse_headers = false, ignore_error = false;
  std::string key_separator = "\t", headers_delimiter = "\t", headers_separator = ",",
              headers_key_separator = ":";
  std::optional<std::string> null_marker;
};

/// What a line says. Texts are the line's own bytes.
struct LineRecord {
  std::optional<std::string> key, value;
  std::vector<std::pair<std::string, std::optional<std::string>>> headers;
};

/// kInvalidArgument: a separator is missing, with the number of the line (from 1).
Result<LineRecord> ParseRecordLine(const LineFormat& format, const std::string& line,
                                   int64_t number);

/// `--property` values of the consumer.
struct RecordFormat {
  bool print_timestamp = false, print_partition = false, print_offset = false,
       print_headers = false, print_key = false, print_value = true;
  std::string key_separator = "\t", line_separator = "\n", headers_separator = ",",
              null_literal = "null";
};

/// Appends the record as Kafka's DefaultMessageFormatter writes it.
void AppendRecord(const RecordFormat& format, PartitionId partition, const RecordView& record,
                  std::string* out);

/// Of `name=value` texts. kInvalidArgument: all that is wrong with them.
Result<LineFormat> LineFormatOf(const std::vector<std::string>& properties);
Result<RecordFormat> RecordFormatOf(const std::vector<std::string>& properties);

}  // namespace pinlake
