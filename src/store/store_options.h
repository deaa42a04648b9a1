// The section `store` of pipeline.yaml.
#pragma once

#include <string>

#include "base/clock.h"
#include "base/secret.h"
#include "config/option_table.h"
#include "store/s3/s3_client.h"
#include "store/s3/s3_object_settings.h"

namespace pinlake {

/// Where objects go. \see docs/stores.md
struct StoreOptions {
  std::string url;       ///< file:///D, file://relative/D, or s3://bucket/prefix
  std::string endpoint;  ///< http[s]://host[:port]; empty: Amazon's
  std::string region;    ///< empty: AWS_REGION, AWS_DEFAULT_REGION, the profile's, us-east-1
  S3Addressing addressing = S3Addressing::kAuto;
  std::string profile;
  std::string access_key_id;
  Secret secret_access_key;
  Secret session_token;
  std::string role_arn;  ///< empty: requests are signed by the keys themselves
  std::string role_session_name = "pinlake";
  std::string role_external_id;
  std::string sts_region;  ///< empty: the global endpoint
  bool accelerate = false;
  bool dualstack = false;
  S3ObjectSettings objects;
  S3Checksum checksum = S3Checksum::kSha256;
  std::string ca_file;
  int attempts_max = 4;
  Millis retry_backoff{100};
  Millis connect_timeout{5'000};
  Millis request_timeout{60'000};
  int connections_max = 64;
};

/// The rows of these options, without "store.".
const OptionTable<StoreOptions>& StoreOptionTable();

}  // namespace pinlake
