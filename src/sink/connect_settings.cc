#include "sink/connect_settings.h"

#include <algorithm>
#include <utility>

#include "codec/object_writer.h"

namespace pinlake {
namespace {

/// A Connect converter, then a format.
class ConnectEncoder final : public RecordEncoder {
 public:
  ConnectEncoder(std::unique_ptr<ConnectConverter> value, std::unique_ptr<ConnectConverter> key)
      : value_(std::move(value)), key_(std::move(key)) {}

  Result<bool> Append(const RecordView& record, std::string* body) override {
    if (key_) {
      const auto key = key_->Convert(record.key);
      if (!key) return Fail(key.error().In("convert the key"));
    }
    ASSIGN_OR_RETURN(const ConnectValue value, value_->Convert(record.value));
    if (value.is_null()) return false;
    RETURN_IF_ERROR(writer_.Append(value, body));
    return true;
  }

 private:
  std::unique_ptr<ConnectConverter> value_;
  std::unique_ptr<ConnectConverter> key_;
  JsonLinesWriter writer_;
};

Result<std::unique_ptr<RecordEncoder>> MakeEncoder(const S3SinkConfig& config) {
  ASSIGN_OR_RETURN(auto value, MakeConverter(config.value_converter()));
  std::unique_ptr<ConnectConverter> key;
  if (const auto of_key = config.key_converter()) {
    ASSIGN_OR_RETURN(key, MakeConverter(*of_key));
  }
  return std::make_unique<ConnectEncoder>(std::move(value), std::move(key));
}

OffsetReset ResetOf(StartOffset start) {
  switch (start) {
    case StartOffset::kEarliest:
      return OffsetReset::kEarliest;
    case StartOffset::kLatest:
      return OffsetReset::kLatest;
    case StartOffset::kNone:
      return OffsetReset::kNone;
  }
  return OffsetReset::kEarliest;
}

}  // namespace

Result<SinkSettings> MakeSinkSettings(const Parsed<S3SinkConfig>& parsed) {
  const S3SinkConfig& config = parsed.config;
  SinkSettings settings;
  settings.naming = config.naming();
  settings.rules.flush_records = config.flush_size;
  if (config.rotate_schedule_ms > 0) {
    ASSIGN_OR_RETURN(settings.rules.schedule,
                     RotationSchedule::Make(config.rotate_schedule_ms, config.timezone));
  }
  if (config.partitioner.time_based()) {
    settings.rules.rotate_interval_ms = std::max<int64_t>(config.rotate_interval_ms, 0);
    settings.rules.rotate_on_partition_change = config.rotate_on_partition_change;
  }
  if (config.open_objects_max > 0)
    settings.rules.open_objects_max = static_cast<size_t>(config.open_objects_max);
  const PartitionerConfig partitioner = config.partitioning();
  RETURN_IF_ERROR(MakePartitioner(partitioner));
  settings.make_partitioner = [partitioner] { return *MakePartitioner(partitioner); };
  settings.null_values = config.ignore_nulls ? NullValues::kIgnore : NullValues::kFail;
  settings.tolerate_bad_records = config.tolerate_errors;
  settings.tag_objects = config.tag_objects;
  settings.tags_required = config.tags_required;
  ASSIGN_OR_RETURN(settings.extra_tags, config.tags());
  // Tried here, so that later calls cannot fail.
  RETURN_IF_ERROR(MakeEncoder(config));
  settings.make_encoder = [config] { return *MakeEncoder(config); };
  settings.recorded = RecordedProperties(parsed);
  return settings;
}

Result<SinkTaskOptions> MakeSinkTaskOptions(const Parsed<S3SinkConfig>& parsed,
                                            const ConfigEntries& entries) {
  const S3SinkConfig& config = parsed.config;
  SinkTaskOptions options;
  options.group.group = GroupName(config.group());
  options.group.client_id = "connector-consumer-" + config.name;
  options.group.instance_id = config.instance_id;
  for (const auto& topic : config.topics) options.group.topics.push_back(TopicName(topic));
  options.group.topics_regex = config.topics_regex;
  options.group.reset = ResetOf(config.start_offset);
  ASSIGN_OR_RETURN(options.today, MakeSinkSettings(parsed));
  options.settings_for =
      [entries](const std::map<std::string, std::string>& recorded) -> Result<SinkSettings> {
    ASSIGN_OR_RETURN(const auto then, UnderRecorded(entries, recorded));
    return MakeSinkSettings(then);
  };
  options.retry_backoff = config.retry_backoff;
  return options;
}

}  // namespace pinlake
