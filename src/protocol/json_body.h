// Small request bodies, read as Jackson reads them into a Java class.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "codec/json.h"
#include "protocol/rest_error.h"

namespace pinlake {

/// None: fine. Otherwise what the request is answered with.
using BodyProblem = std::optional<RestError>;

/// Parses the first value of \p body; what follows is not looked at. None: empty, blank or null.
/// 400 for malformed JSON.
tl::expected<std::optional<JsonDocument>, RestError> ParseJsonBody(std::string_view body);

/// A member of an object, and what reads it.
struct BodyField {
  std::string_view name;
  std::function<BodyProblem(JsonValue)> read;
};

/// Reads the members of \p value by \p fields. 400 if it is no object, 422 for a member without a
/// field. \param what  what it is, for messages
BodyProblem ReadObject(JsonValue value, std::string_view what, std::span<const BodyField> fields);

/// Elements of an array; null is none. 400 if it is something else.
BodyProblem ReadArray(JsonValue value, std::string_view what,
                      const std::function<BodyProblem(JsonValue)>& read);

/// A string; numbers and booleans as their text, null as none.
BodyProblem ReadText(JsonValue value, std::string_view what, std::optional<std::string>* out);
/// An integer: a number loses its fraction, a string is read, "" and null are none. 400 if it does
/// not fit.
BodyProblem ReadInt64(JsonValue value, std::string_view what, std::optional<int64_t>* out);
BodyProblem ReadInt32(JsonValue value, std::string_view what, std::optional<int32_t>* out);

}  // namespace pinlake
