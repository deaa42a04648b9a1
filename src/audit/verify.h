// Proves from the outside that every record is in exactly one object.
#pragma once

#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "audit/verify_report.h"
#include "base/result.h"
#include "codec/connect_converter.h"
#include "lake/object_key.h"
#include "log/event_log.h"
#include "store/object_store.h"

namespace pinlake {

struct VerifyOptions {
  GroupName group;
  /// Topics by name, or
  std::vector<TopicName> topics;
  /// those that match as a whole.
  std::optional<std::string> topics_regex;
  ObjectNaming naming;
  ConverterConfig value_converter;
  /// None: keys are not converted.
  std::optional<ConverterConfig> key_converter;
  /// Also reads the log and the objects again and compares record by record.
  bool deep = false;
  /// Looks only at records from this time on.
  std::optional<TimestampMs> since;
  /// Requests to the store at a time.
  size_t requests_in_flight = 16;
};

/// Compares what objects say of themselves with the group's committed offsets and with the log. For
/// each topic partition: every offset from the first committed one to the committed one, as far as
/// the log still has its record, is in exactly one value object or counted as skipped. Objects that
/// say nothing (the original's) are counted by their lines.
///
/// May run while the sink does: what is beyond the committed offset is in flight. Memory does not
/// grow with the number of objects. Errors are those of log and store; damage is no error, it is in
/// the report.
Result<VerifyReport> Verify(EventLog& log, ObjectStore& store, const VerifyOptions& options,
                            std::stop_token stop = {});

}  // namespace pinlake
