#include "log/kafka/admin.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>

namespace pinlake::kafka {
namespace {

using AdminOptionsPtr =
    std::unique_ptr<rd_kafka_AdminOptions_t, Destroy<rd_kafka_AdminOptions_destroy>>;
using NewTopicPtr = std::unique_ptr<rd_kafka_NewTopic_t, Destroy<rd_kafka_NewTopic_destroy>>;
using DeleteTopicPtr =
    std::unique_ptr<rd_kafka_DeleteTopic_t, Destroy<rd_kafka_DeleteTopic_destroy>>;
using NewPartitionsPtr =
    std::unique_ptr<rd_kafka_NewPartitions_t, Destroy<rd_kafka_NewPartitions_destroy>>;
using ConfigResourcePtr =
    std::unique_ptr<rd_kafka_ConfigResource_t, Destroy<rd_kafka_ConfigResource_destroy>>;
using TopicCollectionPtr =
    std::unique_ptr<rd_kafka_TopicCollection_t, Destroy<rd_kafka_TopicCollection_destroy>>;
using DeleteRecordsPtr =
    std::unique_ptr<rd_kafka_DeleteRecords_t, Destroy<rd_kafka_DeleteRecords_destroy>>;
using DeleteGroupPtr =
    std::unique_ptr<rd_kafka_DeleteGroup_t, Destroy<rd_kafka_DeleteGroup_destroy>>;
using ListGroupOffsetsPtr = std::unique_ptr<rd_kafka_ListConsumerGroupOffsets_t,
                                            Destroy<rd_kafka_ListConsumerGroupOffsets_destroy>>;
using AlterGroupOffsetsPtr = std::unique_ptr<rd_kafka_AlterConsumerGroupOffsets_t,
                                             Destroy<rd_kafka_AlterConsumerGroupOffsets_destroy>>;

// Starts one admin request and waits for its answer.
Result<EventPtr> Ask(
    rd_kafka_t* client, rd_kafka_admin_op_t operation, const std::string& tried,
    const std::function<void(rd_kafka_AdminOptions_t*, rd_kafka_queue_t*)>& start) {
  const AdminOptionsPtr options(rd_kafka_AdminOptions_new(client, operation));
  char why[256];
  rd_kafka_AdminOptions_set_request_timeout(options.get(), Admin::kRequestMs, why, sizeof why);
  const QueuePtr queue(rd_kafka_queue_new(client));
  start(options.get(), queue.get());
  EventPtr event(rd_kafka_queue_poll(queue.get(), Admin::kRequestMs + 5000));
  if (!event)
    return Fail(ErrorKind::kUnknownOutcome, "{}: no answer in {} ms", tried, Admin::kRequestMs);
  const auto error = rd_kafka_event_error(event.get());
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) {
    const char* text = rd_kafka_event_error_string(event.get());
    return Fail(KindOf(error), "{}: {} ({})", tried, text != nullptr ? text : "",
                rd_kafka_err2name(error));
  }
  return event;
}

Status StatusOf(const rd_kafka_topic_result_t& result, const std::string& tried) {
  const auto error = rd_kafka_topic_result_error(&result);
  if (error == RD_KAFKA_RESP_ERR_NO_ERROR) return {};
  const char* text = rd_kafka_topic_result_error_string(&result);
  return Fail(KindOf(error), "{}: {} ({})", tried, text != nullptr ? text : rd_kafka_err2str(error),
              rd_kafka_err2name(error));
}

Status FirstStatus(const rd_kafka_topic_result_t** results, size_t count,
                   const std::string& tried) {
  if (count == 0) return Fail(ErrorKind::kInternal, "{}: the answer is empty", tried);
  return StatusOf(*results[0], tried);
}

PartitionListPtr ListOf(const TopicPartition& tp, int64_t offset) {
  PartitionListPtr list(rd_kafka_topic_partition_list_new(1));
  rd_kafka_topic_partition_list_add(list.get(), tp.topic.value().c_str(), tp.partition.value())
      ->offset = offset;
  return list;
}

// Offset answered for one spec: RD_KAFKA_OFFSET_SPEC_EARLIEST, _LATEST or a timestamp. -1 where
// there is none.
Result<int64_t> ListOffset(rd_kafka_t* client, const TopicPartition& tp, int64_t spec,
                           bool committed_only) {
  const std::string tried = fmt::format("list offsets of {}", ToString(tp));
  const auto list = ListOf(tp, spec);
  ASSIGN_OR_RETURN(const auto event, Ask(client, RD_KAFKA_ADMIN_OP_LISTOFFSETS, tried,
                                         [&](auto* options, auto* queue) {
                                           if (committed_only)
                                             ErrorPtr(rd_kafka_AdminOptions_set_isolation_level(
                                                 options, RD_KAFKA_ISOLATION_LEVEL_READ_COMMITTED));
                                           rd_kafka_ListOffsets(client, list.get(), options, queue);
                                         }));
  size_t count = 0;
  const auto* infos =
      rd_kafka_ListOffsets_result_infos(rd_kafka_event_ListOffsets_result(event.get()), &count);
  if (count != 1) return Fail(ErrorKind::kInternal, "{}: {} answers", tried, count);
  const auto* found = rd_kafka_ListOffsetsResultInfo_topic_partition(infos[0]);
  if (found->err != RD_KAFKA_RESP_ERR_NO_ERROR) return Fail(ToError(found->err, tried));
  return found->offset;
}

TopicPartition PartitionOf(const rd_kafka_topic_partition_t& element) {
  return {TopicName(element.topic), PartitionId(element.partition)};
}

std::string MetadataOf(const rd_kafka_topic_partition_t& element) {
  return element.metadata == nullptr
             ? std::string()
             : std::string(static_cast<const char*>(element.metadata), element.metadata_size);
}

}  // namespace

