// client.properties as Kafka users write it, for librdkafka.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "config/config_entries.h"
#include "log/kafka/jaas.h"

namespace pinlake::kafka {

enum class ClientRole { kCommon, kProducer, kConsumer };

/// How to sign in to MSK: the options of IAMLoginModule.
struct MskIamOptions {
  std::map<std::string, std::string> options;
};

struct TranslatedProperties {
  /// librdkafka's names. Values may be secrets.
  std::map<std::string, std::string> properties;
  /// Set when sasl.mechanism is AWS_MSK_IAM, or OAUTHBEARER with AWS's handler.
  std::optional<MskIamOptions> msk_iam;
  /// One line each: a property that has no effect here.
  std::vector<std::string> warnings;
};

/// Translates Java client properties; librdkafka's own names pass through. Reads the trust and key
/// stores that they name. kInvalidArgument: all problems in one answer, each with file, line, key
/// and what to write instead. Values of secrets are not shown. \see reference tables in
/// docs/kafka.md
Result<TranslatedProperties> TranslateClientProperties(const ConfigEntries& entries,
                                                       ClientRole role);

}  // namespace pinlake::kafka
