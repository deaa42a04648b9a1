// Where a bucket is: host, path style, prefix.
#pragma once

#include <string>
#include <string_view>

#include "http/url.h"

namespace pinlake {

enum class S3Addressing {
  kAuto,  ///< the bucket in the path if an endpoint is given or its name has dots, else in the host
  kPath,  ///< host/bucket/key
  kVirtualHost,  ///< bucket.host/key
};

/// A bucket (and a place in it) on a server.
struct S3Location {
  std::string bucket;
  std::string prefix;  ///< "" or ending in '/'; stands in front of every key
  HttpOrigin origin;
  std::string path;  ///< of the bucket: "/bucket" or ""

  /// The path of a request for \p key, which is without the prefix, percent-encoded.
  std::string ObjectPath(std::string_view key) const;
  /// The path of a request for the bucket.
  std::string BucketPath() const { return path.empty() ? "/" : path; }
  /// "s3://bucket/prefix".
  std::string Text() const;
};

/// Which of Amazon's endpoints; without effect where another is given.
struct S3EndpointKind {
  bool accelerate = false;  ///< over the nearest edge: needs the bucket's name before the host
  bool dualstack = false;   ///< IPv6 too
};

/// \p url is `s3://bucket[/prefix]`, \p endpoint `http[s]://host[:port]` or empty for Amazon's in
/// \p region. kInvalidArgument: not such a url, an endpoint with a path, a name that no bucket has,
/// acceleration with the bucket in the path.
Result<S3Location> LocateBucket(std::string_view url, std::string_view endpoint,
                                std::string_view region, S3Addressing addressing,
                                S3EndpointKind kind = {});

}  // namespace pinlake
