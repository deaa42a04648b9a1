// http:// and https:// addresses, as far as a client of services needs them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace pinlake {

/// Where a connection goes to.
struct HttpOrigin {
  bool tls = false;
  std::string host;  ///< lower case; an IPv6 address without its brackets
  uint16_t port = 80;

  /// The Host field: without the port if it is the scheme's own, IPv6 in brackets.
  std::string HostField() const;
  /// "https://host:port", for messages.
  std::string Text() const;
  bool operator==(const HttpOrigin&) const = default;
};

struct HttpUrl {
  HttpOrigin origin;
  /// Path and query as written, "/" if there is none.
  std::string target;
  bool operator==(const HttpUrl&) const = default;
};

/// Parses `http[s]://host[:port][/path][?query]`. kInvalidArgument names what is wrong: another
/// scheme, user:password@ (credentials do not belong in an address), a fragment, a bad port, blanks
/// or control characters.
Result<HttpUrl> ParseHttpUrl(std::string_view text);

}  // namespace pinlake
