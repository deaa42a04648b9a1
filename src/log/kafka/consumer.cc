#include "log/kafka/consumer.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "observe/log.h"

namespace pinlake::kafka {
namespace {

constexpr int kRequestMs = 15000;
constexpr size_t kMessagesPerFetch = 2000;

TopicPartition PartitionOf(const rd_kafka_topic_partition_t& element) {
  return {TopicName(element.topic), PartitionId(element.partition)};
}

std::vector<TopicPartition> PartitionsOf(const rd_kafka_topic_partition_list_t& list) {
  std::vector<TopicPartition> partitions;
  for (int i = 0; i < list.cnt; ++i) partitions.push_back(PartitionOf(list.elems[i]));
  return partitions;
}

PartitionListPtr ListOf(const TopicPartition& tp) {
  PartitionListPtr list(rd_kafka_topic_partition_list_new(1));
  rd_kafka_topic_partition_list_add(list.get(), tp.topic.value().c_str(), tp.partition.value());
  return list;
}

const char* ResetPolicy(OffsetReset reset) {
  switch (reset) {
    case OffsetReset::kEarliest:
      return "earliest";
    case OffsetReset::kLatest:
      return "latest";
    case OffsetReset::kNone:
      return "error";
  }
  return "error";
}

bool AreRecordsOf(const TopicPartition& tp, const ConsumerEvent& event) {
  const auto* records = std::get_if<RecordsEvent>(&event);
  return records != nullptr && records->tp == tp;
}

int64_t LogicalOffset(OffsetReset reset) {
  return reset == OffsetReset::kLatest ? RD_KAFKA_OFFSET_END : RD_KAFKA_OFFSET_BEGINNING;
}

}  // namespace

Result<std::unique_ptr<GroupConsumer>> Consumer::Open(const Properties& properties,
                                                      const GroupOptions& options,
                                                      TokenSource tokens) {
  std::unique_ptr<Consumer> consumer(new Consumer(options));
  consumer->context_ = {.tokens = std::move(tokens), .owner = consumer.get()};
  RETURN_IF_ERROR(consumer->Start(properties));
  return consumer;
}

Status Consumer::Start(const Properties& properties) {
  Properties own = {
      {"group.id", options_.group.value()},
      {"enable.auto.commit", "false"},
      {"enable.auto.offset.store", "false"},
      {"enable.partition.eof", "true"},  // tells of gaps that no record follows
      {"auto.offset.reset", ResetPolicy(options_.reset)},
  };
  if (!options_.client_id.empty()) own["client.id"] = options_.client_id;
  if (!options_.instance_id.empty()) own["group.instance.id"] = options_.instance_id;
  const Properties defaults = {
      {"partition.assignment.strategy", "range"},
      {"session.timeout.ms", std::to_string(options_.session_timeout.count())},
      {"isolation.level", kIsolationDefault},
      {"max.poll.interval.ms", "300000"},
      {"topic.metadata.refresh.interval.ms", "10000"},
      {"fetch.wait.max.ms", "100"},
      {"fetch.message.max.bytes", std::to_string(options_.fetch_bytes_max)},
      {"queued.max.messages.kbytes", "8192"},
      {"fetch.queue.backoff.ms", "10"},  // a second by default, however fast the queue is emptied
      {"socket.keepalive.enable", "true"},
      {"allow.auto.create.topics", "false"},
  };
  Properties all = properties;
  for (const auto& [name, value] : own) all[name] = value;
  ASSIGN_OR_RETURN(auto conf, MakeConf(all, defaults, context_));
  rd_kafka_conf_set_rebalance_cb(conf.get(), &Consumer::OnRebalance);
  ASSIGN_OR_RETURN(client_, MakeClient(RD_KAFKA_CONSUMER, std::move(conf)));
  rd_kafka_poll_set_consumer(client_.get());
  queue_.reset(rd_kafka_queue_get_consumer(client_.get()));

  const PartitionListPtr topics(rd_kafka_topic_partition_list_new(1));
  for (const auto& topic : options_.topics)
    rd_kafka_topic_partition_list_add(topics.get(), topic.value().c_str(), RD_KAFKA_PARTITION_UA);
  if (options_.topics_regex) {
    // A pattern starts with ^ for librdkafka, which then searches; the group makes it the whole
    // name.
    rd_kafka_topic_partition_list_add(
        topics.get(), fmt::format("^({})$", *options_.topics_regex).c_str(), RD_KAFKA_PARTITION_UA);
  }
  const auto error = rd_kafka_subscribe(client_.get(), topics.get());
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR)
    return Fail(ToError(error, fmt::format("subscribe group {}", options_.group.value())));
  return {};
}

