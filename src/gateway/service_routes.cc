#include "gateway/service_routes.h"

namespace pinlake {

void AnswerHealth(CallPtr call) {
  call->type = kJsonType;
  call->Send(200, R"({"status":"ok"})");
}

void AnswerReady(CallPtr call) {
  call->type = kJsonType;
  if (call->context.stopping) return call->SendError({503, 503, "The gateway is stopping."});
  if (const Status ready = call->context.log.Ready(); !ready) {
    return call->SendError({503, 503, ready.error().message()});
  }
  call->Send(200, R"({"status":"ready"})");
}

void AnswerMetrics(CallPtr call) {
  call->type = kMetricsContentType;
  call->Send(200, call->context.metrics.Render());
}

}  // namespace pinlake
