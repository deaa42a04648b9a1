#include "protocol/json_body.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <limits>

#include "protocol/json_scanner.h"

namespace pinlake {
namespace {

constexpr size_t kShownBytesMax = 200;

RestError WrongType(std::string_view what, std::string_view wanted, JsonValue value) {
  return {400, 400, fmt::format("{} must be {}, not {}", what, wanted, Name(value.kind()))};
}

std::string_view Trim(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

/// False if \p text is no number, or not one of 64 bits.
bool ReadNumber(std::string_view text, int64_t* out) {
  if (text.starts_with('+')) text.remove_prefix(1);
  const char* const end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, *out);
  if (read.ec == std::errc() && read.ptr == end) return true;
  double real = 0;
  const auto read_real = std::from_chars(text.data(), end, real);
  if (read_real.ec != std::errc() || read_real.ptr != end) return false;
  real = std::trunc(real);
  constexpr double kLimit = 9223372036854775808.0;  // 2^63
  if (!(real >= -kLimit && real < kLimit)) return false;
  *out = static_cast<int64_t>(real);
  return true;
}

}  // namespace

tl::expected<std::optional<JsonDocument>, RestError> ParseJsonBody(std::string_view body) {
  std::string text(body);
  if (text.starts_with("\xef\xbb\xbf")) text.erase(0, 3);
  JsonScanner scanner(text);
  scanner.Peek();
  if (scanner.AtEnd()) return std::nullopt;
  std::string_view value;
  if (!scanner.Value(&value)) {
    return tl::unexpected<RestError>(RestError{400, 400, scanner.error()});
  }
  auto document = JsonDocument::Parse(std::string(value));
  if (!document) return tl::unexpected<RestError>(RestError{400, 400, document.error().message()});
  if (document->root().is_null()) return std::nullopt;
  return std::move(*document);
}

BodyProblem ReadObject(JsonValue value, std::string_view what, std::span<const BodyField> fields) {
  if (!value.is_object()) return WrongType(what, "an object", value);
  for (const auto& member : value.members()) {
    const BodyField* known = nullptr;
    for (const auto& field : fields) {
      if (field.name == member.name) known = &field;
    }
    if (known == nullptr) {
      return RestError{
          422, 422, fmt::format("Unrecognized field: {}", member.name.substr(0, kShownBytesMax))};
    }
    if (auto problem = known->read(member.value)) return problem;
  }
  return std::nullopt;
}

BodyProblem ReadArray(JsonValue value, std::string_view what,
                      const std::function<BodyProblem(JsonValue)>& read) {
  if (value.is_null()) return std::nullopt;
  if (!value.is_array()) return WrongType(what, "an array", value);
  for (const JsonValue element : value.elements()) {
    if (auto problem = read(element)) return problem;
  }
  return std::nullopt;
}

BodyProblem ReadText(JsonValue value, std::string_view what, std::optional<std::string>* out) {
  out->reset();
  switch (value.kind()) {
    case JsonKind::kNull:
      return std::nullopt;
    case JsonKind::kString:
      *out = std::string(*value.AsString());
      return std::nullopt;
    case JsonKind::kBool:
    case JsonKind::kNumber:
      *out = value.ToText();
      return std::nullopt;
    case JsonKind::kArray:
    case JsonKind::kObject:
      return WrongType(what, "a string", value);
  }
  return std::nullopt;
}

BodyProblem ReadInt64(JsonValue value, std::string_view what, std::optional<int64_t>* out) {
  out->reset();
  std::string_view text;
  if (value.is_null()) return std::nullopt;
  if (const auto number = value.AsNumberText()) {
    text = *number;
  } else if (const auto string = value.AsString()) {
    text = Trim(*string);
    if (text.empty()) return std::nullopt;
  } else {
    return WrongType(what, "an integer", value);
  }
  int64_t number = 0;
  if (!ReadNumber(text, &number)) {
    return RestError{400, 400, fmt::format("{} must be an integer of 64 bits", what)};
  }
  *out = number;
  return std::nullopt;
}

BodyProblem ReadInt32(JsonValue value, std::string_view what, std::optional<int32_t>* out) {
  out->reset();
  std::optional<int64_t> wide;
  if (auto problem = ReadInt64(value, what, &wide)) return problem;
  if (!wide) return std::nullopt;
  if (*wide < std::numeric_limits<int32_t>::min() || *wide > std::numeric_limits<int32_t>::max()) {
    return RestError{400, 400, fmt::format("{} must be an integer of 32 bits", what)};
  }
  *out = static_cast<int32_t>(*wide);
  return std::nullopt;
}

}  // namespace pinlake
