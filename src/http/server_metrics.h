// What the server counts.
#pragma once

#include "observe/metrics.h"

namespace pinlake {

inline constexpr MetricDef kHttpConnections{.name = "pinlake_http_connections",
                                            .type = MetricType::kGauge,
                                            .help = "Connections open now."};
inline constexpr MetricDef kHttpConnectionsTotal{
    .name = "pinlake_http_connections_total",
    .type = MetricType::kCounter,
    .labels = {"outcome"},  // accepted, refused
    .help = "Connections accepted, or refused over the limit."};
inline constexpr MetricDef kHttpRefusedTotal{
    .name = "pinlake_http_refused_requests_total",
    .type = MetricType::kCounter,
    .labels = {"status"},
    .help = "Requests that the server answered itself: limits, framing, time-outs, budget."};
inline constexpr MetricDef kHttpReceivedBytesTotal{.name = "pinlake_http_received_bytes_total",
                                                   .type = MetricType::kCounter,
                                                   .help = "Bytes read from connections."};
inline constexpr MetricDef kHttpSentBytesTotal{.name = "pinlake_http_sent_bytes_total",
                                               .type = MetricType::kCounter,
                                               .help = "Bytes written to connections."};
inline constexpr MetricDef kHttpBodyBytes{.name = "pinlake_http_body_bytes",
                                          .type = MetricType::kGauge,
                                          .help = "Bytes of request bodies in memory."};

}  // namespace pinlake
