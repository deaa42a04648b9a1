// What the gateway counts.
#pragma once

#include "observe/metrics.h"

namespace pinlake {

inline constexpr MetricDef kGatewayRequestsTotal{.name = "pinlake_gateway_requests_total",
                                                 .type = MetricType::kCounter,
                                                 .labels = {"route", "status"},
                                                 .help = "Requests answered.",
                                                 .series_max = 1000};
inline constexpr MetricDef kGatewayRequestSeconds{
    .name = "pinlake_gateway_request_seconds",
    .type = MetricType::kHistogram,
    .labels = {"route"},
    .help = "From a whole request read to its answer, the log's commit included."};
inline constexpr MetricDef kGatewayRecordsTotal{.name = "pinlake_gateway_records_total",
                                                .type = MetricType::kCounter,
                                                .labels = {"topic"},
                                                .help = "Records acknowledged.",
                                                .series_max = 1000};
inline constexpr MetricDef kGatewayRecordErrorsTotal{
    .name = "pinlake_gateway_record_errors_total",
    .type = MetricType::kCounter,
    .labels = {"code"},
    .help = "Records not acknowledged, by the code in their answer."};

}  // namespace pinlake
