// Health, readiness and metrics.
#pragma once

#include "gateway/call.h"

namespace pinlake {

/// 200 as long as the process answers.
void AnswerHealth(CallPtr call);
/// 503 with the reason while appends can't be made durable, and from the beginning of a stop.
void AnswerReady(CallPtr call);
void AnswerMetrics(CallPtr call);

}  // namespace pinlake
