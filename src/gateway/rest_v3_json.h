// What the resources of REST Proxy v3 have in common: kinds, addresses, names, lists.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "codec/json.h"
#include "gateway/call.h"
#include "protocol/rest_error.h"

namespace pinlake {

/// Addresses below one cluster, absolute, and names below it.
class V3Address {
 public:
  V3Address(std::string base_url, std::string cluster_id)
      : url_(std::move(base_url)), name_("crn:///kafka=" + cluster_id), cluster_id_(cluster_id) {}

  const std::string& url() const { return url_; }
  const std::string& name() const { return name_; }
  const std::string& cluster_id() const { return cluster_id_; }

 private:
  std::string url_, name_, cluster_id_;
};

/// \p text as a segment of a URL's path.
std::string UrlSegment(std::string_view text);

/// Writes `"kind":…,"metadata":{…},"cluster_id":…` into an object that was begun.
/// \param path  below the cluster's URL, beginning with '/', or empty
/// \param name  below the cluster's name, such as "/topic=t", or empty
void BeginResource(JsonWriter& json, std::string_view kind, const V3Address& at,
                   std::string_view path, std::string_view name);
/// `"member":{"related":"…"}`
void Related(JsonWriter& json, std::string_view member, const V3Address& at, std::string_view path);
/// A whole list: `{"kind":…,"metadata":{"self":…,"next":null},"data":[…]}`.
std::string RenderList(std::string_view kind, std::string_view self,
                       const std::function<void(JsonWriter&)>& elements);

/// The cluster of the path; answers the request if it is another one than the log's.
std::optional<V3Address> ClusterOf(const CallPtr& call);

/// For a request about a topic, group or cluster.
RestError V3ErrorOf(const Error& error);
inline RestError V3NotFound() { return {404, 404, "HTTP 404 Not Found"}; }

}  // namespace pinlake
