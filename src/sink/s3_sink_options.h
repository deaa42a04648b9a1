// The properties of a Connect S3 sink: which there are, what they may be, what they come to.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "base/secret.h"
#include "codec/connect_converter.h"
#include "config/option_table.h"
#include "lake/object_key.h"
#include "sink/partitioner.h"

namespace pinlake {

enum class StartOffset { kEarliest, kLatest, kNone };

/// A connector file, checked. Fields are named after their properties.
struct S3SinkConfig {
  std::string name;  ///< the group is `connect-<name>`
  int32_t tasks_max = 1;
  std::vector<std::string> topics;          ///< or
  std::optional<std::string> topics_regex;  ///< one of the two is set
  StartOffset start_offset = StartOffset::kEarliest;
  std::string instance_id;  ///< of static members, the task's number follows; empty: none

  // What decides names, contents and boundaries of objects.
  ObjectFormat format = ObjectFormat::kJson;
  std::string topics_dir, directory_delim, file_delim;
  int32_t offset_pad_width = 10;
  int64_t flush_size = 1;
  int64_t rotate_schedule_ms = -1;  ///< <= 0: off
  std::string timezone;
  int64_t rotate_interval_ms = -1;  ///< <= 0: off
  bool rotate_on_partition_change = true;
  int64_t open_objects_max = -1;
  PartitionerConfig partitioner;  ///< without what it shares: \see partitioning()
  std::string value_converter_class;
  std::optional<std::string> key_converter_class;
  std::map<std::string, std::string> value_converter_properties, key_converter_properties;
  bool ignore_nulls = false;     ///< behavior.on.null.values=ignore; else the task fails
  bool tolerate_errors = false;  ///< errors.tolerance=all; else the task fails

  // Where objects go.
  std::string bucket, region, store_url;
  bool path_style = true;
  std::string access_key_id;
  Secret secret_access_key;
  int32_t s3_attempts_max = 3;  ///< s3.part.retries: attempts in all
  Millis s3_retry_backoff{200};
  Millis retry_backoff{5000};
  bool accelerate = false;   ///< s3.wan.mode
  bool send_digest = false;  ///< s3.send.digest: Content-MD5
  std::string encryption, kms_key_id, acl, storage_class;
  Secret customer_key;
  bool assume_role = false;  ///< s3.credentials.provider.class is the one that assumes a role
  std::string role_arn, role_session_name, role_external_id, sts_region;
  bool tag_objects = false;
  bool tags_required = false;           ///< s3.object.behavior.on.tagging.error=fail
  std::vector<std::string> extra_tags;  ///< "name:value"

  std::string group() const { return "connect-" + name; }
  ConverterConfig value_converter() const {
    return {value_converter_class, value_converter_properties};
  }
  /// None: keys are not looked at.
  std::optional<ConverterConfig> key_converter() const;
  ObjectNaming naming() const;
  PartitionerConfig partitioning() const;
  /// s3.object.tagging.key.value.pairs, taken apart. kInvalidArgument: a pair that is none.
  Result<std::vector<std::pair<std::string, std::string>>> tags() const;
};

/// Every property of kafka-connect-s3 and of Connect around it: honoured, ignored with a warning,
/// or refused with the reason.
const OptionTable<S3SinkConfig>& S3SinkOptions();

/// Reads a connector file: .properties, or the JSON that Connect's REST API takes
/// (`{"name": …, "config": {…}}` or the config alone). `${env:…}` and `${file:…}` are replaced.
Result<ConfigEntries> LoadConnectorFile(const std::string& path);
/// The JSON form; \p file for messages. kInvalidArgument.
Result<ConfigEntries> ParseConnectorJson(std::string text, const std::string& file);

/// \p connector with what it leaves to its worker: converters, and `consumer.*` as
/// `consumer.override.*`. Where the connector names a converter, the worker's counts for nothing.
ConfigEntries WithWorkerDefaults(ConfigEntries connector, const ConfigEntries& worker);

/// All problems in one answer; what is ignored comes as warnings, unknown properties too (Connect
/// tolerates them).
Result<Parsed<S3SinkConfig>> ParseS3SinkProperties(const ConfigEntries& entries);

/// The given properties that decide names, contents and boundaries of objects: what a cut record
/// says. \see lake/cut_record.h
std::map<std::string, std::string> RecordedProperties(const Parsed<S3SinkConfig>& parsed);

/// Today's properties with those that RecordedProperties names as \p recorded says: a property that
/// it does not say has its default. kUnsupported: this release can't work under them.
Result<Parsed<S3SinkConfig>> UnderRecorded(const ConfigEntries& today,
                                           const std::map<std::string, std::string>& recorded);

}  // namespace pinlake