Consumer::~Consumer() {
  // Without Close the member only stops: no leave request, its session times out.
  events_.clear();
  held_back_.clear();
  queue_.reset();
  if (client_) rd_kafka_destroy_flags(client_.release(), RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
}

void Consumer::Close() {
  if (!client_) return;
  events_.clear();
  held_back_.clear();
  assigned_.clear();
  revoking_.clear();
  closing_ = true;  // nobody confirms a revocation any more
  rd_kafka_consumer_close(client_.get());
}

void Consumer::OnRebalance(rd_kafka_t* client, rd_kafka_resp_err_t error,
                           rd_kafka_topic_partition_list_t* partitions, void* context) {
  auto* consumer = static_cast<Consumer*>(static_cast<ClientContext*>(context)->owner);
  if (error == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS) {
    consumer->OnAssigned(partitions);
  } else {
    consumer->OnRevoked(*partitions, rd_kafka_assignment_lost(client) != 0);
  }
}

void Consumer::OnAssigned(rd_kafka_topic_partition_list_t* partitions) {
  epoch_ = epoch_ + 1;
  const auto error = rd_kafka_committed(client_.get(), partitions, kRequestMs);
  for (int i = 0; i < partitions->cnt; ++i) {
    auto& element = partitions->elems[i];
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR || element.err != RD_KAFKA_RESP_ERR_NO_ERROR) {
      element.offset = RD_KAFKA_OFFSET_STORED;  // librdkafka asks again by itself
    } else if (element.offset < 0) {
      element.offset = StartOf(PartitionOf(element));
      if (options_.reset == OffsetReset::kNone && problem_) {
        problem_ = Fail(ErrorKind::kNotFound,
                        "read {}: group {} has no committed offset and auto.offset.reset is none",
                        ToString(PartitionOf(element)), options_.group.value());
      }
    }
    element.err = RD_KAFKA_RESP_ERR_NO_ERROR;
  }
  rd_kafka_assign(client_.get(), partitions);
  auto list = PartitionsOf(*partitions);
  positions_.clear();
  paused_.clear();
  held_back_.clear();
  for (int i = 0; i < partitions->cnt; ++i)
    positions_[list[static_cast<size_t>(i)]] = partitions->elems[i].offset;
  assigned_.insert(list.begin(), list.end());
  events_.push_back(AssignedEvent{std::move(list), epoch_});
}

int64_t Consumer::StartOf(const TopicPartition& tp) const {
  if (options_.reset == OffsetReset::kLatest) {
    int64_t low = 0;
    int64_t end = 0;
    if (rd_kafka_query_watermark_offsets(client_.get(), tp.topic.value().c_str(),
                                         tp.partition.value(), &low, &end,
                                         kRequestMs) == RD_KAFKA_RESP_ERR_NO_ERROR)
      return end;
  }
  return LogicalOffset(options_.reset);
}

void Consumer::OnRevoked(const rd_kafka_topic_partition_list_t& partitions, bool lost) {
  auto list = PartitionsOf(partitions);
  for (const auto& tp : list) {
    DropFetched(tp);
    if (!lost) revoking_.insert(tp);
    if (lost) assigned_.erase(tp);
  }
  if (lost || closing_ || list.empty()) {
    rd_kafka_assign(client_.get(), nullptr);
    if (!list.empty() && !closing_) events_.push_back(LostEvent{std::move(list), epoch_});
    epoch_ = epoch_ + 1;
  } else {
    events_.push_back(RevokedEvent{std::move(list), epoch_});
  }
}

void Consumer::ConfirmRevoked(const std::vector<TopicPartition>& partitions) {
  for (const auto& tp : partitions) {
    revoking_.erase(tp);
    assigned_.erase(tp);
  }
  if (!revoking_.empty()) return;
  epoch_ = epoch_ + 1;
  rd_kafka_assign(client_.get(), nullptr);  // lets the rebalance go on
}

void Consumer::DropFetched(const TopicPartition& tp) {
  std::erase_if(events_, [&](const ConsumerEvent& event) { return AreRecordsOf(tp, event); });
  held_back_.erase(tp);
}

bool Consumer::HoldBack(ConsumerEvent& event) {
  const auto* records = std::get_if<RecordsEvent>(&event);
  if (records == nullptr || !paused_.contains(records->tp)) return false;
  held_back_[records->tp].push_back(std::move(event));
  return true;
}

