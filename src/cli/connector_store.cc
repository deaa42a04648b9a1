#include "cli/connector_store.h"

#include "store/open_store.h"

namespace pinlake {

Result<std::unique_ptr<ObjectStore>> OpenConnectorStore(const S3SinkConfig& config,
                                                        std::stop_token stop) {
  StoreOptions options = StoreOptionTable().Defaults();
  if (config.store_url.starts_with("file://")) {
    options.url = config.store_url + "/" + config.bucket;
    return OpenStore(options, stop);
  }
  options.url = "s3://" + config.bucket;
  options.endpoint = config.store_url;
  // As in the original: a scheme may be missing, and means https.
  if (!options.endpoint.empty() && options.endpoint.find("://") == std::string::npos) {
    options.endpoint = "https://" + options.endpoint;
  }
  options.region = config.region;
  options.addressing = config.path_style ? S3Addressing::kPath : S3Addressing::kVirtualHost;
  options.access_key_id = config.access_key_id;
  options.secret_access_key = config.secret_access_key;
  if (config.assume_role) {
    options.role_arn = config.role_arn;
    options.role_session_name = config.role_session_name;
    options.role_external_id = config.role_external_id;
    options.sts_region = config.sts_region;
  }
  options.accelerate = config.accelerate;
  if (config.send_digest) options.checksum = S3Checksum::kMd5;
  options.objects = {.encryption = config.encryption,
                     .kms_key_id = config.kms_key_id,
                     .customer_key = config.customer_key,
                     .acl = config.acl,
                     .storage_class = config.storage_class};
  options.attempts_max = config.s3_attempts_max;
  options.retry_backoff = config.s3_retry_backoff;
  return OpenStore(options, stop);
}

}  // namespace pinlake
