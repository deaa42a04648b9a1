// REST Proxy v2: consumers. The calls of an instance run on the threads of RestConsumers.
#pragma once

#include "gateway/call.h"

namespace pinlake {

void CreateConsumer(CallPtr call);
void DeleteConsumer(CallPtr call);
void SubscribeConsumer(CallPtr call);
void GetSubscription(CallPtr call);
void UnsubscribeConsumer(CallPtr call);
void AssignConsumer(CallPtr call);
void GetAssignments(CallPtr call);
void SeekConsumer(CallPtr call);
void SeekConsumerToBeginning(CallPtr call);
void SeekConsumerToEnd(CallPtr call);
void CommitOffsets(CallPtr call);
void GetCommittedOffsets(CallPtr call);
void ReadRecords(CallPtr call);

}  // namespace pinlake