Status Admin::CreateTopic(const TopicSpec& spec) const {
  const std::string tried = fmt::format("create topic {}", spec.topic.value());
  char why[512];
  const NewTopicPtr topic(rd_kafka_NewTopic_new(spec.topic.value().c_str(), spec.partitions,
                                                spec.replication_factor, why, sizeof why));
  if (!topic) return Fail(ErrorKind::kInvalidArgument, "{}: {}", tried, why);
  for (const auto& [name, value] : spec.configs)
    rd_kafka_NewTopic_set_config(topic.get(), name.c_str(), value.c_str());
  rd_kafka_NewTopic_t* topics[] = {topic.get()};
  ASSIGN_OR_RETURN(
      const auto event,
      Ask(client_, RD_KAFKA_ADMIN_OP_CREATETOPICS, tried, [&](auto* options, auto* queue) {
        rd_kafka_CreateTopics(client_, topics, 1, options, queue);
      }));
  size_t count = 0;
  const auto** results =
      rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event.get()), &count);
  return FirstStatus(results, count, tried);
}

Status Admin::DeleteTopic(const TopicName& name) const {
  const std::string tried = fmt::format("delete topic {}", name.value());
  const DeleteTopicPtr topic(rd_kafka_DeleteTopic_new(name.value().c_str()));
  rd_kafka_DeleteTopic_t* topics[] = {topic.get()};
  ASSIGN_OR_RETURN(
      const auto event,
      Ask(client_, RD_KAFKA_ADMIN_OP_DELETETOPICS, tried, [&](auto* options, auto* queue) {
        rd_kafka_DeleteTopics(client_, topics, 1, options, queue);
      }));
  size_t count = 0;
  const auto** results =
      rd_kafka_DeleteTopics_result_topics(rd_kafka_event_DeleteTopics_result(event.get()), &count);
  return FirstStatus(results, count, tried);
}

