// The store that a connector file names.
#pragma once

#include <memory>
#include <stop_token>

#include "base/result.h"
#include "sink/s3_sink_options.h"
#include "store/object_store.h"

namespace pinlake {

/// `s3.bucket.name` at `store.url` (an endpoint, or file:///D: objects under D/<bucket>/), else at
/// Amazon's endpoint of `s3.region`. Errors as of OpenStore.
Result<std::unique_ptr<ObjectStore>> OpenConnectorStore(const S3SinkConfig& config,
                                                        std::stop_token stop);

}  // namespace pinlake
