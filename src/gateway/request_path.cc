#include "gateway/request_path.h"

namespace pinlake {
namespace {

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f') return (c | 0x20) - 'a' + 10;
  return -1;
}

Result<std::string> Decode(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    const int high = i + 1 < text.size() ? HexDigit(text[i + 1]) : -1;
    const int low = i + 2 < text.size() ? HexDigit(text[i + 2]) : -1;
    if (high < 0 || low < 0) {
      return Fail(ErrorKind::kInvalidArgument, "path: % needs two hexadecimal digits");
    }
    out += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return out;
}

std::string_view PathOf(std::string_view target) {
  if (!target.starts_with('/')) {
    const size_t scheme = target.find("://");
    if (scheme != std::string_view::npos) {
      const size_t slash = target.find('/', scheme + 3);
      target = slash == std::string_view::npos ? "/" : target.substr(slash);
    }
  }
  return target.substr(0, target.find_first_of("?#"));
}

}  // namespace

std::string_view BasePathOf(std::string_view target, std::span<const std::string> base_paths) {
  const std::string_view path = PathOf(target);
  for (const std::string_view base : base_paths) {
    if (path.starts_with(base) && (path.size() == base.size() || path[base.size()] == '/')) {
      return base;
    }
  }
  return {};
}

std::optional<std::string> QueryValue(std::string_view target, std::string_view name) {
  target = target.substr(0, target.find('#'));
  const size_t question = target.find('?');
  if (question == std::string_view::npos) return std::nullopt;
  std::string_view query = target.substr(question + 1);
  while (!query.empty()) {
    const size_t end = query.find('&');
    const std::string_view pair = query.substr(0, end);
    const size_t equals = pair.find('=');
    if (pair.substr(0, equals) == name) {
      const auto value = equals == std::string_view::npos ? "" : pair.substr(equals + 1);
      return Decode(value).value_or(std::string(value));
    }
    if (end == std::string_view::npos) break;
    query.remove_prefix(end + 1);
  }
  return std::nullopt;
}

Result<std::vector<std::string>> PathSegments(std::string_view target,
                                              std::span<const std::string> base_paths) {
  std::string_view path = PathOf(target);
  path.remove_prefix(BasePathOf(target, base_paths).size());
  if (path.starts_with('/')) path.remove_prefix(1);
  if (path.ends_with('/')) path.remove_suffix(1);
  std::vector<std::string> segments;
  while (!path.empty()) {
    const size_t slash = path.find('/');
    ASSIGN_OR_RETURN(auto segment, Decode(path.substr(0, slash)));
    segments.push_back(std::move(segment));
    if (slash == std::string_view::npos) break;
    path.remove_prefix(slash + 1);
    if (path.empty()) segments.emplace_back();  // "a//": an empty segment, which no route has
  }
  return segments;
}

}  // namespace pinlake