Status Admin::AddPartitions(const TopicName& name, int32_t partitions) const {
  const std::string tried = fmt::format("grow topic {} to {} partitions", name.value(), partitions);
  char why[512];
  const NewPartitionsPtr grown(rd_kafka_NewPartitions_new(
      name.value().c_str(), static_cast<size_t>(partitions), why, sizeof why));
  if (!grown) return Fail(ErrorKind::kInvalidArgument, "{}: {}", tried, why);
  rd_kafka_NewPartitions_t* all[] = {grown.get()};
  ASSIGN_OR_RETURN(
      const auto event,
      Ask(client_, RD_KAFKA_ADMIN_OP_CREATEPARTITIONS, tried, [&](auto* options, auto* queue) {
        rd_kafka_CreatePartitions(client_, all, 1, options, queue);
      }));
  size_t count = 0;
  const auto** results = rd_kafka_CreatePartitions_result_topics(
      rd_kafka_event_CreatePartitions_result(event.get()), &count);
  return FirstStatus(results, count, tried);
}

Status Admin::AlterTopic(const TopicName& name,
                         const std::map<std::string, std::optional<std::string>>& configs) const {
  const std::string tried = fmt::format("alter configs of topic {}", name.value());
  const ConfigResourcePtr resource(
      rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, name.value().c_str()));
  for (const auto& [key, value] : configs) {
    const auto operation =
        value ? RD_KAFKA_ALTER_CONFIG_OP_TYPE_SET : RD_KAFKA_ALTER_CONFIG_OP_TYPE_DELETE;
    const ErrorPtr error(rd_kafka_ConfigResource_add_incremental_config(
        resource.get(), key.c_str(), operation, value ? value->c_str() : nullptr));
    if (error) return Fail(ToError(*error, tried));
  }
  rd_kafka_ConfigResource_t* all[] = {resource.get()};
  ASSIGN_OR_RETURN(const auto event, Ask(client_, RD_KAFKA_ADMIN_OP_INCREMENTALALTERCONFIGS, tried,
                                         [&](auto* options, auto* queue) {
                                           rd_kafka_IncrementalAlterConfigs(client_, all, 1,
                                                                            options, queue);
                                         }));
  size_t count = 0;
  const auto** results = rd_kafka_IncrementalAlterConfigs_result_resources(
      rd_kafka_event_IncrementalAlterConfigs_result(event.get()), &count);
  if (count != 1) return Fail(ErrorKind::kInternal, "{}: {} answers", tried, count);
  const auto error = rd_kafka_ConfigResource_error(results[0]);
  if (error == RD_KAFKA_RESP_ERR_NO_ERROR) return {};
  return Fail(KindOf(error), "{}: {}", tried, rd_kafka_ConfigResource_error_string(results[0]));
}

Result<std::vector<TopicName>> Admin::ListTopics() const {
  const rd_kafka_metadata_t* metadata = nullptr;
  const auto error = rd_kafka_metadata(client_, 1, nullptr, &metadata, kRequestMs);
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) return Fail(ToError(error, "list topics"));
  std::vector<TopicName> topics;
  for (int i = 0; i < metadata->topic_cnt; ++i) topics.emplace_back(metadata->topics[i].topic);
  rd_kafka_metadata_destroy(metadata);
  std::sort(topics.begin(), topics.end());
  return topics;
}

Status Admin::AddConfigs(TopicInfo* info) const {
  const TopicName& topic = info->topic;
  const std::string tried = fmt::format("describe configs of topic {}", topic.value());
  const ConfigResourcePtr resource(
      rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, topic.value().c_str()));
  rd_kafka_ConfigResource_t* all[] = {resource.get()};
  ASSIGN_OR_RETURN(
      const auto event,
      Ask(client_, RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS, tried, [&](auto* options, auto* queue) {
        rd_kafka_DescribeConfigs(client_, all, 1, options, queue);
      }));
  size_t count = 0;
  const auto** resources = rd_kafka_DescribeConfigs_result_resources(
      rd_kafka_event_DescribeConfigs_result(event.get()), &count);
  if (count != 1) return Fail(ErrorKind::kInternal, "{}: {} answers", tried, count);
  if (const auto error = rd_kafka_ConfigResource_error(resources[0]);
      error != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return Fail(ToError(error, tried));
  }
  const auto** entries = rd_kafka_ConfigResource_configs(resources[0], &count);
  for (size_t i = 0; i < count; ++i) {
    const char* value = rd_kafka_ConfigEntry_value(entries[i]);
    if (value == nullptr) continue;
    info->configs[rd_kafka_ConfigEntry_name(entries[i])] = value;
    if (rd_kafka_ConfigEntry_is_default(entries[i]) == 0)
      info->overrides[rd_kafka_ConfigEntry_name(entries[i])] = value;
  }
  return {};
}