Result<ConsumerEvent> Consumer::Poll(Millis wait) {
  // A callback wakes nobody who waits for messages.
  constexpr Millis kSlice(50);
  const auto until = SystemClock().Steady() + wait;
  while (true) {
    while (!events_.empty() && HoldBack(events_.front())) events_.pop_front();
    if (!events_.empty()) break;
    const auto left = std::chrono::duration_cast<Millis>(until - SystemClock().Steady());
    RETURN_IF_ERROR(Fetch(std::clamp(left, Millis(0), kSlice)));
    while (!events_.empty() && HoldBack(events_.front())) events_.pop_front();
    if (left <= kSlice) break;
  }
  RETURN_IF_ERROR(std::exchange(problem_, Status()));
  if (events_.empty()) return NothingEvent{};
  ConsumerEvent event = std::move(events_.front());
  events_.pop_front();
  return event;
}

Status Consumer::Fetch(Millis wait) {
  rd_kafka_message_t* messages[kMessagesPerFetch];
  const size_t count = TakeMessages(queue_.get(), wait, messages, kMessagesPerFetch);
  std::map<TopicPartition, std::shared_ptr<MessageBatch>> batches;
  std::set<TopicPartition> moved;
  LowWatermarks lows;
  Status status;
  const auto flush = [&](const TopicPartition& tp) {
    if (auto before = batches.extract(tp))
      events_.push_back(RecordsEvent{tp, MessageBatch::ToSet(before.mapped()), epoch_});
  };
  for (size_t i = 0; i < count; ++i) {
    auto* message = messages[i];
    const bool end = message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF;
    if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR && !end) {
      if (status) status = OnFetchError(*message);
      rd_kafka_message_destroy(message);
      continue;
    }
    TopicPartition tp{TopicName(rd_kafka_topic_name(message->rkt)),
                      PartitionId(message->partition)};
    if (!assigned_.contains(tp) || revoking_.contains(tp)) {
      rd_kafka_message_destroy(message);  // fetched for an assignment that is over
      continue;
    }
    auto& position = positions_[tp];
    const Offset came(message->offset);
    if (end && position >= 0 && came <= Offset(position)) {
      rd_kafka_message_destroy(message);  // all that there is has been read
      continue;
    }
    if (position >= 0 && position != message->offset &&
        WasLost(tp, Offset(position), came, &lows)) {
      flush(tp);
      events_.push_back(OffsetLostEvent{tp, Offset(position), came});
    }
    if (end) {
      if (position >= 0) moved.insert(tp);
      position = message->offset;
      rd_kafka_message_destroy(message);
      continue;
    }
    position = message->offset + 1;
    auto& batch = batches[std::move(tp)];
    if (!batch) batch = std::make_shared<MessageBatch>();
    batch->Add(message);
  }
  for (auto& [tp, batch] : batches)
    events_.push_back(RecordsEvent{tp, MessageBatch::ToSet(std::move(batch)), epoch_});
  for (const auto& tp : moved)
    events_.push_back(RecordsEvent{tp, {.records = {}, .next = Offset(positions_[tp])}, epoch_});
  return status;
}

std::optional<Offset> Consumer::LowWatermark(const TopicPartition& tp) const {
  int64_t low = 0;
  int64_t high = 0;
  const auto error = rd_kafka_query_watermark_offsets(
      client_.get(), tp.topic.value().c_str(), tp.partition.value(), &low, &high, kRequestMs);
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) return std::nullopt;
  return Offset(low);
}

bool Consumer::WasLost(const TopicPartition& tp, Offset expected, Offset came,
                       LowWatermarks* lows) const {
  if (came < expected) return true;
  // A gap is compaction's, a transaction's mark, or what retention has taken.
  auto at = lows->find(tp);
  if (at == lows->end()) at = lows->emplace(tp, LowWatermark(tp)).first;
  return at->second && expected < *at->second;
}

Status Consumer::OnFetchError(const rd_kafka_message_t& message) {
  switch (message.err) {
    case RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET:
      return Fail(ErrorKind::kNotFound,
                  "read {} as {}: offset {} is not in the log and auto.offset.reset is none",
                  message.rkt != nullptr ? rd_kafka_topic_name(message.rkt) : "a topic",
                  options_.group.value(), message.offset);
    case RD_KAFKA_RESP_ERR__FATAL:
      return Fail(FatalError(fmt::format("consume as {}", options_.group.value())));
    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED:
      return Fail(ToError(message.err, fmt::format("consume as {}", options_.group.value())));
    default:
      // Brokers away, leaders moving, topics not there yet: librdkafka goes on trying by itself.
      static LogLimiter limiter(10000);
      if (limiter.Allow()) {
        LogWarn("Kafka consumer waits.", F("group", options_.group.value()),
                F("error", rd_kafka_message_errstr(&message)));
      }
      return {};
  }
}

