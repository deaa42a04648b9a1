// What a topic may be called and configured to: the rules of Kafka 3.9 that the logs of our own
// keep.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "base/result.h"
#include "log/event_log.h"

namespace pinlake {

/// Which configs a log of our own takes.
struct TopicRules {
  /// Values of configs that a topic does not set, by name; overrides Kafka's defaults.
  TopicConfigs defaults;
  /// cleanup.policy may contain "compact".
  bool allow_compact = false;
};

/// 1 to 249 characters of [a-zA-Z0-9._-], neither "." nor "..". kInvalidArgument.
/// \see org.apache.kafka.common.internals.Topic.validate
Status CheckTopicName(const TopicName& topic);

/// Name, counts and configs of a topic to create. kInvalidArgument names what is wrong.
Status CheckTopicSpec(const TopicSpec& spec, const TopicRules& rules);

/// kInvalidArgument names the config, its value and what is allowed.
Status CheckTopicConfig(const std::string& name, const std::string& value, const TopicRules& rules);

/// Every config with its value in force: \p set over the rules' defaults.
TopicConfigs ConfigsInForce(const TopicConfigs& set, const TopicRules& rules);

/// \p set after AlterTopic's \p changes; kInvalidArgument if one is not allowed.
Result<TopicConfigs> AlteredConfigs(
    TopicConfigs set, const std::map<std::string, std::optional<std::string>>& changes,
    const TopicRules& rules);

/// A config in force as a number; it has been checked before.
int64_t ConfigNumber(const TopicConfigs& in_force, const std::string& name);

/// The log offsets lie in; no topic of a user's may be called so.
inline constexpr std::string_view kOffsetsTopic = "__consumer_offsets";

}  // namespace pinlake
