// REST Proxy v3: topics, their configs, partitions and replicas. These wait for the log.
#pragma once

#include "gateway/call.h"

namespace pinlake {

void V3ListTopics(CallPtr call);
void V3CreateTopic(CallPtr call);
void V3GetTopic(CallPtr call);
void V3DeleteTopic(CallPtr call);
void V3ListConfigs(CallPtr call);
void V3GetConfig(CallPtr call);
void V3SetConfig(CallPtr call);
void V3ResetConfig(CallPtr call);
void V3AlterConfigs(CallPtr call);
void V3ListPartitions(CallPtr call);
void V3GetPartition(CallPtr call);
void V3ListReplicas(CallPtr call);
void V3GetReplica(CallPtr call);

}  // namespace pinlake
