#include "audit/verify.h"

#include <algorithm>
#include <atomic>
#include <map>
#include <thread>

#include "audit/partition_audit.h"
#include "model/topic_pattern.h"

namespace pinlake {
namespace {

/// Which topics are meant, in order.
Result<std::vector<TopicName>> Topics(EventLog& log, const VerifyOptions& options) {
  if (!options.topics_regex) return options.topics;
  ASSIGN_OR_RETURN(const TopicPattern pattern, TopicPattern::Compile(*options.topics_regex));
  ASSIGN_OR_RETURN(std::vector<TopicName> topics, log.ListTopics());
  std::erase_if(topics, [&](const TopicName& topic) { return !pattern.Matches(topic); });
  return topics;
}

/// Metadata of objects, asked for by several threads: a store answers each only after a while.
std::vector<Result<ObjectInfo>> HeadAll(ObjectStore& store, const std::vector<ObjectKey>& keys,
                                        size_t at_a_time) {
  std::vector<Result<ObjectInfo>> infos(keys.size());
  std::atomic<size_t> next{0};
  const auto work = [&] {
    for (size_t i = next++; i < keys.size(); i = next++) infos[i] = store.Head(keys[i]);
  };
  std::vector<std::jthread> threads;
  for (size_t i = 1; i < std::min(at_a_time, keys.size()); ++i) threads.emplace_back(work);
  work();
  return infos;
}

/// The objects of one topic, one listing for all of its partitions.
class TopicAudit {
 public:
  TopicAudit(ObjectStore& store, const VerifyOptions& options, TopicName topic,
             std::map<PartitionId, PartitionAudit>* audits, std::stop_token stop)
      : store_(store),
        options_(options),
        topic_(std::move(topic)),
        audits_(*audits),
        stop_(std::move(stop)) {}

  Status Run() {
    const std::string prefix = TopicPrefix(options_.naming, topic_);
    std::optional<ObjectKey> after;
    do {
      if (stop_.stop_requested()) return Fail(ErrorKind::kCancelled, "asked to stop");
      auto page = store_.List(prefix, after);
      if (!page) return Fail(page.error().In("list " + prefix));
      RETURN_IF_ERROR(OnPage(*page));
      after = page->more_after;
    } while (after);
    return {};
  }

 private:
  struct Named {
    ObjectName name;
    PartitionAudit* audit;
  };

  Status OnPage(const ListPage& page) {
    std::vector<Named> names;
    std::vector<ObjectKey> keys;
    for (const ObjectInfo& info : page.objects) {
      const auto name = ParseObjectKey(options_.naming, info.key, topic_);
      const auto audit = name ? audits_.find(name->tp.partition) : audits_.end();
      if (audit == audits_.end()) {
        audits_.begin()->second.OnUnknownObject(info.key);
        continue;
      }
      // What lies before the first record that counts needs no request.
      if (!names.empty() && names.back().audit == &audit->second &&
          !audit->second.Matters(name->first)) {
        names.pop_back();
        keys.pop_back();
      }
      names.push_back({*name, &audit->second});
      keys.push_back(info.key);
    }
    return OnObjects(names, keys);
  }

  Status OnObjects(const std::vector<Named>& names, const std::vector<ObjectKey>& keys) {
    const auto infos = HeadAll(store_, keys, options_.requests_in_flight);
    for (size_t i = 0; i < names.size(); ++i) {
      if (!infos[i]) {
        // Deleted meanwhile: its records will be found missing.
        if (infos[i].error().kind() == ErrorKind::kNotFound) continue;
        return Fail(infos[i].error().In("look at " + keys[i].value()));
      }
      RETURN_IF_ERROR(names[i].audit->OnObject(names[i].name, *infos[i]));
    }
    return {};
  }

  ObjectStore& store_;
  const VerifyOptions& options_;
  const TopicName topic_;
  std::map<PartitionId, PartitionAudit>& audits_;
  const std::stop_token stop_;
};

Result<AuditedPartition> Describe(EventLog& log, const TopicPartition& tp, const LogId& log_id,
                                  const std::map<TopicPartition, CommittedOffset>& committed,
                                  const VerifyOptions& options) {
  AuditedPartition partition{tp, log_id, {}, {}, Offset(0)};
  ASSIGN_OR_RETURN(partition.log, log.Offsets(tp));
  if (const auto it = committed.find(tp); it != committed.end()) partition.committed = it->second;
  if (options.since) {
    ASSIGN_OR_RETURN(partition.since, log.OffsetAt(tp, *options.since));
  }
  return partition;
}

}  // namespace

Result<VerifyReport> Verify(EventLog& log, ObjectStore& store, const VerifyOptions& options,
                            std::stop_token stop) {
  ASSIGN_OR_RETURN(LogReader reader,
                   LogReader::Make(log, options.value_converter, options.key_converter));
  const AuditContext context{reader, store, options.deep, stop};
  VerifyReport report;
  ASSIGN_OR_RETURN(const auto topics, Topics(log, options));
  for (const TopicName& topic : topics) {
    // First the offsets, then the objects: what is committed is in the list, what comes later is in
    // flight.
    ASSIGN_OR_RETURN(const auto committed, log.CommittedOffsets(options.group));
    ASSIGN_OR_RETURN(const TopicInfo info, log.DescribeTopic(topic));
    std::map<PartitionId, PartitionAudit> audits;
    for (const PartitionInfo& each : info.partitions) {
      ASSIGN_OR_RETURN(AuditedPartition partition,
                       Describe(log, {topic, each.partition}, info.log_id, committed, options));
      ASSIGN_OR_RETURN(PartitionAudit audit, PartitionAudit::Make(context, std::move(partition)));
      audits.emplace(each.partition, std::move(audit));
    }
    RETURN_IF_ERROR(TopicAudit(store, options, topic, &audits, stop).Run());
    for (auto& [id, audit] : audits) {
      ASSIGN_OR_RETURN(PartitionReport each, audit.Finish());
      report.partitions.push_back(std::move(each));
    }
  }
  return report;
}

}  // namespace pinlake
