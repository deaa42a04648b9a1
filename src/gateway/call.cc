#include "gateway/call.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <utility>

#include "base/rng.h"
#include "gateway/cors.h"

namespace pinlake {
namespace {

constexpr size_t kRequestIdBytesMax = 128;

bool PlainId(std::string_view id) {
  return !id.empty() && id.size() <= kRequestIdBytesMax &&
         std::all_of(id.begin(), id.end(), [](char c) { return c > 0x20 && c < 0x7f; });
}

}  // namespace

std::string RequestIdOf(const RequestHead& head) {
  const auto given = head.Find("x-request-id");
  if (given && PlainId(*given)) return std::string(*given);
  static const uint64_t process = Rng::FromSystem().Next() & 0xffffffff;
  static std::atomic<uint64_t> next{1};
  return fmt::format("{:08x}-{:x}", process, next.fetch_add(1, std::memory_order_relaxed));
}

Call::Call(GatewayContext& gateway, ServerRequest given, Responder responder)
    : context(gateway),
      request(std::move(given)),
      responder_(std::move(responder)),
      request_id_(RequestIdOf(request.head)),
      began_(SystemClock().Steady()) {}

Answer Call::MakeAnswer(int status, std::string body_text) const {
  Answer answer;
  answer.status = status;
  answer.content_type = type;
  answer.body = std::move(body_text);
  return answer;
}

Answer Call::MakeError(const RestError& error) const {
  Answer answer = MakeAnswer(error.status, RenderRestError(error));
  if (error.status == 429) answer.fields.emplace_back("Retry-After", "1");
  return answer;
}

const std::string& Call::Param(std::string_view name) const {
  if (name == "topic") return topic;
  if (name == "partition") return partition;
  for (const auto& [param, value] : params) {
    if (param == name) return value;
  }
  Die("Param", __FILE__, __LINE__, "a handler asks only for what its route has");
}

void Call::Finish(Answer* answer) {
  answer->fields.emplace_back("X-Request-Id", std::move(request_id_));
  AddCorsFields(context.options, request.head, answer);
  context.counters.Answered(route, answer->status, SystemClock().Steady() - began_);
}

void Call::Send(Answer answer) {
  Finish(&answer);
  responder_.Send(std::move(answer));
}

void Call::SendFrom(std::function<Answer()> make) {
  responder_.SendFrom([this, make = std::move(make)] {
    Answer answer = make();
    Finish(&answer);
    return answer;
  });
}

AnswerStream Call::SendStream() {
  Answer head = MakeAnswer(200, "");
  Finish(&head);
  return responder_.SendStream(std::move(head));
}

void Call::Send(int status, std::string body_text) {
  Send(MakeAnswer(status, std::move(body_text)));
}
void Call::SendError(const RestError& error) { Send(MakeError(error)); }

}  // namespace pinlake
