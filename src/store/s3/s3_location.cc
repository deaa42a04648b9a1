#include "store/s3/s3_location.h"

#include <algorithm>

#include "aws/digest.h"
#include "store/store_rules.h"

namespace pinlake {
namespace {

/// S3's rules for names, with the underscores and capitals that old buckets have.
bool IsBucketName(std::string_view name) {
  const auto letter = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  };
  return name.size() >= 3 && name.size() <= 255 && letter(name.front()) && letter(name.back()) &&
         name.find("..") == name.npos && std::ranges::all_of(name, [&](char c) {
           return letter(c) || c == '-' || c == '.' || c == '_';
         });
}

std::string AmazonsHost(std::string_view region, S3EndpointKind kind) {
  const std::string_view domain = region.starts_with("cn-") ? "amazonaws.com.cn" : "amazonaws.com";
  const std::string_view stack = kind.dualstack ? ".dualstack" : "";
  return kind.accelerate ? fmt::format("s3-accelerate{}.{}", stack, domain)
                         : fmt::format("s3{}.{}.{}", stack, region, domain);
}

Result<HttpOrigin> OriginOf(std::string_view endpoint, std::string_view region,
                            S3EndpointKind kind) {
  if (endpoint.empty()) {
    return HttpOrigin{.tls = true, .host = AmazonsHost(region, kind), .port = 443};
  }
  ASSIGN_OR_RETURN(HttpUrl url, ParseHttpUrl(endpoint));
  if (url.target != "/") {
    return Fail(ErrorKind::kInvalidArgument,
                "endpoint {}: a path has no place in it; the bucket belongs into the store's url",
                endpoint);
  }
  return url.origin;
}

}  // namespace

std::string S3Location::ObjectPath(std::string_view key) const {
  return path + "/" + UriEncode(prefix, true) + UriEncode(key, true);
}

std::string S3Location::Text() const {
  std::string text = "s3://" + bucket;
  if (!prefix.empty()) text += "/" + prefix.substr(0, prefix.size() - 1);
  return text;
}

Result<S3Location> LocateBucket(std::string_view url, std::string_view endpoint,
                                std::string_view region, S3Addressing addressing,
                                S3EndpointKind kind) {
  if (!url.starts_with("s3://")) {
    return Fail(ErrorKind::kInvalidArgument, "store url '{}' does not start with s3://", url);
  }
  const std::string_view rest = url.substr(5);
  const size_t slash = std::min(rest.find('/'), rest.size());
  S3Location location;
  location.bucket = rest.substr(0, slash);
  if (!IsBucketName(location.bucket)) {
    return Fail(ErrorKind::kInvalidArgument, "store url '{}': '{}' is no name of a bucket", url,
                location.bucket);
  }
  std::string_view prefix = rest.substr(std::min(slash + 1, rest.size()));
  while (prefix.ends_with('/')) prefix.remove_suffix(1);
  if (!prefix.empty()) {
    RETURN_IF_ERROR(CheckObjectKey(ObjectKey(std::string(prefix))));
    location.prefix = std::string(prefix) + "/";
  }
  ASSIGN_OR_RETURN(location.origin, OriginOf(endpoint, region, kind));
  const bool dots =
      location.bucket.find('.') != std::string::npos;  // TLS certificates cover one label
  const bool in_path = addressing == S3Addressing::kPath ||
                       (addressing == S3Addressing::kAuto && (!endpoint.empty() || dots));
  if (in_path && kind.accelerate && endpoint.empty()) {
    return Fail(ErrorKind::kInvalidArgument,
                "bucket {}: transfer acceleration needs the bucket's name before the host (no path "
                "style, no dots in the name)",
                location.bucket);
  }
  if (in_path) {
    location.path = "/" + location.bucket;
  } else {
    location.origin.host = location.bucket + "." + location.origin.host;
  }
  return location;
}

}  // namespace pinlake
