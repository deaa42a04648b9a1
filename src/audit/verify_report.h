// What verify found.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "log/event_log.h"
#include "model/record.h"

namespace pinlake {

enum class FindingKind {
  // Damage.
  kGap,       ///< records in no object
  kDouble,    ///< offsets in two objects
  kCount,     ///< an object or cut has more or fewer records than the log
  kDigest,    ///< the records in the log are not those that the object was made of
  kContents,  ///< the object's bytes are not what its records give
  kMetadata,  ///< what the object says is damaged, or contradicts its name
  kWrongLog,  ///< the object is of another log, or of another life of the topic
  kLost,      ///< retention took records before they were stored
  // No damage.
  kUnknownObject,  ///< an object whose name is not one of the sink's
  kUncheckable,    ///< the log has the records no more
};
/// "gap", "double" …
std::string_view Name(FindingKind kind);
bool IsDamage(FindingKind kind);

struct Finding {
  FindingKind kind = FindingKind::kGap;
  std::string what;
};

/// Findings are kept up to this many a topic partition; all are counted.
inline constexpr size_t kFindingsKept = 100;

struct PartitionReport {
  TopicPartition tp;
  OffsetRange log;
  /// None committed: nothing is to be proved yet.
  bool committed_any = false;
  Offset start;      ///< from here on records are to be in objects
  Offset committed;  ///< up to here
  int64_t objects = 0, records = 0, bytes = 0;
  int64_t skipped = 0;
  /// Objects beyond the committed offset: stored, not yet committed.
  int64_t objects_in_flight = 0, records_in_flight = 0;
  /// Objects of the original connector: they say nothing of themselves.
  int64_t objects_without_metadata = 0;
  int64_t objects_compared = 0;  ///< with the log, record by record
  int64_t damage = 0, notes = 0;
  std::vector<Finding> findings;

  void Add(FindingKind kind, std::string what);
};

struct VerifyReport {
  std::vector<PartitionReport> partitions;  ///< by topic and partition

  bool clean() const;
  /// Sums over all partitions; tp and offsets mean nothing.
  PartitionReport Totals() const;
};

/// A table for the terminal, then the findings, then one sentence.
std::string RenderText(const VerifyReport& report);
/// `{"clean": …, "objects": …, "records": …, "partitions": [{…, "findings": […]}]}` and a line end.
std::string RenderJson(const VerifyReport& report);

}  // namespace pinlake
