// The formats of object contents: values in, bytes out.
#pragma once

#include <string>

#include "base/result.h"
#include "codec/connect_value.h"

namespace pinlake {

/// Writes the records of one object, one after the other. Not thread-safe.
class ObjectWriter {
 public:
  virtual ~ObjectWriter() = default;
  /// Appends a record's bytes to \p out. kInvalidArgument: this format cannot hold the value; \p
  /// out is unchanged.
  virtual Status Append(const ConnectValue& value, std::string* out) = 0;
  /// What follows the last record.
  virtual Status Finish(std::string* out) = 0;
};

/// io.confluent.connect.s3.format.json.JsonFormat: a line of compact JSON a record, `\n` behind the
/// last one too. A string becomes a JSON string, bytes one in
/// base64. Differs from the original in nothing that a JSON
/// reader sees, except that digits, order and escapes stay as the producer wrote them.
/// \see tests/golden/s3-sink
class JsonLinesWriter final : public ObjectWriter {
 public:
  Status Append(const ConnectValue& value, std::string* out) override;
  Status Finish(std::string* out) override;
};

}  // namespace pinlake