Result<TopicInfo> Admin::DescribeTopic(const TopicName& topic) const {
  const std::string tried = fmt::format("describe topic {}", topic.value());
  const char* names[] = {topic.value().c_str()};
  const TopicCollectionPtr topics(rd_kafka_TopicCollection_of_topic_names(names, 1));
  ASSIGN_OR_RETURN(
      const auto event,
      Ask(client_, RD_KAFKA_ADMIN_OP_DESCRIBETOPICS, tried, [&](auto* options, auto* queue) {
        rd_kafka_DescribeTopics(client_, topics.get(), options, queue);
      }));
  size_t count = 0;
  const auto** found = rd_kafka_DescribeTopics_result_topics(
      rd_kafka_event_DescribeTopics_result(event.get()), &count);
  if (count != 1) return Fail(ErrorKind::kInternal, "{}: {} answers", tried, count);
  if (const auto* error = rd_kafka_TopicDescription_error(found[0]);
      error != nullptr && rd_kafka_error_code(error) != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return Fail(ToError(*error, tried));
  }
  TopicInfo info{.topic = topic, .internal = rd_kafka_TopicDescription_is_internal(found[0]) != 0};
  // As Kafka writes ids: the alphabet without slash and plus.
  std::string id = rd_kafka_Uuid_base64str(rd_kafka_TopicDescription_topic_id(found[0]));
  std::replace(id.begin(), id.end(), '/', '_');
  std::replace(id.begin(), id.end(), '+', '-');
  info.log_id = LogId(fmt::format("{}/{}", ClusterId(), id));
  const auto** partitions = rd_kafka_TopicDescription_partitions(found[0], &count);
  for (size_t i = 0; i < count; ++i) {
    PartitionInfo partition{.partition =
                                PartitionId(rd_kafka_TopicPartitionInfo_partition(partitions[i]))};
    const auto* leader = rd_kafka_TopicPartitionInfo_leader(partitions[i]);
    partition.leader = leader == nullptr ? -1 : rd_kafka_Node_id(leader);
    size_t nodes = 0;
    const auto** replicas = rd_kafka_TopicPartitionInfo_replicas(partitions[i], &nodes);
    for (size_t n = 0; n < nodes; ++n) partition.replicas.push_back(rd_kafka_Node_id(replicas[n]));
    const auto** in_sync = rd_kafka_TopicPartitionInfo_isr(partitions[i], &nodes);
    for (size_t n = 0; n < nodes; ++n) partition.in_sync.push_back(rd_kafka_Node_id(in_sync[n]));
    info.partitions.push_back(std::move(partition));
  }
  std::sort(info.partitions.begin(), info.partitions.end(),
            [](const auto& a, const auto& b) { return a.partition < b.partition; });
  RETURN_IF_ERROR(AddConfigs(&info));
  return info;
}

Status Admin::DeleteRecords(const TopicPartition& tp, Offset before) const {
  const std::string tried =
      fmt::format("delete records of {} before {}", ToString(tp), before.value());
  const auto list = ListOf(tp, before.value());
  const DeleteRecordsPtr request(rd_kafka_DeleteRecords_new(list.get()));
  rd_kafka_DeleteRecords_t* requests[] = {request.get()};
  ASSIGN_OR_RETURN(
      const auto event,
      Ask(client_, RD_KAFKA_ADMIN_OP_DELETERECORDS, tried, [&](auto* options, auto* queue) {
        rd_kafka_DeleteRecords(client_, requests, 1, options, queue);
      }));
  const auto* offsets =
      rd_kafka_DeleteRecords_result_offsets(rd_kafka_event_DeleteRecords_result(event.get()));
  if (offsets->cnt != 1) return Fail(ErrorKind::kInternal, "{}: {} answers", tried, offsets->cnt);
  if (offsets->elems[0].err != RD_KAFKA_RESP_ERR_NO_ERROR)
    return Fail(ToError(offsets->elems[0].err, tried));
  return {};
}

