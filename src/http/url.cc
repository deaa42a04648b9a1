#include "http/url.h"

#include <algorithm>
#include <cctype>
#include <charconv>

namespace pinlake {
namespace {

bool IsVisible(char c) { return c > 0x20 && c < 0x7f; }

bool IsHostCharacter(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) || c == '-' || c == '.' || c == '_';
}

Result<uint16_t> ParsePort(std::string_view text, std::string_view url) {
  unsigned port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc() || end != text.data() + text.size() || port == 0 || port > 65535) {
    return Fail(ErrorKind::kInvalidArgument, "address {}: port '{}' is not 1 to 65535", url, text);
  }
  return static_cast<uint16_t>(port);
}

/// Splits "host:port" or "[v6]:port" into \p origin.
Status ParseAuthority(std::string_view authority, std::string_view url, HttpOrigin& origin) {
  std::string_view host = authority;
  std::string_view rest;
  if (authority.starts_with('[')) {
    const size_t close = authority.find(']');
    if (close == authority.npos) {
      return Fail(ErrorKind::kInvalidArgument, "address {}: '[' without ']'", url);
    }
    host = authority.substr(1, close - 1);
    rest = authority.substr(close + 1);
    if (!std::ranges::all_of(host,
                             [](char c) { return std::isxdigit(c) || c == ':' || c == '.'; })) {
      return Fail(ErrorKind::kInvalidArgument, "address {}: '{}' is no IPv6 address", url, host);
    }
  } else {
    const size_t colon = authority.find(':');
    host = authority.substr(0, colon);
    rest = colon == authority.npos ? "" : authority.substr(colon);
    if (!std::ranges::all_of(host, IsHostCharacter)) {
      return Fail(ErrorKind::kInvalidArgument, "address {}: '{}' is no host name", url, host);
    }
  }
  if (host.empty()) return Fail(ErrorKind::kInvalidArgument, "address {}: no host", url);
  origin.host.assign(host);
  std::ranges::transform(origin.host, origin.host.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  if (rest.empty()) return {};
  if (!rest.starts_with(':')) {
    return Fail(ErrorKind::kInvalidArgument, "address {}: '{}' after the host", url, rest);
  }
  ASSIGN_OR_RETURN(origin.port, ParsePort(rest.substr(1), url));
  return {};
}

}  // namespace

std::string HttpOrigin::HostField() const {
  const std::string name = host.find(':') == host.npos ? host : "[" + host + "]";
  return port == (tls ? 443 : 80) ? name : fmt::format("{}:{}", name, port);
}

std::string HttpOrigin::Text() const {
  return fmt::format("{}://{}", tls ? "https" : "http", HostField());
}

Result<HttpUrl> ParseHttpUrl(std::string_view text) {
  if (!std::ranges::all_of(text, IsVisible)) {
    return Fail(ErrorKind::kInvalidArgument,
                "an address with blanks, control characters or characters beyond ASCII");
  }
  HttpUrl url;
  std::string_view rest;
  if (text.starts_with("http://")) {
    rest = text.substr(7);
  } else if (text.starts_with("https://")) {
    rest = text.substr(8);
    url.origin.tls = true;
    url.origin.port = 443;
  } else {
    return Fail(ErrorKind::kInvalidArgument, "address '{}' does not start with http:// or https://",
                text);
  }
  const size_t slash = std::min(rest.find_first_of("/?#"), rest.size());
  const std::string_view authority = rest.substr(0, slash);
  if (authority.find('@') != authority.npos) {
    return Fail(ErrorKind::kInvalidArgument,
                "an address with user:password@; credentials are given apart from it");
  }
  RETURN_IF_ERROR(ParseAuthority(authority, text, url.origin));
  url.target.assign(rest.substr(slash));
  if (url.target.find('#') != std::string::npos) {
    return Fail(ErrorKind::kInvalidArgument, "address {}: '#' has no meaning here", text);
  }
  if (!url.target.starts_with('/')) url.target.insert(0, "/");
  return url;
}

}  // namespace pinlake
