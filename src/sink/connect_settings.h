// From a connector's properties to what the sink's acting parts need.
#pragma once

#include "base/result.h"
#include "config/option_table.h"
#include "sink/s3_sink_options.h"
#include "sink/sink_settings.h"

namespace pinlake {

/// kInvalidArgument: a property that only shows its fault when it is used (an unknown time zone).
Result<SinkSettings> MakeSinkSettings(const Parsed<S3SinkConfig>& parsed);

/// All a task needs. \p entries are today's properties, for repeating cuts recorded under others.
Result<SinkTaskOptions> MakeSinkTaskOptions(const Parsed<S3SinkConfig>& parsed,
                                            const ConfigEntries& entries);

}  // namespace pinlake
