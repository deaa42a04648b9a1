// Avro's two encodings of a value: binary and JSON, one to the other.
// Source of the formats: Apache Avro 1.11 specification, "Binary Encoding" and "JSON Encoding".
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "codec/avro_schema.h"
#include "codec/json.h"

namespace pinlake {

/// Appends the binary encoding of \p value, which is in Avro's JSON encoding: a union's branch is
/// named ({"string": "a"}), bytes and fixed are strings of the characters U+0000 to U+00FF, a
/// record has all of its fields. Members that the schema does not have are passed over, as Java's
/// decoder does. kInvalidArgument names the place: "orders.items[2].price: a string is no double";
/// \p out is then unchanged.
Status AppendAvro(const AvroSchema& schema, JsonValue value, std::string* out);

/// Appends the JSON encoding of \p bytes, which hold one value and nothing behind it.
/// kInvalidArgument: the bytes are not of this schema; \p out is then unchanged. What cannot be a
/// JSON number (NaN, infinities) becomes a string, as Java's encoder has it.
Status AppendAvroJson(const AvroSchema& schema, std::string_view bytes, std::string* out);

/// Deeper values are refused.
inline constexpr int kAvroDepthMax = 500;

}  // namespace pinlake
