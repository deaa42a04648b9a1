// Records as lines of text, as Kafka's console consumer prints them.
#pragma once

#include <string>

#include "config/option_table.h"
#include "model/record.h"

namespace pinlake {

/// Properties of the console consumer.
/// \see kafka.tools.DefaultMessageFormatter (2.8)
struct PrintFormat {
  bool timestamp = false, partition = false, offset = false, headers = false, key = false;
  bool value = true;
  std::string separator, line_separator, headers_separator, null_literal;
};
const OptionTable<PrintFormat>& PrintFormatTable();

/// The record's line with its end.
std::string PrintRecord(const PrintFormat& format, PartitionId partition, const RecordView& record);

}  // namespace pinlake
