// REST Proxy v3: consumer groups, their members and lag. These wait for the log.
#pragma once

#include "gateway/call.h"

namespace pinlake {

void V3ListGroups(CallPtr call);
void V3GetGroup(CallPtr call);
void V3ListConsumers(CallPtr call);
void V3GetConsumer(CallPtr call);
void V3ListAssignments(CallPtr call);
void V3ListLags(CallPtr call);
void V3GetLag(CallPtr call);
void V3GetLagSummary(CallPtr call);

}  // namespace pinlake
