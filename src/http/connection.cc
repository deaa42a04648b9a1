#include "http/connection.h"

#include <fmt/format.h>

#include <array>
#include <utility>
#include <variant>

#include "http/server_metrics.h"

namespace pinlake {
namespace {

// A body may take longer than its time-out if it keeps coming at this pace.
constexpr int64_t kBodyBytesPerSecondMin = 16 << 10;
// After an answer that closes the connection: how long still-coming bytes are read and dropped. No
// more of them than of a body that had been let in.
constexpr Millis kDrainTimeout{2'000};
constexpr Millis kDrainTimeoutAtStop{200};

}  // namespace

Connection::Connection(uint64_t id, std::unique_ptr<Transport> transport, std::string peer,
                       LoopContext& loop)
    : id_(id),
      loop_(loop),
      transport_(std::move(transport)),
      peer_(std::move(peer)),
      parser_(loop.limits) {
  BeginRequest();
}

Connection::~Connection() { Close(); }

void Connection::BeginRequest() {
  parser_.Begin(loop_.account);
  in_request_ = false;
  state_ = State::kReading;
  DeadlineIn(loop_.options->idle_timeout);
}

void Connection::OnReadable() {
  readable_ = true;
  if (state_ == State::kDraining) return Drain();
  Proceed();
}

void Connection::OnWritable() {
  if (state_ == State::kWriting || state_ == State::kStreaming) Write();
  Proceed();
}

// Reads and parses until a request is complete, or nothing more is there.
void Connection::Proceed() {
  while (parsing()) {
    if (std::exchange(leftover_is_fresh_, false)) {
      const std::string data = std::exchange(leftover_, {});
      const auto rest = Consume(data);
      leftover_.assign(rest);
      continue;
    }
    if (!readable_) return;
    const Moved moved = transport_->Read(loop_.scratch.data(), loop_.scratch.size());
    if (moved.kind == Moved::Kind::kWouldBlock) {
      readable_ = false;
      return;
    }
    if (moved.kind != Moved::Kind::kBytes) return Close();
    // Fewer bytes than asked for: the socket is empty, and the next byte will be announced.
    readable_ = moved.bytes == loop_.scratch.size();
    loop_.received_bytes->Add(moved.bytes);
    const std::string_view data(loop_.scratch.data(), moved.bytes);
    if (leftover_.empty()) {
      leftover_.assign(Consume(data));
    } else {
      leftover_.append(data);
      const size_t rest = Consume(leftover_).size();
      leftover_.erase(0, leftover_.size() - rest);
    }
  }
}

std::string_view Connection::Consume(std::string_view data) {
  if (!in_request_ && !data.empty()) {
    in_request_ = true;
    DeadlineIn(loop_.options->head_timeout);
  }
  while (parsing()) {
    const auto fed = parser_.Feed(data);
    data.remove_prefix(fed.used);
    if (pieces_ && fed.step != RequestParser::Step::kRefused) {
      if (!PassPieces(fed.step == RequestParser::Step::kDone)) return {};
      if (fed.step == RequestParser::Step::kDone) return data;
      if (fed.used > 0) continue;
      if (data.size() <= loop_.limits.header_bytes_max + loop_.scratch.size()) return data;
      Close();  // the chunked body is malformed
      return {};
    }
    switch (fed.step) {
      case RequestParser::Step::kNeedMore:
        if (data.size() > loop_.limits.header_bytes_max + loop_.scratch.size()) {
          Refuse(400, "The chunked body is malformed.");
          return {};
        }
        if (body_began_ms_ > 0) {
          deadline_ms_ = body_began_ms_ + loop_.options->body_timeout.count() +
                         static_cast<int64_t>(parser_.body_bytes()) * 1000 / kBodyBytesPerSecondMin;
        }
        return data;
      case RequestParser::Step::kHead:
        OnHead(!data.empty());
        if (state_ == State::kReading && parser_.expects_body() &&
            loop_.handler->TakesPieces(parser_.head())) {
          BeginPieces();
        }
        break;
      case RequestParser::Step::kDone:
        Dispatch();
        return data;
      case RequestParser::Step::kRefused:
        if (pieces_) {
          EndPieces(&BodyReader::OnBroken);
          if (state_ == State::kStreaming) {
            Close();  // the answer has begun; cutting it off is all that can be said
            return {};
          }
        }
        Refuse(parser_.refusal().status, parser_.refusal().sentence);
        return {};
    }
  }
  return data;
}

void Connection::OnHead(bool body_is_here) {
  http11_ = parser_.head().http11();
  head_request_ = parser_.head().method() == "HEAD";
  close_after_ = !parser_.keep_alive();
  body_began_ms_ = 0;
  if (!parser_.expects_body()) return;
  body_began_ms_ = loop_.now_ms;
  DeadlineIn(loop_.options->body_timeout);
  if (!parser_.head().Find("expect") || !http11_) return;
  if (!parser_.expects_continue()) {
    return Refuse(417, "The only expectation met here is 100-continue.");
  }
  if (body_is_here) return;
  static constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
  const iovec piece{const_cast<char*>(kContinue.data()), kContinue.size()};
  // Nothing else is on its way out, so 25 bytes fit into the socket or it is broken.
  const Moved moved = transport_->Write({&piece, 1});
  if (moved.kind != Moved::Kind::kBytes || moved.bytes != kContinue.size()) Close();
}

void Connection::Dispatch() {
  state_ = State::kHandling;
  body_began_ms_ = 0;
  ++exchange_;
  DeadlineIn(loop_.options->answer_timeout);
  ServerRequest request = parser_.Take();
  request.peer = peer_;
  loop_.handler->OnRequest(std::move(request),
                           Responder(loop_.inbox, id_, exchange_, loop_.options->stream_bytes_max));
}

void Connection::BeginPieces() {
  state_ = State::kHandling;
  body_began_ms_ = 0;
  ++exchange_;
  DeadlineIn(loop_.options->answer_timeout);
  pieces_paused_ = false;
  pieces_deadline_ms_ = loop_.now_ms + loop_.options->body_timeout.count();
  ServerRequest request = parser_.TakeHead();
  request.peer = peer_;
  pieces_ = loop_.handler->OnStreamedRequest(
      std::move(request), Responder(loop_.inbox, id_, exchange_, loop_.options->stream_bytes_max),
      BodyValve(loop_.inbox, id_, exchange_));
  if (!pieces_) close_after_ = true;  // the body stays unread
}

bool Connection::PassPieces(bool whole) {
  const std::string piece = parser_.TakeBody();
  if (!piece.empty()) {
    pieces_deadline_ms_ = loop_.now_ms + loop_.options->body_timeout.count();
    pieces_paused_ = !pieces_->OnBytes(piece);
  }
  if (whole) EndPieces(&BodyReader::OnEnd);
  return state_ != State::kClosed;
}

void Connection::EndPieces(void (BodyReader::*how)()) {
  if (const auto pieces = std::exchange(pieces_, nullptr)) (*pieces.*how)();
}

// Answers without a handler and closes: the rest of the request can't be found any more.
void Connection::Refuse(int status, std::string_view sentence) {
  loop_.metrics->GetCounter(kHttpRefusedTotal, {std::to_string(status)}).Add();
  Answer answer = loop_.handler->OnRefused(status, sentence);
  if (status == 429 || status == 503) answer.fields.emplace_back("Retry-After", "1");
  answer.close = true;
  parser_.Begin(loop_.account);  // what came of the body is not kept while the answer goes out
  ++exchange_;                   // what a handler may still send is not for this answer
  body_began_ms_ = 0;
  StartAnswer(std::move(answer));
}

void Connection::OnEvent(LoopEvent event) {
  if (event.exchange != exchange_) return;
  if (std::holds_alternative<LoopEvent::ReadOn>(event.what)) {
    if (!pieces_ || !pieces_paused_) return;
    pieces_paused_ = false;
    pieces_deadline_ms_ = loop_.now_ms + loop_.options->body_timeout.count();
    leftover_is_fresh_ = !leftover_.empty();
    return Proceed();
  }
  if (state_ == State::kHandling) {
    if (auto* answer = std::get_if<Answer>(&event.what)) return StartAnswer(std::move(*answer));
    if (auto* make = std::get_if<LoopEvent::Make>(&event.what)) return StartAnswer((*make)());
    if (auto* head = std::get_if<LoopEvent::StreamHead>(&event.what)) {
      return StartStream(std::move(*head));
    }
  } else if (state_ == State::kStreaming) {
    if (auto* chunk = std::get_if<LoopEvent::StreamChunk>(&event.what)) {
      return AddChunk(std::move(chunk->bytes));
    }
    if (std::holds_alternative<LoopEvent::StreamEnd>(event.what)) return EndStream();
  }
}

// Decides whether the connection goes on after this answer.
bool Connection::ClosingAfter(const Answer& answer) {
  if (answer.close || loop_.stopping) close_after_ = true;
  return close_after_;
}

void Connection::StartAnswer(Answer answer) {
  if (pieces_) close_after_ = true;  // the rest of the body stays unread
  const bool closing = ClosingAfter(answer);
  const bool bodyless = answer.status == 204 || answer.status == 304;
  const std::string_view framing = closing   ? "Connection: close\r\n"
                                   : http11_ ? std::string_view()
                                             : "Connection: keep-alive\r\n";
  out_head_.clear();
  out_head_.reserve(256);
  AppendHead(out_head_, answer, loop_.date,
             bodyless ? std::nullopt : std::optional(answer.body.size()), framing);
  out_body_ = head_request_ || bodyless ? std::string() : std::move(answer.body);
  out_owner_ = std::move(answer.owner);
  out_sent_ = 0;
  state_ = State::kWriting;
  DeadlineIn(loop_.options->write_timeout);
  Write();
}

void Connection::StartStream(LoopEvent::StreamHead stream) {
  stream_ = std::move(stream.state);
  chunked_ = http11_;
  if (!chunked_) close_after_ = true;
  const bool closing = ClosingAfter(stream.head);
  std::string framing = chunked_ ? "Transfer-Encoding: chunked\r\n" : "";
  if (closing) framing += "Connection: close\r\n";
  out_head_.clear();
  AppendHead(out_head_, stream.head, loop_.date, std::nullopt, framing);
  out_body_.clear();
  out_sent_ = 0;
  stream_ended_ = false;
  stream_waiting_bytes_ = 0;
  state_ = State::kStreaming;
  DeadlineIn(loop_.options->write_timeout);
  if (head_request_) stream_ended_ = true;
  Write();
}

void Connection::AddChunk(std::string bytes) {
  if (stream_ended_) return;
  stream_waiting_bytes_ += bytes.size();
  if (chunked_) {
    out_body_ += fmt::format("{:x}\r\n", bytes.size());
    out_body_ += bytes;
    out_body_ += "\r\n";
  } else {
    out_body_ += bytes;
  }
  Write();
}

void Connection::EndStream() {
  if (stream_ended_) return;
  stream_ended_ = true;
  if (chunked_) out_body_ += "0\r\n\r\n";
  Write();
}

void Connection::Write() {
  const size_t total = out_head_.size() + out_body_.size();
  while (out_sent_ < total) {
    std::array<iovec, 2> pieces{};
    size_t count = 0;
    if (out_sent_ < out_head_.size()) {
      pieces[count++] = {out_head_.data() + out_sent_, out_head_.size() - out_sent_};
    }
    const size_t body_sent = out_sent_ > out_head_.size() ? out_sent_ - out_head_.size() : 0;
    if (body_sent < out_body_.size()) {
      pieces[count++] = {out_body_.data() + body_sent, out_body_.size() - body_sent};
    }
    const Moved moved = transport_->Write({pieces.data(), count});
    if (moved.kind == Moved::Kind::kWouldBlock) return;
    if (moved.kind != Moved::Kind::kBytes) return Close();
    out_sent_ += moved.bytes;
    loop_.sent_bytes->Add(moved.bytes);
    DeadlineIn(loop_.options->write_timeout);
  }
  if (state_ == State::kStreaming) {
    out_head_.clear();
    out_body_.clear();
    out_sent_ = 0;
    stream_->queued_bytes -= std::exchange(stream_waiting_bytes_, 0);
    if (!stream_ended_) return;
    std::exchange(stream_, nullptr)->closed = true;
  }
  AfterAnswer();
}

void Connection::AfterAnswer() {
  if (pieces_) {
    close_after_ = true;  // where the next request begins is not known
    EndPieces(&BodyReader::OnBroken);
  }
  out_head_.clear();
  if (out_body_.capacity() > 4096) out_body_ = std::string();
  out_body_.clear();
  out_owner_.reset();
  if (close_after_) {
    transport_->ShutdownWrite();
    state_ = State::kDraining;
    DeadlineIn(loop_.stopping ? kDrainTimeoutAtStop : kDrainTimeout);
    readable_ = true;
    return Drain();
  }
  BeginRequest();
  leftover_is_fresh_ = !leftover_.empty();
  if (leftover_is_fresh_ || readable_) Proceed();
}

// Closing with unread bytes resets the connection, and a reset may overtake the answer.
void Connection::Drain() {
  const auto drained_bytes_max = static_cast<size_t>(loop_.options->body_bytes_max);
  while (drained_bytes_ < drained_bytes_max) {
    const Moved moved = transport_->Read(loop_.scratch.data(), loop_.scratch.size());
    if (moved.kind == Moved::Kind::kWouldBlock) return;
    if (moved.kind != Moved::Kind::kBytes) return Close();
    drained_bytes_ += moved.bytes;
  }
  Close();
}

void Connection::OnTick() {
  if (pieces_ && !pieces_paused_ && loop_.now_ms >= pieces_deadline_ms_) return Close();
  // While the body comes, the answer has time.
  if (pieces_ && state_ == State::kHandling) return;
  if (loop_.now_ms < deadline_ms_) return;
  switch (state_) {
    case State::kReading:
      if (!in_request_) return Close();
      return Refuse(408, body_began_ms_ > 0 ? "The request's body came too slowly."
                                            : "The request's head came too slowly.");
    case State::kHandling:
      return Refuse(503,
                    "There was no answer in time; whether the request took effect is unknown.");
    case State::kStreaming:
      // Only a peer that does not take what is there is late.
      if (out_sent_ >= out_head_.size() + out_body_.size()) return;
      return Close();
    case State::kWriting:
    case State::kDraining:
      return Close();
    case State::kClosed:
      return;
  }
}

void Connection::OnStop() {
  if (state_ == State::kReading && !in_request_) return Close();
  close_after_ = true;
  // What was received is answered; more is not read.
  EndPieces(&BodyReader::OnEnd);
}

void Connection::Close() {
  EndPieces(&BodyReader::OnBroken);
  if (stream_) std::exchange(stream_, nullptr)->closed = true;
  out_owner_.reset();
  state_ = State::kClosed;
}

}  // namespace pinlake
