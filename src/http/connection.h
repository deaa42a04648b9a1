// One connection: reads a request, has it answered, writes the answer, and again.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "http/request_parser.h"
#include "http/responder.h"
#include "http/server.h"
#include "http/transport.h"

namespace pinlake {

/// What the connections of a loop share. All of it belongs to the loop's thread.
struct LoopContext {
  const HttpServerOptions* options;
  RequestLimits limits;
  RequestHandler* handler;
  MetricsRegistry* metrics;
  Counter* received_bytes;
  Counter* sent_bytes;
  std::shared_ptr<BodyAccount> account;
  std::shared_ptr<LoopInbox> inbox;
  std::string scratch;  ///< where reads land before they are parsed
  int64_t now_ms = 0;   ///< steady time of this round
  std::string date;     ///< text of the Date field
  bool stopping = false;
};

/// A state machine without threads or waiting: the loop tells it what happened. Requests are
/// answered strictly in order, so what a client pipelines waits in `leftover_`.
class Connection {
 public:
  Connection(uint64_t id, std::unique_ptr<Transport> transport, std::string peer,
             LoopContext& loop);
  ~Connection();

  void OnReadable();
  void OnWritable();
  /// Reset or fully closed by the peer.
  void OnHangUp() { Close(); }
  void OnEvent(LoopEvent event);
  void OnTick();
  /// Finishes what is under way, then closes; closes now if nothing is.
  void OnStop();
  /// The loop may destroy it.
  bool closed() const { return state_ == State::kClosed; }
  /// A request has begun to arrive and is not answered yet.
  bool busy() const {
    return state_ != State::kClosed && state_ != State::kDraining && in_request_;
  }

 private:
  enum class State {
    kReading,    ///< idle, or a request is arriving
    kHandling,   ///< the handler has it
    kWriting,    ///< the answer is going out
    kStreaming,  ///< a streamed answer is going out
    kDraining,  ///< our side is closed; reads and drops what still comes, so that the peer sees the
                ///< answer
    kClosed,
  };

  void Proceed();
  /// \return what was not used.
  std::string_view Consume(std::string_view data);
  void OnHead(bool body_is_here);
  void Dispatch();
  void BeginPieces();
  /// \return false: the connection is over.
  bool PassPieces(bool whole);
  void EndPieces(void (BodyReader::*how)());
  /// Bytes of a request are wanted now.
  bool parsing() const {
    return state_ == State::kReading ||
           (pieces_ != nullptr && !pieces_paused_ &&
            (state_ == State::kHandling || state_ == State::kStreaming));
  }
  void Refuse(int status, std::string_view sentence);
  void StartAnswer(Answer answer);
  void StartStream(LoopEvent::StreamHead stream);
  void AddChunk(std::string bytes);
  void EndStream();
  bool ClosingAfter(const Answer& answer);
  void Write();
  void AfterAnswer();
  void Drain();
  void Close();
  void BeginRequest();
  void DeadlineIn(Millis span) { deadline_ms_ = loop_.now_ms + span.count(); }

  const uint64_t id_;
  LoopContext& loop_;
  std::unique_ptr<Transport> transport_;
  const std::string peer_;
  RequestParser parser_;
  State state_ = State::kReading;
  bool readable_ = true;
  bool in_request_ = false;
  bool head_request_ = false;  ///< method HEAD
  bool http11_ = true;
  bool close_after_ = false;
  bool chunked_ = false;  ///< the stream is framed in chunks
  bool stream_ended_ = false;
  bool leftover_is_fresh_ = false;  ///< not looked at since the last request
  uint64_t exchange_ = 0;
  int64_t deadline_ms_ = 0;
  int64_t body_began_ms_ = 0;
  size_t drained_bytes_ = 0;
  std::string leftover_;
  std::string out_head_, out_body_;
  std::shared_ptr<const void> out_owner_;
  size_t out_sent_ = 0;
  size_t stream_waiting_bytes_ = 0;
  std::shared_ptr<StreamState> stream_;
  std::shared_ptr<BodyReader> pieces_;  ///< gets the body while it comes
  bool pieces_paused_ = false;
  int64_t pieces_deadline_ms_ = 0;
};

}  // namespace pinlake
