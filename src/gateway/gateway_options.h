// What can be set of the gateway: section `gateway` of pipeline.yaml, flags of `pinlake gateway`.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/clock.h"
#include "config/option_table.h"

namespace pinlake {

struct GatewayOptions {
  std::string listen;
  bool insecure = false;
  std::vector<std::string> base_paths;
  int32_t threads = 0;
  int32_t connections_max = 0;
  uint32_t header_bytes_max = 0;
  uint64_t body_bytes_max = 0;
  int64_t body_bytes_minimum = 0;
  size_t records_max = 0;
  Millis idle_timeout{}, head_timeout{}, body_timeout{}, answer_timeout{}, write_timeout{};
  std::vector<std::string> cors_origins, cors_methods, cors_headers, cors_exposed;
};

const OptionTable<GatewayOptions>& GatewayOptionTable();

}  // namespace pinlake
