// Kafka Connect's converters: bytes of the log to values.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "codec/connect_value.h"
#include "model/record.h"

namespace pinlake {

/// One converter of one sink task. Not thread-safe.
class ConnectConverter {
 public:
  virtual ~ConnectConverter() = default;
  /// kInvalidArgument: these bytes will never convert; by `errors.tolerance` the record is skipped
  /// or the task fails. The value is valid until the next call.
  virtual Result<ConnectValue> Convert(const MaybeBytes& bytes) = 0;
};

/// Which converter, as a connector's properties say: `value.converter` and, without that prefix,
/// `value.converter.*`.
struct ConverterConfig {
  std::string class_name;
  std::map<std::string, std::string> properties;
  bool operator==(const ConverterConfig&) const = default;
};

/// What is wrong with \p config, a sentence a problem; properties without effect here go to
/// \p ignored.
std::vector<std::string> CheckConverter(const ConverterConfig& config,
                                        std::vector<std::string>* ignored);

/// kInvalidArgument: all that CheckConverter says.
Result<std::unique_ptr<ConnectConverter>> MakeConverter(const ConverterConfig& config);

}  // namespace pinlake
