// What a connector file will do, said before it is run.
#pragma once

#include <cstdint>
#include <string>

#include "sink/s3_sink_options.h"

namespace pinlake {

/// What is expected to come, over all topics together.
struct SinkLoad {
  double records_per_second = 100;
  int64_t record_bytes = 300;  ///< as stored
  int32_t partitions = 3;      ///< topic partitions
};

/// What \p load comes to under a configuration.
struct SinkEstimate {
  double objects_per_hour = 0;
  double records_per_object = 0;
  double seconds_per_object = 0;  ///< in one topic partition; how late the last record is stored
  double open_bytes = 0;          ///< in memory, all topic partitions together
  double put_price_per_day = 0;   ///< USD, at Amazon's kPutPricePerThousand
};

/// S3 Standard in us-east-1.
inline constexpr double kPutPricePerThousand = 0.005;

/// An object is cut when it is full or by the schedule, whichever comes first. \p load is above 0.
SinkEstimate EstimateSink(const S3SinkConfig& config, const SinkLoad& load);

/// Group, place, credentials, names by example, when objects are cut, sizes and prices under
/// \p load, warnings, and each given property with what becomes of it. Holds no secret.
std::string ExplainSink(const Parsed<S3SinkConfig>& parsed, const SinkLoad& load);

}  // namespace pinlake
