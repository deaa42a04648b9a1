// What properties of a sink must be together.
#pragma once

#include <vector>

#include "sink/s3_sink_options.h"

namespace pinlake {

/// For the option table.
std::vector<Rule<S3SinkConfig>> S3SinkRules();

}  // namespace pinlake
