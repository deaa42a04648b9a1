// REST Proxy v2: produce. An answer says for each record where it lies, durably, or why not.
#pragma once

#include "gateway/call.h"

namespace pinlake {

void ProduceToTopic(CallPtr call);
void ProduceToPartition(CallPtr call);

}  // namespace pinlake