Result<int64_t> Admin::OffsetOf(const TopicPartition& tp, int64_t spec) const {
  auto offset = ListOffset(client_, tp, spec, committed_only_);
  if (offset || offset.error().kind() != ErrorKind::kUnavailable) return offset;
  // A partition that is not there is answered as one without a leader.
  ASSIGN_OR_RETURN(const auto info, DescribeTopic(tp.topic));
  if (static_cast<size_t>(tp.partition.value()) < info.partitions.size()) return offset;
  return Fail(ErrorKind::kNotFound, "list offsets of {}: the topic has {} partitions", ToString(tp),
              info.partitions.size());
}

Result<OffsetRange> Admin::Offsets(const TopicPartition& tp) const {
  ASSIGN_OR_RETURN(const int64_t low, OffsetOf(tp, RD_KAFKA_OFFSET_SPEC_EARLIEST));
  ASSIGN_OR_RETURN(const int64_t end, OffsetOf(tp, RD_KAFKA_OFFSET_SPEC_LATEST));
  return OffsetRange{Offset(low), Offset(end)};
}

Result<Offset> Admin::OffsetAt(const TopicPartition& tp, TimestampMs at) const {
  ASSIGN_OR_RETURN(const int64_t found, OffsetOf(tp, std::max<TimestampMs>(at, 0)));
  if (found >= 0) return Offset(found);
  ASSIGN_OR_RETURN(const int64_t end, OffsetOf(tp, RD_KAFKA_OFFSET_SPEC_LATEST));
  return Offset(end);
}

Result<std::vector<GroupName>> Admin::ListGroups() const {
  ASSIGN_OR_RETURN(const auto event, Ask(client_, RD_KAFKA_ADMIN_OP_LISTCONSUMERGROUPS,
                                         "list groups", [&](auto* options, auto* queue) {
                                           rd_kafka_ListConsumerGroups(client_, options, queue);
                                         }));
  const auto* result = rd_kafka_event_ListConsumerGroups_result(event.get());
  size_t count = 0;
  const auto** listed = rd_kafka_ListConsumerGroups_result_valid(result, &count);
  std::vector<GroupName> groups;
  for (size_t i = 0; i < count; ++i)
    groups.emplace_back(rd_kafka_ConsumerGroupListing_group_id(listed[i]));
  std::sort(groups.begin(), groups.end());
  return groups;
}

Result<std::vector<BrokerInfo>> Admin::Brokers() const {
  const std::string tried = "describe the cluster";
  ASSIGN_OR_RETURN(const auto event, Ask(client_, RD_KAFKA_ADMIN_OP_DESCRIBECLUSTER, tried,
                                         [&](auto* options, auto* queue) {
                                           rd_kafka_DescribeCluster(client_, options, queue);
                                         }));
  const auto* result = rd_kafka_event_DescribeCluster_result(event.get());
  const auto* controller = rd_kafka_DescribeCluster_result_controller(result);
  size_t count = 0;
  const auto** nodes = rd_kafka_DescribeCluster_result_nodes(result, &count);
  std::vector<BrokerInfo> brokers;
  for (size_t i = 0; i < count; ++i) {
    BrokerInfo broker{.id = rd_kafka_Node_id(nodes[i]),
                      .host = rd_kafka_Node_host(nodes[i]),
                      .port = rd_kafka_Node_port(nodes[i])};
    if (const char* rack = rd_kafka_Node_rack(nodes[i])) broker.rack = rack;
    broker.controller = controller != nullptr && rd_kafka_Node_id(controller) == broker.id;
    brokers.push_back(std::move(broker));
  }
  std::sort(brokers.begin(), brokers.end(),
            [](const auto& a, const auto& b) { return a.id < b.id; });
  return brokers;
}

