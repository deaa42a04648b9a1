#include "gateway/rest_v3_produce.h"

#include <fmt/format.h>

#include <deque>
#include <mutex>
#include <utility>

#include "gateway/gateway_metrics.h"
#include "gateway/rest_v2_errors.h"
#include "log/topic_rules.h"
#include "protocol/json_stream.h"
#include "protocol/rest_v3_produce.h"

namespace pinlake {
namespace {

/// The text of one record, base64 and all; brokers take 1 MiB by default.
constexpr size_t kRecordTextBytesMax = 16 << 20;
/// Records of a stream that wait for the log, or for the peer to take their answers.
constexpr size_t kWaitingRecordsMax = 1000;
constexpr size_t kWaitingBytesMax = 4 << 20;
/// A peer that does not take its answers is asked again after this.
constexpr Millis kRetryWrite{20};

/// One request. Bytes come on the connection's thread, results on the log's.
class ProduceStream final : public BodyReader, public std::enable_shared_from_this<ProduceStream> {
 public:
  ProduceStream(CallPtr call, BodyValve valve)
      : call_(std::move(call)),
        valve_(std::move(valve)),
        topic_(call_->topic),
        named_(CheckTopicName(TopicName(topic_))),
        answers_(call_->SendStream()) {}

  bool OnBytes(std::string_view bytes) override {
    if (broken_) return true;  // no more is looked at until the connection is closed
    std::vector<std::string> texts;
    const bool good = splitter_.Feed(bytes, &texts);
    if (!MakeRoom(texts)) return true;
    for (const auto& text : texts) {
      if (!Take(text)) return true;  // what follows a syntax error can't be told apart
    }
    if (!good) RefuseRest();
    const std::lock_guard lock(mutex_);
    paused_ = !broken_ && Full();
    return !paused_;
  }

  void OnEnd() override {
    if (!broken_ && !splitter_.End()) RefuseRest();
    Finish();
  }

  void OnBroken() override {
    broken_ = true;
    Finish();
  }

 private:
  struct Slot {
    std::string answer;  // empty: not known yet
    size_t bytes = 0;    // of the record
  };

  /// \return false: the stream is over.
  bool Take(const std::string& text) {
    auto record = ParseProduceV3(text);
    if (!record) {
      if (record.error().code == kSyntaxV3) return RefuseSyntax(record.error().message);
      Answered(Open(0), RenderRefusedV3(record.error().code, record.error().message));
      return true;
    }
    Append(std::make_shared<Owned>(Owned{*std::move(record), {}}), text.size());
    return true;
  }

  /// A record with what its views need.
  struct Owned {
    ProduceV3 record;
    std::vector<HeaderView> headers;
  };

  void Append(std::shared_ptr<Owned> owned, size_t bytes) {
    Slot& slot = Open(bytes);
    if (!named_) {
      return Answered(slot, RenderRefusedV3(50002, fmt::format("Invalid topics: [{}]", topic_)));
    }
    RecordBatch batch{.records = {owned->record.Record(&owned->headers)}, .owner = owned};
    call_->context.log.Append(
        TopicName(topic_), std::move(batch),
        [self = shared_from_this(), owned, &slot](std::vector<Result<Appended>> results) {
          self->OnAppended(slot, *owned, results.front());
        });
  }

  void OnAppended(Slot& slot, const Owned& owned, const Result<Appended>& result) {
    if (result) {
      call_->context.counters.Records(topic_).Add(1);
      return Answered(slot,
                      RenderProducedV3(call_->Param("cluster"), topic_, *result, owned.record));
    }
    const Error& error = result.error();
    RecordRefusal refusal = RecordRefusalOf(error);
    if (error.kind() == ErrorKind::kThrottled) refusal.code = 429;
    if (error.kind() == ErrorKind::kNotFound) {
      refusal.message = fmt::format("Topic {} is not there.", topic_);
    }
    // The original can't tell a partition that does not exist from a topic that does not.
    if (error.kind() == ErrorKind::kInvalidArgument && owned.record.partition &&
        error.message().find("partition") != std::string::npos) {
      refusal.code = 50003;
    }
    call_->context.metrics.GetCounter(kGatewayRecordErrorsTotal, {std::to_string(refusal.code)})
        .Add();
    Answered(slot, RenderRefusedV3(refusal.code, refusal.message));
  }

