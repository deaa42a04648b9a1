// From options to a store.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>

#include "store/object_store.h"
#include "store/store_options.h"

namespace pinlake {

/// Opens what `options.url` names; nothing is sent yet to S3 (ask CheckReachable). A missing
/// directory is made. \p stop ends waits within calls of an S3 store. \p variables: the
/// environment, for credentials, region, AWS_CA_BUNDLE and AWS_ENDPOINT_URL_STS.
///
/// kInvalidArgument: an url, endpoint or profile that is wrong; kUnauthenticated: no credentials,
/// says where it looked; kUnsupported: a profile that gets its keys in a way not supported;
/// kNotFound, kPermissionDenied: the directory.
Result<std::unique_ptr<ObjectStore>> OpenStore(const StoreOptions& options,
                                               std::stop_token stop = {});
Result<std::unique_ptr<ObjectStore>> OpenStore(
    const StoreOptions& options, std::stop_token stop,
    const std::function<std::optional<std::string>(const std::string& name)>& variables);

}  // namespace pinlake
