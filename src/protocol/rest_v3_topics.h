// Requests of REST Proxy v3 about topics.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <utility>
#include <vector>

#include "protocol/rest_error.h"

namespace pinlake {

struct NewTopicV3 {
  std::string topic;
  std::optional<int32_t> partitions, replication_factor;
  std::vector<std::pair<std::string, std::string>> configs;
};
/// 400 for malformed JSON, wrong types and a missing name; 422 for unknown fields, 42206 without a
/// body. Replica assignments are refused by name.
/// \see golden cases 097–099*
tl::expected<NewTopicV3, RestError> ParseNewTopicV3(std::string_view body);

/// `{"value":"2000"}`; a null value resets.
tl::expected<std::optional<std::string>, RestError> ParseConfigValueV3(std::string_view body);

/// `{"data":[{"name":…,"value":…,"operation":"SET"|"DELETE"}]}`: names with values, none to reset.
/// \see golden case 099q
using ConfigChangesV3 = std::vector<std::pair<std::string, std::optional<std::string>>>;
tl::expected<ConfigChangesV3, RestError> ParseAlterConfigsV3(std::string_view body);

}  // namespace pinlake
