#include "cli/verify_sinks.h"

namespace pinlake {

VerifyOptions VerifyOptionsOf(const S3SinkConfig& config, const VerifyScope& scope) {
  VerifyOptions options;
  options.group = GroupName(config.group());
  for (const std::string& topic : config.topics) options.topics.emplace_back(topic);
  options.topics_regex = config.topics_regex;
  options.naming = config.naming();
  options.value_converter = config.value_converter();
  options.key_converter = config.key_converter();
  options.deep = scope.deep;
  options.since = scope.since;
  return options;
}

Result<VerifyReport> VerifySinks(const Pipeline& pipeline, EventLog& log, ObjectStore& store,
                                 const VerifyScope& scope, std::stop_token stop) {
  VerifyReport all;
  for (const SinkSection& sink : pipeline.sinks) {
    auto report = Verify(log, store, VerifyOptionsOf(sink.config, scope), stop);
    if (!report) return Fail(std::move(report).error().In("sink " + sink.name));
    all.partitions.insert(all.partitions.end(), report->partitions.begin(),
                          report->partitions.end());
  }
  return all;
}

}  // namespace pinlake
