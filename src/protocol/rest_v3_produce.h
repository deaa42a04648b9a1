// Produce of REST Proxy v3: one JSON object a record, one object a result.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "model/record.h"
#include "protocol/rest_error.h"

namespace pinlake {

/// Key or value: how it was given, and its bytes; none: null.
struct DataV3 {
  std::string type;  ///< "BINARY" or "JSON"
  std::optional<std::string> bytes;
  bool operator==(const DataV3&) const = default;
};

struct HeaderV3 {
  std::string name;
  std::optional<std::string> value;
  bool operator==(const HeaderV3&) const = default;
};

struct ProduceV3 {
  std::optional<PartitionId> partition;
  std::optional<TimestampMs> timestamp;
  std::vector<HeaderV3> headers;
  std::optional<DataV3> key, value;
  bool operator==(const ProduceV3&) const = default;

  /// The record, whose bytes are this object's; \p views holds its headers.
  NewRecord Record(std::vector<HeaderView>* views) const;
};

/// One record. Errors are for an answer by record: 400, or 422 for a schema. `status` 400 with
/// `code` kSyntaxV3 means that it is no JSON, so what follows can't be told apart.
/// JSON data is stored compact, with the digits of its numbers.
/// \see golden cases 101*, 102*, 103*
inline constexpr int kSyntaxV3 = -1;
tl::expected<ProduceV3, RestError> ParseProduceV3(std::string_view text);

/// The text that ParseProduceV3 reads as \p record; for clients and tests.
std::string RenderProduceV3(const ProduceV3& record);

/// A result, with the line's end behind it. \p cluster is what the request called it.
std::string RenderProducedV3(std::string_view cluster, std::string_view topic,
                             const Appended& appended, const ProduceV3& record);
/// The same for a record that was not taken.
std::string RenderRefusedV3(int code, std::string_view message);

}  // namespace pinlake
