// Produce requests of REST Proxy v2, in the formats json and binary.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "base/result.h"
#include "model/record.h"
#include "protocol/rest_error.h"
#include "protocol/rest_v2_media.h"

namespace pinlake {

struct ProduceV2 {
  /// Keys and values lie in the body that was parsed.
  std::vector<NewRecord> records;
};

/// Parses \p body in place: it is changed, and holds the records' bytes afterwards.
///
/// json: keys and values are stored as compact JSON (protocol/json_scanner.h says how; a string key
/// keeps its quotes). binary: base64, decoded. In both, absent and null are a null key or a
/// tombstone. Schema fields are checked for their type and ignored.
///
/// avro, jsonschema, protobuf: no registry is served, so a key or value without schema is refused
/// as the original does (42201, 42202), one with a schema by 42207; records of nulls alone are
/// taken.
///
/// Errors are those of the original, with sentences of our own where it shows Java's: 400 for
/// malformed JSON, wrong types and bad base64, 422 for unknown fields and missing records.
/// \param format       kBinary, kJson, kAvro, kJsonSchema or kProtobuf
/// \param records_max  more records are refused with 413
/// \see golden cases 019–049 of tests/golden/rest-proxy
tl::expected<ProduceV2, RestError> ParseProduceV2(RestV2Body format, std::string& body,
                                                  size_t records_max);

/// The request that ParseProduceV2 reads as \p request; for clients and tests.
std::string RenderProduceV2(RestV2Body format, const ProduceV2& request);

/// Why one record was not taken, inside an answer with status 200.
struct RecordRefusal {
  int code = 50002;
  std::string message;
};
using ProducedV2 = tl::expected<Appended, RecordRefusal>;

/// The answer: one entry a record, in request order.
std::string RenderProducedV2(std::span<const ProducedV2> results);

}  // namespace pinlake
