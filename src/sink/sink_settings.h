// What a sink's properties come to, for the parts that act.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "lake/object_key.h"
#include "log/group_consumer.h"
#include "model/record.h"
#include "sink/partitioner.h"
#include "sink/sink_partition.h"

namespace pinlake {

/// Turns records into an object's bytes. Not thread-safe.
class RecordEncoder {
 public:
  virtual ~RecordEncoder() = default;
  /// Appends \p record to \p body. \return false, with nothing appended, if its value is null.
  /// kInvalidArgument: it can't be converted; the same record will fail again.
  virtual Result<bool> Append(const RecordView& record, std::string* body) = 0;
};

/// `behavior.on.null.values`.
enum class NullValues { kFail, kIgnore };

/// Properties that decide the names, contents and boundaries of objects.
struct SinkSettings {
  ObjectNaming naming;
  CutRules rules;
  NullValues null_values = NullValues::kFail;
  /// `errors.tolerance=all`: a record that can't be converted is skipped.
  bool tolerate_bad_records = false;
  std::function<std::unique_ptr<RecordEncoder>()> make_encoder;
  /// None, or one that makes none: every record lies under `partition=<number>`.
  std::function<std::unique_ptr<Partitioner>()> make_partitioner;
  std::string content_type;
  std::string content_encoding;
  /// `s3.object.tagging`: objects are tagged with their offsets and count, and with `extra_tags`.
  bool tag_objects = false;
  bool tags_required = false;  ///< an object that can't be tagged is not stored
  std::vector<std::pair<std::string, std::string>> extra_tags;
  /// The same as text, those that differ from their defaults: for cut records.
  std::map<std::string, std::string> recorded;
};

/// Mistakes that the simulation must catch; each makes one rule of the protocol void.
enum class PlantedBug {
  kNone,
  kCommitBeforeStore,
  kNoCutRecord,
  kNoDigestCompare,
  kEpochIgnored,
  kForgetRecordedEnds,
  kForgetReadings,
};

struct SinkTaskOptions {
  GroupOptions group;
  SinkSettings today;
  /// The settings that a cut record's properties stand for, the others as today.
  std::function<Result<SinkSettings>(const std::map<std::string, std::string>&)> settings_for;
  /// `retry.backoff.ms`: the pause before an object or commit is tried again.
  Millis retry_backoff{5000};
  /// How long uploads under way are waited for on stop, failure and revocation.
  Millis drain_limit{5000};
  /// How long a commit that nothing waits for may wait for others to join it.
  Millis commit_linger{50};
  bool conditional_put = true;
  PlantedBug planted_bug = PlantedBug::kNone;
};

}  // namespace pinlake