  void RefuseRest() {
    const auto message = "Bad Request: " + splitter_.error();
    if (splitter_.too_long()) {
      broken_ = true;
      Answered(Open(0), RenderRefusedV3(413, message));
      Finish();
    } else {
      RefuseSyntax(message);
    }
  }

  // Two objects, as the original gives.
  bool RefuseSyntax(const std::string& message) {
    broken_ = true;
    Answered(Open(0), RenderRefusedV3(400, message));
    Answered(Open(0), RenderRefusedV3(400,
                                      "Bad Request: Error processing message: the stream "
                                      "ends here, what follows can't be told apart."));
    Finish();
    return false;
  }

  Slot& Open(size_t bytes) {
    const std::lock_guard lock(mutex_);
    waiting_bytes_ += bytes;
    return slots_.emplace_back(Slot{"", bytes});  // a deque keeps its elements where they are
  }

  void Answered(Slot& slot, std::string text) {
    const std::lock_guard lock(mutex_);
    slot.answer = std::move(text);
    Flush();
  }

  // No more slots will be opened.
  void Finish() {
    const std::lock_guard lock(mutex_);
    ended_ = true;
    Flush();
  }

  bool Full() const {
    return slots_.size() >= kWaitingRecordsMax || waiting_bytes_ >= kWaitingBytesMax ||
           text_.size() >= kWaitingBytesMax;
  }

  // What the stream held at most is taken from the budget of memory, for as long as it lasts.
  bool MakeRoom(const std::vector<std::string>& texts) {
    size_t needed = splitter_.held_bytes();
    for (const auto& text : texts) needed += text.size();
    {
      const std::lock_guard lock(mutex_);
      needed += waiting_bytes_ + text_.size();
    }
    if (needed <= charged_bytes_) return true;
    if (call_->request.body.Charge(static_cast<int64_t>(needed - charged_bytes_))) {
      charged_bytes_ = needed;
      return true;
    }
    broken_ = true;
    Answered(Open(0), RenderRefusedV3(429,
                                      "Too many bytes of requests are in memory; try again "
                                      "later."));
    Finish();
    return false;
  }

  // With mutex_. Sends what is known, in order.
  void Flush() {
    while (!slots_.empty() && !slots_.front().answer.empty()) {
      text_ += slots_.front().answer;
      waiting_bytes_ -= slots_.front().bytes;
      slots_.pop_front();
    }
    if (answers_ && !text_.empty() && !retrying_) {
      switch (answers_->Write(text_)) {
        case AnswerStream::Wrote::kOk:
        case AnswerStream::Wrote::kClosed:
          text_.clear();
          break;
        case AnswerStream::Wrote::kFull:
          retrying_ = true;
          call_->context.pool->Post([self = shared_from_this()] { self->Retry(); }, kRetryWrite);
          break;
      }
    }
    if (ended_ && slots_.empty() && text_.empty()) answers_.reset();
    if (paused_ && !Full()) {
      paused_ = false;
      valve_.Open();
    }
  }

  void Retry() {
    const std::lock_guard lock(mutex_);
    retrying_ = false;
    Flush();
  }

  const CallPtr call_;
  BodyValve valve_;
  const std::string topic_;
  const Status named_;
  JsonStreamSplitter splitter_{kRecordTextBytesMax};  // the connection's thread
  bool broken_ = false;                               // the same
  size_t charged_bytes_ = 0;                          // the same
  std::mutex mutex_;                                  // what follows
  std::optional<AnswerStream> answers_;
  std::deque<Slot> slots_;
  std::string text_;  // answers not taken yet
  size_t waiting_bytes_ = 0;
  bool paused_ = false, ended_ = false, retrying_ = false;
};

}  // namespace

std::shared_ptr<BodyReader> V3Produce(CallPtr call, BodyValve valve) {
  return std::make_shared<ProduceStream>(std::move(call), std::move(valve));
}

void V3RefuseEmpty(CallPtr call) {
  call->SendError({422, 42206, "Payload error. The request has no body."});
}

}  // namespace pinlake
