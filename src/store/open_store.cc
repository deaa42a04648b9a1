#include "store/open_store.h"

#include "aws/profile_credentials.h"
#include "config/interpolation.h"
#include "store/local/local_store.h"
#include "store/role_credentials.h"
#include "store/s3/s3_store.h"

namespace pinlake {
namespace {

/// What the options give, else the usual chain.
std::shared_ptr<CachedCredentials> ChooseCredentials(const StoreOptions& options,
                                                     const LookUpVariable& variables,
                                                     Clock& clock) {
  if (options.access_key_id.empty()) return DefaultCredentials(options.profile, variables, clock);
  return std::make_shared<CachedCredentials>(
      StaticCredentials(
          {options.access_key_id, options.secret_access_key, options.session_token, {}, "options"}),
      clock);
}

/// The keys of options.role_arn, or \p base if there is none.
std::shared_ptr<CachedCredentials> InRole(const StoreOptions& options,
                                          std::shared_ptr<CachedCredentials> base,
                                          HttpClientOptions http, const LookUpVariable& variables,
                                          Clock& clock) {
  if (options.role_arn.empty()) return base;
  AssumeRole role{.role_arn = options.role_arn,
                  .session_name = options.role_session_name,
                  .external_id = options.role_external_id,
                  .region = options.sts_region,
                  .endpoint = variables("AWS_ENDPOINT_URL_STS").value_or("")};
  return RoleCredentials(std::move(base), std::move(role), std::move(http), clock);
}

Result<std::unique_ptr<ObjectStore>> OpenS3(const StoreOptions& options, std::stop_token stop,
                                            const LookUpVariable& variables) {
  const ProfilePlace place = FindProfile(options.profile, variables);
  S3Client::Parts parts;
  parts.region = options.region.empty() ? RegionInForce(place, variables) : options.region;
  if (parts.region.empty()) parts.region = "us-east-1";
  ASSIGN_OR_RETURN(
      parts.location,
      LocateBucket(options.url, options.endpoint, parts.region, options.addressing,
                   {.accelerate = options.accelerate, .dualstack = options.dualstack}));
  RETURN_IF_ERROR(CheckS3ObjectSettings(options.objects));
  parts.retry = {.attempts_max = options.attempts_max, .backoff = options.retry_backoff};
  parts.http = {.connect_timeout = options.connect_timeout,
                .request_timeout = options.request_timeout,
                .idle_per_origin_max = static_cast<size_t>(options.connections_max),
                .ca_file = options.ca_file,
                .user_agent = "pinlake"};
  if (parts.http.ca_file.empty()) parts.http.ca_file = variables("AWS_CA_BUNDLE").value_or("");
  parts.clock = &SystemClock();
  parts.stop = std::move(stop);
  parts.credentials = InRole(options, ChooseCredentials(options, variables, *parts.clock),
                             parts.http, variables, *parts.clock);
  if (auto credentials = parts.credentials->Get(parts.stop); !credentials) {
    return Fail(
        std::move(credentials).error().In(fmt::format("open store {}", parts.location.Text())));
  }
  return std::make_unique<S3Store>(std::move(parts), options.checksum, options.objects);
}

}  // namespace

Result<std::unique_ptr<ObjectStore>> OpenStore(const StoreOptions& options, std::stop_token stop) {
  return OpenStore(options, std::move(stop), ProcessEnvironment());
}

Result<std::unique_ptr<ObjectStore>> OpenStore(
    const StoreOptions& options, std::stop_token stop,
    const std::function<std::optional<std::string>(const std::string& name)>& variables) {
  if (options.url.starts_with("file://")) {
    ASSIGN_OR_RETURN(auto store, LocalStore::Open({.directory = options.url.substr(7)}));
    return store;
  }
  if (options.url.starts_with("s3://")) return OpenS3(options, std::move(stop), variables);
  return Fail(ErrorKind::kInvalidArgument,
              "store url '{}' is neither file:///directory nor s3://bucket/prefix", options.url);
}

}  // namespace pinlake
