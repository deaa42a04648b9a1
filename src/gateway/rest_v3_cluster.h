// REST Proxy v3: the cluster and its brokers. These wait for the log.
#pragma once

#include "gateway/call.h"

namespace pinlake {

void V3ListClusters(CallPtr call);
void V3GetCluster(CallPtr call);
void V3ListBrokers(CallPtr call);
void V3GetBroker(CallPtr call);

}  // namespace pinlake
