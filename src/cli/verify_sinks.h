// Verify for sinks: of a pipeline, or of a connector file.
#pragma once

#include <optional>
#include <stop_token>

#include "audit/verify.h"
#include "cli/pipeline.h"
#include "sink/s3_sink_options.h"

namespace pinlake {

struct VerifyScope {
  /// Compare record by record.
  bool deep = false;
  /// Only records from this time on.
  std::optional<TimestampMs> since;
};

VerifyOptions VerifyOptionsOf(const S3SinkConfig& config, const VerifyScope& scope);

/// Of all sinks of \p pipeline: one report.
Result<VerifyReport> VerifySinks(const Pipeline& pipeline, EventLog& log, ObjectStore& store,
                                 const VerifyScope& scope, std::stop_token stop);

}  // namespace pinlake