Error Consumer::FatalError(const std::string& tried) const {
  char why[512] = "";
  const auto error = rd_kafka_fatal_error(client_.get(), why, sizeof why);
  const std::string who =
      options_.instance_id.empty() ? "" : fmt::format(" as instance {}", options_.instance_id);
  return Error(KindOf(error),
               fmt::format("{}{}: {} ({})", tried, who, why, rd_kafka_err2name(error)));
}

Status Consumer::Commit(const TopicPartition& tp, const CommittedOffset& committed, Epoch epoch) {
  const std::string tried =
      fmt::format("commit offset {} of {} for group {}", committed.offset.value(), ToString(tp),
                  options_.group.value());
  if (epoch != epoch_ || !assigned_.contains(tp))
    return Fail(ErrorKind::kFenced, "{}: not assigned any more", tried);
  const auto list = ListOf(tp);
  list->elems[0].offset = committed.offset.value();
  if (!committed.metadata.empty()) {
    list->elems[0].metadata_size = committed.metadata.size();
    list->elems[0].metadata = std::memcpy(std::malloc(committed.metadata.size()),
                                          committed.metadata.data(), committed.metadata.size());
  }
  auto error = rd_kafka_commit(client_.get(), list.get(), 0);
  if (error == RD_KAFKA_RESP_ERR_NO_ERROR) error = list->elems[0].err;
  if (error == RD_KAFKA_RESP_ERR_NO_ERROR) return {};
  if (error == RD_KAFKA_RESP_ERR__FATAL) return Fail(FatalError(tried));
  Error problem = ToError(error, tried);
  if (problem.kind() == ErrorKind::kUnavailable)
    return Fail(ErrorKind::kUnknownOutcome, "{}", problem.message());
  return Fail(std::move(problem));
}

Result<std::optional<CommittedOffset>> Consumer::Committed(const TopicPartition& tp) {
  const auto list = ListOf(tp);
  auto error = rd_kafka_committed(client_.get(), list.get(), kRequestMs);
  if (error == RD_KAFKA_RESP_ERR_NO_ERROR) error = list->elems[0].err;
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return Fail(ToError(error, fmt::format("ask the committed offset of {} for group {}",
                                           ToString(tp), options_.group.value())));
  }
  const auto& element = list->elems[0];
  if (element.offset < 0) return std::optional<CommittedOffset>();
  std::string metadata;
  if (element.metadata != nullptr)
    metadata.assign(static_cast<const char*>(element.metadata), element.metadata_size);
  return CommittedOffset{Offset(element.offset), std::move(metadata)};
}

Status Consumer::Seek(const TopicPartition& tp, Offset to) {
  if (!assigned_.contains(tp)) {
    return Fail(ErrorKind::kInvalidArgument, "seek {} to {}: it is not assigned", ToString(tp),
                to.value());
  }
  DropFetched(tp);
  const std::string tried = fmt::format("seek {} to {}", ToString(tp), to.value());
  const auto until = SystemClock().Steady() + Millis(kRequestMs);
  while (true) {
    const auto list = ListOf(tp);
    list->elems[0].offset = to.value();
    const ErrorPtr error(rd_kafka_seek_partitions(client_.get(), list.get(), kRequestMs));
    const auto code = error ? rd_kafka_error_code(error.get()) : list->elems[0].err;
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR) break;
    // Assigned a moment ago, so not read yet.
    if (code != RD_KAFKA_RESP_ERR__STATE || SystemClock().Steady() > until)
      return Fail(ToError(code, tried));
    SystemClock().SleepFor(Millis(5), {});
  }
  positions_[tp] = to.value();
  return {};
}

void Consumer::Pause(const TopicPartition& tp) {
  if (assigned_.contains(tp)) paused_.insert(tp);
  rd_kafka_pause_partitions(client_.get(), ListOf(tp).get());
}

void Consumer::Resume(const TopicPartition& tp) {
  if (paused_.erase(tp) == 0) return;
  if (auto held = held_back_.extract(tp)) {
    events_.insert(events_.begin(), std::make_move_iterator(held.mapped().begin()),
                   std::make_move_iterator(held.mapped().end()));
  }
  rd_kafka_resume_partitions(client_.get(), ListOf(tp).get());
}

std::vector<TopicPartition> Consumer::Assignment() const {
  return {assigned_.begin(), assigned_.end()};
}

}  // namespace pinlake::kafka
