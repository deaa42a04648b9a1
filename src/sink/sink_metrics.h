// What the sink counts.
#pragma once

#include "lake/cut_record.h"
#include "model/record.h"
#include "observe/metrics.h"

namespace pinlake {

inline constexpr MetricDef kSinkObjectsTotal{
    .name = "pinlake_sink_objects_total",
    .type = MetricType::kCounter,
    .labels = {"topic", "reason"},
    .help = "Objects stored, by what caused the rotation."};
inline constexpr MetricDef kSinkBytesTotal{.name = "pinlake_sink_stored_bytes_total",
                                           .type = MetricType::kCounter,
                                           .labels = {"topic"},
                                           .help = "Bytes of the objects stored."};
inline constexpr MetricDef kSinkRecordsTotal{.name = "pinlake_sink_stored_records_total",
                                             .type = MetricType::kCounter,
                                             .labels = {"topic"},
                                             .help = "Records in the objects stored."};
inline constexpr MetricDef kSinkSkippedTotal{
    .name = "pinlake_sink_skipped_records_total",
    .type = MetricType::kCounter,
    .labels = {"topic", "why"},
    .help =
        "Records read that go into no object: ignored nulls, tolerated bad records. Counted "
        "again when read again."};
inline constexpr MetricDef kSinkAdoptedTotal{
    .name = "pinlake_sink_adopted_objects_total",
    .type = MetricType::kCounter,
    .labels = {"topic"},
    .help = "Objects that existed already and hold the same records."};
inline constexpr MetricDef kSinkCommitsTotal{.name = "pinlake_sink_commits_total",
                                             .type = MetricType::kCounter,
                                             .labels = {"topic"},
                                             .help = "Offset commits."};
inline constexpr MetricDef kSinkRetriesTotal{
    .name = "pinlake_sink_retries_total",
    .type = MetricType::kCounter,
    .labels = {"what", "kind"},
    .help = "Stores and commits to be tried again, by the kind of error."};
inline constexpr MetricDef kSinkLostRecordsTotal{
    .name = "pinlake_sink_lost_records_total",
    .type = MetricType::kCounter,
    .labels = {"topic"},
    .help = "Offsets that retention removed before they were stored."};
inline constexpr MetricDef kSinkLagRecords{.name = "pinlake_sink_lag_records",
                                           .type = MetricType::kGauge,
                                           .labels = {"topic", "partition"},
                                           .help = "End offset minus committed offset."};
inline constexpr MetricDef kSinkFailedTasks{.name = "pinlake_sink_failed_tasks_count",
                                            .type = MetricType::kGauge,
                                            .help = "Sink tasks that stopped with an error."};

}  // namespace pinlake
