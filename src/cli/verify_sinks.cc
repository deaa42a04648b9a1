#include "cli/verify_sinks.h"

#include "store/local/local_store.h"

namespace pinlake {
namespace {

constexpr std::string_view kFile = "file://";

}  // namespace

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

Result<std::unique_ptr<ObjectStore>> OpenConnectorStore(const S3SinkConfig& config,
                                                        std::stop_token) {
  if (!config.store_url.starts_with(kFile))
    return Fail(ErrorKind::kUnsupported, "bucket {}: this build has directory stores only",
                config.bucket);
  const std::string directory = config.store_url.substr(kFile.size()) + "/" + config.bucket;
  ASSIGN_OR_RETURN(std::unique_ptr<ObjectStore> store,
                   LocalStore::Open({.directory = directory, .create = false}));
  return store;
}

}  // namespace pinlake
