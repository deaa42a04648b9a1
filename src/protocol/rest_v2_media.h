// Media types of REST Proxy v2: what a request may be, and what its answer will be.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace pinlake {

inline constexpr std::string_view kRestV2Type = "application/vnd.kafka.v2+json";
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

/// Types are compared by case, as the original does; parameters are not looked at.
/// \see golden cases 044*, 045, 046, 117 of tests/golden/rest-proxy
RestV2Body RestV2BodyOf(std::optional<std::string_view> content_type);

/// The Content-Type of the answer to a request with \p accept, with the parameters that the client
/// asked for; none: 406.
/// \see golden cases 016*, 017, 018*
std::optional<std::string> NegotiateRestV2(std::optional<std::string_view> accept);

/// The Content-Type of a 415 answer: v2's if the client names it, else application/json.
std::string_view TypeOfUnsupported(std::optional<std::string_view> accept);

}  // namespace pinlake
