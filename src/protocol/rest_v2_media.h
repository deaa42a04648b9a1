// Media types of REST Proxy v2: what a request may be, and what its answer will be.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace pinlake {

inline constexpr std::string_view kRestV2Type = "application/vnd.kafka.v2+json";
inline constexpr std::string_view kRestV2BinaryType = "application/vnd.kafka.binary.v2+json";
inline constexpr std::string_view kRestV2JsonType = "application/vnd.kafka.json.v2+json";
inline constexpr std::string_view kRestV2AvroType = "application/vnd.kafka.avro.v2+json";
inline constexpr std::string_view kRestV2JsonSchemaType =
    "application/vnd.kafka.jsonschema.v2+json";
inline constexpr std::string_view kRestV2ProtobufType = "application/vnd.kafka.protobuf.v2+json";
inline constexpr std::string_view kJsonType = "application/json";

/// Content-Types that v2 knows.
enum class RestV2Body {
  kNone,  ///< no Content-Type
  kBinary,
  kJson,
  kAvro,
  kJsonSchema,
  kProtobuf,
  kPlain,     ///< application/vnd.kafka.v2+json
  kOther,     ///< any other type: 415
  kNotAType,  ///< not of the form type/subtype: 400
};

/// "binary", "json", …: what a consumer's `format` is called; empty for what is no format.
std::string_view NameOf(RestV2Body format);

/// Types are compared by case, as the original does; parameters are not looked at.
/// \see golden cases 044*, 045, 046, 117 of tests/golden/rest-proxy
RestV2Body RestV2BodyOf(std::optional<std::string_view> content_type);

/// Whether a request to API v3 may have this Content-Type; none is taken for JSON.
bool IsJsonType(std::optional<std::string_view> content_type);

/// A type that an answer can have, and how much it is preferred to others, 0 to 1.
struct OfferedType {
  std::string_view type;
  double quality = 1;
};

/// The one of \p offered (at least one) that \p accept asks for, with the client's parameters;
/// none: 406. The client's qualities come first, those of the offer among equals.
std::optional<std::string> NegotiateType(std::optional<std::string_view> accept,
                                         std::span<const OfferedType> offered);

/// Of requests about a consumer: v2's type unless the client asks for an embedded one.
/// \see golden case 061e
std::optional<std::string> NegotiateRestV2Consumers(std::optional<std::string_view> accept);
/// Of reads: binary unless the client asks for another.
/// \see golden cases 068*
std::optional<std::string> NegotiateRestV2Records(std::optional<std::string_view> accept);

/// The Content-Type of the answer to a request with \p accept, with the parameters that the client
/// asked for; none: 406.
/// \see golden cases 016*, 017, 018*
std::optional<std::string> NegotiateRestV2(std::optional<std::string_view> accept);

/// The Content-Type of a 415 answer: v2's if the client names it, else application/json.
std::string_view TypeOfUnsupported(std::optional<std::string_view> accept);

}  // namespace pinlake