Result<GroupInfo> Admin::DescribeGroup(const GroupName& group) const {
  const std::string tried = fmt::format("describe group {}", group.value());
  const char* names[] = {group.value().c_str()};
  ASSIGN_OR_RETURN(const auto event, Ask(client_, RD_KAFKA_ADMIN_OP_DESCRIBECONSUMERGROUPS, tried,
                                         [&](auto* options, auto* queue) {
                                           rd_kafka_DescribeConsumerGroups(client_, names, 1,
                                                                           options, queue);
                                         }));
  size_t count = 0;
  const auto** found = rd_kafka_DescribeConsumerGroups_result_groups(
      rd_kafka_event_DescribeConsumerGroups_result(event.get()), &count);
  if (count != 1) return Fail(ErrorKind::kInternal, "{}: {} answers", tried, count);
  if (const auto* error = rd_kafka_ConsumerGroupDescription_error(found[0]);
      error != nullptr && rd_kafka_error_code(error) != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return Fail(ToError(*error, tried));
  }
  GroupInfo info{.group = group,
                 .state = rd_kafka_consumer_group_state_name(
                     rd_kafka_ConsumerGroupDescription_state(found[0]))};
  // The broker calls a group it never heard of dead.
  if (info.state == "Dead") return Fail(ErrorKind::kNotFound, "{}: no such group", tried);
  for (size_t i = 0; i < rd_kafka_ConsumerGroupDescription_member_count(found[0]); ++i) {
    const auto* member = rd_kafka_ConsumerGroupDescription_member(found[0], i);
    GroupInfo::Member entry{.member_id = rd_kafka_MemberDescription_consumer_id(member),
                            .client_id = rd_kafka_MemberDescription_client_id(member),
                            .assigned = {},
                            .host = rd_kafka_MemberDescription_host(member)};
    const auto* assignment = rd_kafka_MemberDescription_assignment(member);
    const auto* partitions =
        assignment != nullptr ? rd_kafka_MemberAssignment_partitions(assignment) : nullptr;
    for (int p = 0; partitions != nullptr && p < partitions->cnt; ++p)
      entry.assigned.push_back(PartitionOf(partitions->elems[p]));
    if (const char* id = rd_kafka_MemberDescription_group_instance_id(member)) {
      entry.instance_id = id;
    }
    info.members.push_back(std::move(entry));
  }
  if (const char* assignor = rd_kafka_ConsumerGroupDescription_partition_assignor(found[0])) {
    info.assignor = assignor;
  }
  if (const auto* node = rd_kafka_ConsumerGroupDescription_coordinator(found[0])) {
    info.coordinator = rd_kafka_Node_id(node);
  }
  info.simple = rd_kafka_ConsumerGroupDescription_is_simple_consumer_group(found[0]) != 0;
  return info;
}

Result<std::map<TopicPartition, CommittedOffset>> Admin::CommittedOffsets(
    const GroupName& group) const {
  const std::string tried = fmt::format("list offsets of group {}", group.value());
  const ListGroupOffsetsPtr request(
      rd_kafka_ListConsumerGroupOffsets_new(group.value().c_str(), nullptr));
  rd_kafka_ListConsumerGroupOffsets_t* requests[] = {request.get()};
  ASSIGN_OR_RETURN(const auto event, Ask(client_, RD_KAFKA_ADMIN_OP_LISTCONSUMERGROUPOFFSETS, tried,
                                         [&](auto* options, auto* queue) {
                                           rd_kafka_ListConsumerGroupOffsets(client_, requests, 1,
                                                                             options, queue);
                                         }));
  size_t count = 0;
  const auto** groups = rd_kafka_ListConsumerGroupOffsets_result_groups(
      rd_kafka_event_ListConsumerGroupOffsets_result(event.get()), &count);
  if (count != 1) return Fail(ErrorKind::kInternal, "{}: {} answers", tried, count);
  if (const auto* error = rd_kafka_group_result_error(groups[0]))
    return Fail(ToError(*error, tried));
  std::map<TopicPartition, CommittedOffset> offsets;
  const auto* partitions = rd_kafka_group_result_partitions(groups[0]);
  for (int i = 0; partitions != nullptr && i < partitions->cnt; ++i) {
    const auto& element = partitions->elems[i];
    if (element.err != RD_KAFKA_RESP_ERR_NO_ERROR) return Fail(ToError(element.err, tried));
    if (element.offset >= 0)
      offsets[PartitionOf(element)] = {Offset(element.offset), MetadataOf(element)};
  }
  return offsets;
}

