#include "gateway/rest_v3_json.h"

#include <fmt/format.h>

#include "gateway/rest_v2_errors.h"
#include "gateway/self_url.h"

namespace pinlake {

std::string UrlSegment(std::string_view text) {
  static constexpr std::string_view kPlain = "-._~:@!$&'()*+,;=";
  std::string out;
  for (const char c : text) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (letter || kPlain.find(c) != std::string_view::npos) {
      out += c;
    } else {
      out += fmt::format("%{:02X}", static_cast<uint8_t>(c));
    }
  }
  return out;
}

void BeginResource(JsonWriter& json, std::string_view kind, const V3Address& at,
                   std::string_view path, std::string_view name) {
  json.Key("kind").String(kind).Key("metadata").BeginObject();
  json.Key("self").String(at.url() + std::string(path));
  json.Key("resource_name").String(at.name() + std::string(name)).EndObject();
  json.Key("cluster_id").String(at.cluster_id());
}

void Related(JsonWriter& json, std::string_view member, const V3Address& at,
             std::string_view path) {
  json.Key(member).BeginObject().Key("related").String(at.url() + std::string(path)).EndObject();
}

std::string RenderList(std::string_view kind, std::string_view self,
                       const std::function<void(JsonWriter&)>& elements) {
  JsonWriter json;
  json.BeginObject().Key("kind").String(kind).Key("metadata").BeginObject();
  json.Key("self").String(self).Key("next").Null().EndObject();
  json.Key("data").BeginArray();
  elements(json);
  json.EndArray().EndObject();
  return json.Take();
}

std::optional<V3Address> ClusterOf(const CallPtr& call) {
  const std::string& asked = call->Param("cluster");
  if (const std::string id = call->context.log.ClusterId(); id != asked) {
    call->SendError(id.empty()
                        ? RestError{500, 50003, "No broker tells the cluster's id."}
                        : RestError{404, 404, fmt::format("Cluster {} cannot be found.", asked)});
    return std::nullopt;
  }
  return V3Address(SelfUrl(*call) + "/v3/clusters/" + UrlSegment(asked), asked);
}

RestError V3ErrorOf(const Error& error) {
  switch (error.kind()) {
    case ErrorKind::kAlreadyExists:
    case ErrorKind::kInvalidArgument:
      return {400, 40002, error.message()};
    case ErrorKind::kNotFound:
    case ErrorKind::kConflict:
    case ErrorKind::kFenced:
    case ErrorKind::kCorruption:
    case ErrorKind::kPermissionDenied:
    case ErrorKind::kUnauthenticated:
    case ErrorKind::kThrottled:
    case ErrorKind::kUnavailable:
    case ErrorKind::kUnknownOutcome:
    case ErrorKind::kOutOfSpace:
    case ErrorKind::kCancelled:
    case ErrorKind::kUnsupported:
    case ErrorKind::kInternal:
      return RestErrorOf(error);
  }
  return RestErrorOf(error);
}

}  // namespace pinlake
