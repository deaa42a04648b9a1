#include "log/kafka/reader.h"

#include <fmt/format.h>

namespace pinlake::kafka {

// One legacy "simple consumer" stream with a queue of its own.
struct Reader::Stream {
  TopicPtr topic;
  QueuePtr queue;
  int32_t partition = 0;
  Offset next;
  ~Stream() {
    if (topic) rd_kafka_consume_stop(topic.get(), partition);
  }
};

Result<std::unique_ptr<Reader>> Reader::Open(const Properties& properties, TokenSource tokens) {
  const Properties defaults = {
      {"enable.auto.commit", "false"},     {"enable.auto.offset.store", "false"},
      {"auto.offset.reset", "error"},      {"queued.max.messages.kbytes", "4096"},
      {"fetch.wait.max.ms", "100"},        {"fetch.message.max.bytes", "1048576"},
      {"socket.keepalive.enable", "true"}, {"isolation.level", kIsolationDefault},
  };
  std::unique_ptr<Reader> reader(new Reader());
  reader->context_.tokens = std::move(tokens);
  Properties all = properties;
  all["enable.partition.eof"] = "true";  // tells of gaps that no record follows
  ASSIGN_OR_RETURN(auto conf, MakeConf(all, defaults, reader->context_));
  ASSIGN_OR_RETURN(reader->client_, MakeClient(RD_KAFKA_CONSUMER, std::move(conf)));
  return reader;
}

Reader::~Reader() { streams_.clear(); }

Result<std::shared_ptr<Reader::Stream>> Reader::StreamAt(const TopicPartition& tp, Offset from) {
  const std::lock_guard lock(mutex_);
  auto& stream = streams_[tp];
  by_use_.remove(tp);
  by_use_.push_front(tp);
  if (stream && stream->next == from) return stream;
  stream.reset();
  auto fresh = std::make_shared<Stream>();
  fresh->topic.reset(rd_kafka_topic_new(client_.get(), tp.topic.value().c_str(), nullptr));
  if (!fresh->topic)
    return Fail(ToError(rd_kafka_last_error(), fmt::format("read {}", ToString(tp))));
  fresh->queue.reset(rd_kafka_queue_new(client_.get()));
  fresh->partition = tp.partition.value();
  fresh->next = from;
  if (rd_kafka_consume_start_queue(fresh->topic.get(), fresh->partition, from.value(),
                                   fresh->queue.get()) != 0) {
    auto error =
        ToError(rd_kafka_last_error(), fmt::format("read {} from {}", ToString(tp), from.value()));
    fresh->topic.reset();
    return Fail(std::move(error));
  }
  stream = fresh;
  if (by_use_.size() > kStreamsMax) {
    streams_.erase(by_use_.back());
    by_use_.pop_back();
  }
  return fresh;
}

Result<RecordSet> Reader::Read(const TopicPartition& tp, Offset from, size_t bytes_max, Millis wait,
                               std::stop_token stop) {
  ASSIGN_OR_RETURN(const auto stream, StreamAt(tp, from));
  constexpr size_t kMessagesMax = 4096;
  constexpr int kSliceMs = 50;  // how late a stop may be noticed
  std::vector<rd_kafka_message_t*> messages(kMessagesMax);
  auto batch = std::make_shared<MessageBatch>();
  const auto until = SystemClock().Steady() + wait;
  size_t bytes = 0;
  while (bytes < bytes_max && !stop.stop_requested()) {
    const auto left = std::chrono::duration_cast<Millis>(until - SystemClock().Steady()).count();
    const Millis slice(batch->empty() ? std::clamp<int64_t>(left, 0, kSliceMs) : 0);
    // A queue gives back at most what was asked for, so records are asked for in portions that end
    // near bytes_max.
    const size_t portion = std::clamp<size_t>((bytes_max - bytes) / 256, 1, kMessagesMax);
    const size_t count = TakeMessages(stream->queue.get(), slice, messages.data(), portion);
    for (size_t i = 0; i < count; ++i) {
      auto* message = messages[i];
      if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
        // Behind the last record: past marks of transactions and what compaction took.
        stream->next = std::max(stream->next, Offset(message->offset));
        rd_kafka_message_destroy(message);
        continue;
      }
      if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
        auto error = ToError(message->err,
                             fmt::format("read {} from {}", ToString(tp), stream->next.value()));
        for (size_t rest = i; rest < count; ++rest) rd_kafka_message_destroy(messages[rest]);
        if (!batch->empty()) return MessageBatch::ToSet(std::move(batch));
        stream->next = Offset(-1);  // the next read starts anew
        return Fail(std::move(error));
      }
      bytes += message->len + message->key_len;
      stream->next = Offset(message->offset + 1);
      batch->Add(message);
    }
    const bool moved = !batch->empty() || from < stream->next;
    if (count == 0 && (moved || left <= 0)) break;
  }
  RecordSet set;
  if (!batch->empty()) set = MessageBatch::ToSet(std::move(batch));
  set.next = stream->next;
  return set;
}

}  // namespace pinlake::kafka