Status Admin::SetCommittedOffsets(const GroupName& group,
                                  const std::map<TopicPartition, CommittedOffset>& offsets) const {
  const std::string tried = fmt::format("set offsets of group {}", group.value());
  const PartitionListPtr list(rd_kafka_topic_partition_list_new(static_cast<int>(offsets.size())));
  for (const auto& [tp, committed] : offsets) {
    auto* element = rd_kafka_topic_partition_list_add(list.get(), tp.topic.value().c_str(),
                                                      tp.partition.value());
    element->offset = committed.offset.value();
    element->metadata_size = committed.metadata.size();
    element->metadata = committed.metadata.empty() ? nullptr : ::strdup(committed.metadata.c_str());
  }
  const AlterGroupOffsetsPtr request(
      rd_kafka_AlterConsumerGroupOffsets_new(group.value().c_str(), list.get()));
  rd_kafka_AlterConsumerGroupOffsets_t* requests[] = {request.get()};
  ASSIGN_OR_RETURN(const auto event, Ask(client_, RD_KAFKA_ADMIN_OP_ALTERCONSUMERGROUPOFFSETS,
                                         tried, [&](auto* options, auto* queue) {
                                           rd_kafka_AlterConsumerGroupOffsets(client_, requests, 1,
                                                                              options, queue);
                                         }));
  size_t count = 0;
  const auto** groups = rd_kafka_AlterConsumerGroupOffsets_result_groups(
      rd_kafka_event_AlterConsumerGroupOffsets_result(event.get()), &count);
  if (count != 1) return Fail(ErrorKind::kInternal, "{}: {} answers", tried, count);
  const auto conflict = [&](rd_kafka_resp_err_t error) -> Status {
    // A group with members answers that the stranger is no member of it.
    if (error == RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID)
      return Fail(ErrorKind::kConflict, "{}: it has members", tried);
    return Fail(ToError(error, tried));
  };
  if (const auto* error = rd_kafka_group_result_error(groups[0]))
    return conflict(rd_kafka_error_code(error));
  const auto* partitions = rd_kafka_group_result_partitions(groups[0]);
  for (int i = 0; partitions != nullptr && i < partitions->cnt; ++i) {
    if (partitions->elems[i].err != RD_KAFKA_RESP_ERR_NO_ERROR)
      return conflict(partitions->elems[i].err);
  }
  return {};
}

Status Admin::DeleteGroup(const GroupName& group) const {
  const std::string tried = fmt::format("delete group {}", group.value());
  const DeleteGroupPtr request(rd_kafka_DeleteGroup_new(group.value().c_str()));
  rd_kafka_DeleteGroup_t* requests[] = {request.get()};
  ASSIGN_OR_RETURN(
      const auto event,
      Ask(client_, RD_KAFKA_ADMIN_OP_DELETEGROUPS, tried, [&](auto* options, auto* queue) {
        rd_kafka_DeleteGroups(client_, requests, 1, options, queue);
      }));
  size_t count = 0;
  const auto** groups =
      rd_kafka_DeleteGroups_result_groups(rd_kafka_event_DeleteGroups_result(event.get()), &count);
  if (count != 1) return Fail(ErrorKind::kInternal, "{}: {} answers", tried, count);
  if (const auto* error = rd_kafka_group_result_error(groups[0]))
    return Fail(ToError(*error, tried));
  return {};
}

std::string Admin::ClusterId() const {
  char* id = rd_kafka_clusterid(client_, kRequestMs);
  std::string text = id != nullptr ? id : "";
  if (id != nullptr) rd_kafka_mem_free(client_, id);
  return text;
}

Status Admin::Ping(Millis wait) const {
  const rd_kafka_metadata_t* metadata = nullptr;
  const auto error =
      rd_kafka_metadata(client_, 0, nullptr, &metadata, static_cast<int>(wait.count()));
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR)
    return Fail(ToError(error, "ask the brokers for metadata"));
  rd_kafka_metadata_destroy(metadata);
  return {};
}

}  // namespace pinlake::kafka
