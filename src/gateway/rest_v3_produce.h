// REST Proxy v3: produce. Records come in a stream, and each one's answer goes out as soon as it
// and all before it are known.
#pragma once

#include <memory>

#include "gateway/call.h"

namespace pinlake {

std::shared_ptr<BodyReader> V3Produce(CallPtr call, BodyValve valve);
/// A request without body.
void V3RefuseEmpty(CallPtr call);

}  // namespace pinlake
