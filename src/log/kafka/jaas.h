// The value of sasl.jaas.config: a login module and its options.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace pinlake::kafka {

struct JaasModule {
  std::string module;  ///< class name
  std::string flag;    ///< required, requisite, sufficient, optional
  std::map<std::string, std::string> options;
};

/// Parses `module flag key="value" key=value …;`, one or several. kInvalidArgument says where;
/// option values are never quoted in it. \see org.apache.kafka.common.security.JaasConfig
Result<std::vector<JaasModule>> ParseJaas(std::string_view text);

}  // namespace pinlake::kafka
