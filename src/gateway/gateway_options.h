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
  // Consumer instances, and what they and their addresses are called.
  std::string server_id, host_name;
  std::vector<std::string> advertised_listeners;
  int32_t consumer_threads = 0;
  size_t consumer_instances_max = 0, consumer_poll_records = 0;
  bool api_v2 = false, api_v3 = false;
  Millis consumer_instance_timeout{}, consumer_wait{}, consumer_backoff{};
  int64_t consumer_bytes_max = 0;
  int64_t consumer_fetch_min = 0;
  std::vector<std::string> cors_origins, cors_methods, cors_headers, cors_exposed;
};

const OptionTable<GatewayOptions>& GatewayOptionTable();

}  // namespace pinlake
