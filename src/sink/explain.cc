#include "sink/explain.h"

#include <fmt/ranges.h>

#include <algorithm>

namespace pinlake {
namespace {

constexpr double kManyPutsPerDay = 100'000;
constexpr double kHourSeconds = 3600, kDaySeconds = 86400;

/// With as many digits as somebody wants to read.
std::string Amount(double value) {
  if (value >= 100 || value == static_cast<double>(static_cast<int64_t>(value)))
    return fmt::format("{:.0f}", value);
  return value >= 1 ? fmt::format("{:.1f}", value) : fmt::format("{:.3g}", value);
}

std::string Size(double bytes) {
  if (bytes >= 1 << 30) return Amount(bytes / (1 << 30)) + " GiB";
  if (bytes >= 1 << 20) return Amount(bytes / (1 << 20)) + " MiB";
  if (bytes >= 1 << 10) return Amount(bytes / (1 << 10)) + " KiB";
  return Amount(bytes) + " bytes";
}

std::string Span(double seconds) {
  if (seconds >= 2 * kDaySeconds) return Amount(seconds / kDaySeconds) + " days";
  if (seconds >= 2 * kHourSeconds) return Amount(seconds / kHourSeconds) + " hours";
  if (seconds >= 120) return Amount(seconds / 60) + " minutes";
  return Amount(seconds) + " s";
}

std::string Topics(const S3SinkConfig& config) {
  if (config.topics_regex) return "those whose whole name matches " + *config.topics_regex;
  return fmt::format("{}", fmt::join(config.topics, ", "));
}

std::string Place(const S3SinkConfig& config) {
  if (config.store_url.starts_with("file://"))
    return fmt::format("directory {}/{}", config.store_url.substr(7), config.bucket);
  const std::string server = config.store_url.empty()
                                 ? "Amazon S3 in " + config.region
                                 : config.store_url + ", signed for " + config.region;
  return fmt::format("bucket {} at {}{}{}", config.bucket, server,
                     config.path_style ? ", bucket in the path" : "",
                     config.accelerate ? ", by transfer acceleration" : "");
}

std::string CredentialsText(const S3SinkConfig& config) {
  if (config.store_url.starts_with("file://")) return "none are needed";
  const std::string keys =
      config.access_key_id.empty()
          ? "the default chain (environment, web identity, profile, container, instance)"
          : "aws.access.key.id " + config.access_key_id;
  return config.assume_role ? fmt::format("role {}, assumed with {}", config.role_arn, keys) : keys;
}

std::string ObjectsAre(const S3SinkConfig& config) {
  std::string text;
  const auto add = [&](std::string_view name, const std::string& value) {
    if (!value.empty()) text += fmt::format("{}{} {}", text.empty() ? "" : ", ", name, value);
  };
  add("encryption", config.encryption + (config.customer_key.empty() ? "" : " by your key"));
  add("ACL", config.acl);
  add("storage class", config.storage_class);
  if (config.tag_objects) add("tags", "startOffset, endOffset, recordCount");
  return text;
}

/// A directory as the partitioner makes it; time-based ones at 2024-03-01 12:30:45 UTC.
std::string ExampleDirectory(const S3SinkConfig& config) {
  constexpr TimestampMs kExampleMs = 1709296245000;
  PartitionerConfig partitioning = config.partitioning();
  if (partitioning.partitioner == PartitionerClass::kField) {
    std::string text;
    for (const std::string& field : partitioning.fields)
      text += fmt::format("{}{}=VALUE", text.empty() ? "" : partitioning.directory_delim, field);
    return text;
  }
  if (!partitioning.time_based()) return "partition=0";
  partitioning.extractor = TimestampExtractor::kWallclock;
  const auto partitioner = MakePartitioner(partitioning);
  if (!partitioner) return partitioner.error().message();
  const auto place = (*partitioner)->Place({}, kExampleMs);
  return place ? place->encoded_partition : place.error().message();
}

/// Keys of the first two objects of a topic partition.
std::string ExampleKeys(const S3SinkConfig& config, double records_per_object) {
  const TopicName topic(config.topics.empty() ? "TOPIC" : config.topics.front());
  std::string text;
  for (const int64_t first :
       {int64_t{0}, static_cast<int64_t>(std::max(records_per_object, 1.0))}) {
    const auto key = MakeObjectKey(
        config.naming(),
        {{topic, PartitionId(0)}, ExampleDirectory(config), Offset(first), ObjectKind::kValue});
    text += fmt::format("    {}\n", key ? key->value() : key.error().message());
  }
  return text;
}

std::string WhenCut(const S3SinkConfig& config) {
  std::string text = fmt::format("at {} record{}", config.flush_size,
                                 config.flush_size == 1 ? "" : "s (flush.size)");
  if (config.rotate_schedule_ms > 0) {
    text +=
        fmt::format(", and every {} of the clock in {} (rotate.schedule.interval.ms)",
                    Span(static_cast<double>(config.rotate_schedule_ms) / 1000), config.timezone);
  }
  if (config.rotate_interval_ms > 0 && config.partitioner.time_based()) {
    text += fmt::format(", and after {} of the records' own time (rotate.interval.ms)",
                        Span(static_cast<double>(config.rotate_interval_ms) / 1000));
  }
  if (config.partitioner.partitioner != PartitionerClass::kDefault)
    text += "; all open directories of a topic partition together";
  return text;
}

std::string Warnings(const S3SinkConfig& config, const SinkEstimate& estimate) {
  std::string text;
  const double puts_per_day = estimate.objects_per_hour * 24;
  if (puts_per_day >= kManyPutsPerDay) {
    text += fmt::format(
        "  {} PUT requests a day, {:.2f} $ on Amazon's S3, and as many small objects to read: a "
        "larger flush.size with rotate.schedule.interval.ms makes fewer\n",
        Amount(puts_per_day), estimate.put_price_per_day);
  }
  if (config.rotate_schedule_ms <= 0 && config.flush_size > 1) {
    text +=
        "  the last records wait until flush.size are there: where the stream pauses they are "
        "stored late or, at its end, not at all; rotate.schedule.interval.ms bounds that\n";
  }
  if (config.partitioner.partitioner != PartitionerClass::kDefault) {
    text +=
        "  the numbers are those of one directory at a time: records that go to several at once "
        "make that many times the objects, as much smaller\n";
  }
  if (config.tolerate_errors)
    text += "  records that do not convert are left out and only counted (errors.tolerance=all)\n";
  if (!config.customer_key.empty())
    text += "  without s3.sse.customer.key nobody reads the objects: keep it apart from them\n";
  if (config.acl.starts_with("public"))
    text += fmt::format("  s3.acl.canned={} shows the objects to everybody\n", config.acl);
  return text;
}

/// One line a given property, in the table's order; then what is ignored, with the reason.
std::string Properties(const Parsed<S3SinkConfig>& parsed) {
  std::string text;
  for (const auto& [name, value] : S3SinkOptions().Dump(parsed.config, parsed.given)) {
    if (parsed.given.contains(name)) text += fmt::format("  {}={}\n", name, value);
  }
  if (parsed.warnings.empty()) return text;
  text += "\nignored\n";
  for (const std::string& warning : parsed.warnings) text += fmt::format("  {}\n", warning);
  return text;
}

}  // namespace

SinkEstimate EstimateSink(const S3SinkConfig& config, const SinkLoad& load) {
  const double rate = load.records_per_second / load.partitions;
  double objects = rate / static_cast<double>(config.flush_size);  // a second, in each
  if (config.rotate_schedule_ms > 0) {
    const double by_clock = 1000 / static_cast<double>(config.rotate_schedule_ms);
    objects = std::max(objects, std::min(rate, by_clock));
  }
  if (config.rotate_interval_ms > 0 && config.partitioner.time_based()) {
    const double by_records = 1000 / static_cast<double>(config.rotate_interval_ms);
    objects = std::max(objects, std::min(rate, by_records));
  }
  SinkEstimate estimate;
  estimate.objects_per_hour = objects * load.partitions * kHourSeconds;
  estimate.records_per_object = rate / objects;
  estimate.seconds_per_object = 1 / objects;
  estimate.open_bytes =
      estimate.records_per_object * static_cast<double>(load.record_bytes) * load.partitions;
  estimate.put_price_per_day = estimate.objects_per_hour * 24 / 1000 * kPutPricePerThousand;
  return estimate;
}

std::string ExplainSink(const Parsed<S3SinkConfig>& parsed, const SinkLoad& load) {
  const S3SinkConfig& config = parsed.config;
  const SinkEstimate estimate = EstimateSink(config, load);
  std::string text = fmt::format(
      "sink {}\n  topics: {}\n  group: {}, {} task{}; it goes on at the offsets that the original "
      "committed\n  store: {}\n  credentials: {}\n",
      config.name, Topics(config), config.group(), config.tasks_max,
      config.tasks_max == 1 ? "" : "s", Place(config), CredentialsText(config));
  if (const std::string put = ObjectsAre(config); !put.empty())
    text += fmt::format("  objects are put with: {}\n", put);
  text += fmt::format("  objects are cut: {}\n  their keys, of partition 0:\n{}", WhenCut(config),
                      ExampleKeys(config, estimate.records_per_object));
  text += fmt::format(
      "\nat {} records/s of {} bytes in {} topic partitions\n"
      "  {} objects an hour, of {} records and {}\n"
      "  each takes {} to fill; {} are open in memory\n"
      "  {} PUT requests a day, {:.2f} $ on Amazon's S3 ({} $ a thousand)\n",
      Amount(load.records_per_second), load.record_bytes, load.partitions,
      Amount(estimate.objects_per_hour), Amount(estimate.records_per_object),
      Size(estimate.records_per_object * static_cast<double>(load.record_bytes)),
      Span(estimate.seconds_per_object), Size(estimate.open_bytes),
      Amount(estimate.objects_per_hour * 24), estimate.put_price_per_day, kPutPricePerThousand);
  if (const std::string warnings = Warnings(config, estimate); !warnings.empty())
    text += "\nmind\n" + warnings;
  return text + "\nproperties of the file\n" + Properties(parsed);
}

}  // namespace pinlake
