#include "gateway/rest_v2_consumers.h"

#include <fmt/format.h>

#include <charconv>
#include <memory>
#include <utility>

#include "base/rng.h"
#include "gateway/request_path.h"
#include "gateway/rest_consumers.h"
#include "gateway/rest_read.h"
#include "gateway/rest_v2_errors.h"
#include "gateway/self_url.h"
#include "protocol/rest_v2_consumers.h"

namespace pinlake {
namespace {

RestError NoSuchInstance(const GatewayOptions& options) {
  return {404, 40403,
          fmt::format("Consumer instance not found. It lives in the gateway process that made it "
                      "(base_uri), until it is deleted or not used for {} ms.",
                      options.consumer_instance_timeout.count())};
}

RestError Missing(std::string_view parameter) {
  return {422, 422, fmt::format("{} must not be null (was null)", parameter)};
}

std::string RandomUuid() {
  static thread_local Rng rng = Rng::FromSystem();
  const uint64_t high = (rng.Next() & ~0xf000ULL) | 0x4000ULL;
  const uint64_t low = (rng.Next() & ~(3ULL << 62)) | 1ULL << 63;
  return fmt::format("{:08x}-{:04x}-{:04x}-{:04x}-{:012x}", high >> 32, high >> 16 & 0xffff,
                     high & 0xffff, low >> 48, low & 0xffffffffffffULL);
}

std::string NewInstanceName(const std::string& server_id) {
  return "rest-consumer-" + (server_id.empty() ? "" : server_id + "-") + RandomUuid();
}

void Answer204(Call& call) {
  call.type.clear();
  call.Send(204, "");
}

// Does \p work with the call's instance; an error becomes the answer.
template <typename Work>
void WithInstance(CallPtr call, Work work) {
  RestConsumers& consumers = *call->context.consumers;
  const GroupName group(call->Param("group"));
  const std::string instance = call->Param("instance");
  const bool found =
      consumers.Do(group, instance, [call, work = std::move(work)](RestConsumer* consumer) mutable {
        if (consumer == nullptr) {
          call->SendError(NoSuchInstance(call->context.options));
        } else if (const Status done = work(*consumer); !done) {
          call->SendError(ConsumerErrorOf(done.error()));
        }
        return std::optional<Millis>();
      });
  if (!found) call->SendError(NoSuchInstance(call->context.options));
}

// False: answered, there is no such instance.
bool CheckInstance(const CallPtr& call) {
  if (call->context.consumers->Find(GroupName(call->Param("group")), call->Param("instance"))) {
    return true;
  }
  call->SendError(NoSuchInstance(call->context.options));
  return false;
}

// A number of the query: none if absent or empty.
// \return false: answered with 404, it is no number, as in the original
bool QueryNumber(const CallPtr& call, std::string_view name, std::optional<int64_t>* out) {
  const auto text = QueryValue(call->request.head.target(), name);
  if (!text || text->empty()) return true;
  int64_t number = 0;
  const char* const end = text->data() + text->size();
  const auto read = std::from_chars(text->data(), end, number);
  if (read.ec != std::errc() || read.ptr != end) {
    call->SendError({404, 404, "HTTP 404 Not Found"});
    return false;
  }
  *out = number;
  return true;
}

// What the consumer can't be read in.
std::optional<RestError> FormatProblem(const Call& call, RestV2Body format) {
  const RestV2Body wanted = RestV2BodyOf(call.type);
  // v2's plain type means binary here.
  const RestV2Body asked = wanted == RestV2Body::kPlain ? RestV2Body::kBinary : wanted;
  if (asked != format) {
    return RestError{406, 40601,
                     "The requested embedded data format does not match the deserializer for this "
                     "consumer instance"};
  }
  if (format == RestV2Body::kBinary || format == RestV2Body::kJson) return std::nullopt;
  return RestError{408, 40801,
                   fmt::format("Records can't be deserialized: the {} format is not supported "
                               "here. Make a consumer of the binary or json format.",
                               NameOf(format))};
}

RestReadLimits LimitsOf(const Call& call, const RestConsumerInfo& info,
                        std::optional<int64_t> timeout, std::optional<int64_t> bytes) {
  const GatewayOptions& options = call.context.options;
  RestReadLimits limits;
  // It can only shorten. The answer must go out before the server gives the request up.
  limits.wait = info.request_timeout;
  if (timeout && *timeout > 0) limits.wait = std::min(limits.wait, Millis(*timeout));
  const Millis patience = options.answer_timeout * 3 / 4;
  limits.wait = std::min(limits.wait, patience);
  limits.join_wait = std::min(limits.join_wait, patience);
  limits.bytes_max = options.consumer_bytes_max;
  if (bytes && *bytes > 0) limits.bytes_max = std::min(limits.bytes_max, *bytes);
  limits.bytes_min = info.fetch_bytes_min;
  limits.backoff_max = options.consumer_backoff;
  return limits;
}

Status SeekAll(RestConsumer& consumer, const PositionsV2& positions) {
  for (const auto& entry : positions.offsets) {
    RETURN_IF_ERROR(consumer.Seek(entry.tp, Offset(entry.offset)));
  }
  for (const auto& entry : positions.timestamps) {
    RETURN_IF_ERROR(consumer.SeekToTime(entry.tp, entry.at));
  }
  return {};
}

void SeekToEnds(CallPtr call, std::string_view method,
                Status (RestConsumer::*seek)(const TopicPartition&)) {
  auto partitions = ParsePartitionsV2(call->request.body.text());
  if (!partitions) return call->SendError(partitions.error());
  if (!*partitions) return call->SendError(Missing(fmt::format("{}.seekToRequest", method)));
  WithInstance(
      call, [call, seek, partitions = **std::move(partitions)](RestConsumer& consumer) -> Status {
        for (const auto& tp : partitions) RETURN_IF_ERROR((consumer.*seek)(tp));
        Answer204(*call);
        return {};
      });
}

}  // namespace

void CreateConsumer(CallPtr call) {
  const auto given = ParseConsumerV2(call->request.body.text());
  if (!given) return call->SendError(given.error());
  const GatewayOptions& options = call->context.options;
  const std::string name = given->name ? *given->name : NewInstanceName(options.server_id);
  const std::string& group = call->Param("group");
  const Status made = call->context.consumers->Create(GroupName(group), name, *given);
  if (!made) return call->SendError(ConsumerErrorOf(made.error()));
  // Not percent-encoded, as in the original.
  call->Send(200, RenderConsumerV2(name, fmt::format("{}/consumers/{}/instances/{}", SelfUrl(*call),
                                                     group, name)));
}

void DeleteConsumer(CallPtr call) {
  RestConsumers& consumers = *call->context.consumers;
  const bool found = consumers.Remove(GroupName(call->Param("group")), call->Param("instance"),
                                      [call] { Answer204(*call); });
  if (!found) call->SendError(NoSuchInstance(call->context.options));
}

void SubscribeConsumer(CallPtr call) {
  if (!CheckInstance(call)) return;
  auto wanted = ParseSubscriptionV2(call->request.body.text());
  if (!wanted) return call->SendError(wanted.error());
  std::optional<TopicPattern> pattern;
  if (!wanted->topics && wanted->pattern) {
    auto compiled = TopicPattern::Compile(*wanted->pattern);
    if (!compiled) return call->SendError({422, 422, compiled.error().message()});
    pattern = *std::move(compiled);
  }
  WithInstance(call,
               [call, wanted = *std::move(wanted), pattern](RestConsumer& consumer) -> Status {
                 if (wanted.topics) RETURN_IF_ERROR(consumer.Subscribe(*wanted.topics));
                 if (pattern) RETURN_IF_ERROR(consumer.SubscribePattern(*pattern));
                 Answer204(*call);
                 return {};
               });
}

void GetSubscription(CallPtr call) {
  WithInstance(call, [call](RestConsumer& consumer) -> Status {
    call->Send(200, RenderSubscriptionV2(consumer.Subscription()));
    return {};
  });
}

void UnsubscribeConsumer(CallPtr call) {
  WithInstance(call, [call](RestConsumer& consumer) -> Status {
    consumer.Unsubscribe();
    Answer204(*call);
    return {};
  });
}

void AssignConsumer(CallPtr call) {
  if (!CheckInstance(call)) return;
  auto partitions = ParsePartitionsV2(call->request.body.text());
  if (!partitions) return call->SendError(partitions.error());
  if (!*partitions) return call->SendError(Missing("assign.assignmentRequest"));
  WithInstance(call,
               [call, partitions = **std::move(partitions)](RestConsumer& consumer) -> Status {
                 RETURN_IF_ERROR(consumer.Assign(partitions));
                 Answer204(*call);
                 return {};
               });
}

void GetAssignments(CallPtr call) {
  WithInstance(call, [call](RestConsumer& consumer) -> Status {
    call->Send(200, RenderPartitionsV2(consumer.Assignments()));
    return {};
  });
}

void SeekConsumer(CallPtr call) {
  if (!CheckInstance(call)) return;
  auto positions = ParsePositionsV2(call->request.body.text());
  if (!positions) return call->SendError(positions.error());
  if (!*positions) return call->SendError(Missing("seekToOffset.request"));
  WithInstance(call, [call, positions = **std::move(positions)](RestConsumer& consumer) -> Status {
    RETURN_IF_ERROR(SeekAll(consumer, positions));
    Answer204(*call);
    return {};
  });
}

void SeekConsumerToBeginning(CallPtr call) {
  if (!CheckInstance(call)) return;
  SeekToEnds(std::move(call), "seekToBeginning", &RestConsumer::SeekToBeginning);
}

void SeekConsumerToEnd(CallPtr call) {
  if (!CheckInstance(call)) return;
  SeekToEnds(std::move(call), "seekToEnd", &RestConsumer::SeekToEnd);
}

void CommitOffsets(CallPtr call) {
  if (!CheckInstance(call)) return;
  auto wanted = ParseCommitV2(call->request.body.text());
  if (!wanted) return call->SendError(wanted.error());
  WithInstance(call, [call, wanted = *std::move(wanted)](RestConsumer& consumer) -> Status {
    if (wanted) {
      std::map<TopicPartition, CommittedOffset> offsets;
      // The given record was processed: the next one is where to go on.
      for (const auto& entry : *wanted) {
        offsets[entry.tp] = {Offset(entry.offset) + 1, entry.metadata};
      }
      RETURN_IF_ERROR(consumer.Commit(offsets));
    } else {
      RETURN_IF_ERROR(consumer.CommitAll());
    }
    call->Send(200, "[]");
    return {};
  });
}

void GetCommittedOffsets(CallPtr call) {
  if (!CheckInstance(call)) return;
  auto wanted = ParsePartitionsV2(call->request.body.text());
  if (!wanted) return call->SendError(wanted.error());
  if (!*wanted) return call->SendError({404, 40402, "Partition not found."});
  WithInstance(call, [call, wanted = **std::move(wanted)](RestConsumer& consumer) -> Status {
    ASSIGN_OR_RETURN(const auto committed, consumer.Committed());
    std::vector<OffsetV2> found;
    for (const auto& tp : wanted) {
      const auto at = committed.find(tp);
      if (at == committed.end()) continue;
      found.push_back({tp, at->second.offset.value(), at->second.metadata});
    }
    call->Send(200, RenderOffsetsV2(found));
    return {};
  });
}

void ReadRecords(CallPtr call) {
  RestConsumers& consumers = *call->context.consumers;
  const GroupName group(call->Param("group"));
  const std::string instance = call->Param("instance");
  std::optional<int64_t> timeout, bytes;
  if (!QueryNumber(call, "timeout", &timeout) || !QueryNumber(call, "max_bytes", &bytes)) return;
  const auto info = consumers.Find(group, instance);
  if (!info) return call->SendError(NoSuchInstance(call->context.options));
  if (const auto problem = FormatProblem(*call, info->format)) return call->SendError(*problem);
  auto read = std::make_shared<RestRead>(
      info->format, LimitsOf(*call, *info, timeout, bytes),
      [raw = call.get()](int64_t more) { return raw->request.body.Charge(more); });
  const bool found = consumers.Read(group, instance,
                                    [call, read](RestConsumer* consumer) -> std::optional<Millis> {
                                      if (consumer == nullptr) {
                                        call->SendError(NoSuchInstance(call->context.options));
                                        return std::nullopt;
                                      }
                                      const auto again = read->Step(*consumer, SystemClock());
                                      if (!again) {
                                        call->SendError(ConsumerErrorOf(again.error()));
                                        return std::nullopt;
                                      }
                                      if (*again && !call->context.stopping) return *again;
                                      Answer answer = call->MakeAnswer(200, read->Take());
                                      answer.owner = call;  // its lease covers the answer too
                                      call->Send(std::move(answer));
                                      return std::nullopt;
                                    });
  if (!found) call->SendError(NoSuchInstance(call->context.options));
}

}  // namespace pinlake
