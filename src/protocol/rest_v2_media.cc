#include "protocol/rest_v2_media.h"

#include <algorithm>
#include <charconv>
#include <utility>
#include <vector>

namespace pinlake {
namespace {

constexpr std::string_view kTokenMarks = "!#$%&'*+-.^_`|~";

std::string_view Trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

bool IsToken(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           kTokenMarks.find(c) != std::string_view::npos;
  });
}

// Splits at a separator outside of quotes.
std::vector<std::string_view> Split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  bool quoted = false;
  size_t start = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '"' && (i == 0 || text[i - 1] != '\\')) quoted = !quoted;
    if (text[i] != separator || quoted) continue;
    parts.push_back(Trim(text.substr(start, i - start)));
    start = i + 1;
  }
  parts.push_back(Trim(text.substr(start)));
  return parts;
}

bool IsType(std::string_view type) {
  const size_t slash = type.find('/');
  return slash != std::string_view::npos && IsToken(type.substr(0, slash)) &&
         IsToken(type.substr(slash + 1));
}

// One element of Accept: "type/subtype;q=0.5;charset=utf-8".
struct Range {
  std::string_view type;
  double quality = 1;
  std::string parameters;  // without q, each with a semicolon before it
};

std::optional<Range> ParseRange(std::string_view text) {
  const auto parts = Split(text, ';');
  Range range{.type = parts[0] == "*" ? "*/*" : parts[0]};
  if (!IsType(range.type)) return std::nullopt;
  for (size_t i = 1; i < parts.size(); ++i) {
    const std::string_view part = parts[i];
    if (part.empty()) continue;
    const size_t equals = part.find('=');
    if (equals == std::string_view::npos) return std::nullopt;
    const std::string_view name = Trim(part.substr(0, equals));
    const std::string_view value = Trim(part.substr(equals + 1));
    if (name != "q") {
      range.parameters.append(";").append(name).append("=").append(value);
      continue;
    }
    const auto read = std::from_chars(value.data(), value.data() + value.size(), range.quality);
    if (read.ec != std::errc() || read.ptr != value.data() + value.size()) return std::nullopt;
  }
  return range;
}

// None: not of Accept's form.
std::optional<std::vector<Range>> ParseAccept(std::string_view accept) {
  std::vector<Range> ranges;
  for (const std::string_view part : Split(accept, ',')) {
    if (part.empty()) continue;
    auto range = ParseRange(part);
    if (!range) return std::nullopt;
    ranges.push_back(std::move(*range));
  }
  return ranges;
}

// The most specific range that \p type falls under, and whether it names the type itself.
std::pair<const Range*, bool> RangeFor(const std::vector<Range>& ranges, std::string_view type) {
  const Range* found = nullptr;
  int how = 0;
  for (const auto& range : ranges) {
    const bool group = range.type.ends_with("/*") && range.type != "*/*" &&
                       type.starts_with(range.type.substr(0, range.type.size() - 1));
    const int specific = range.type == type ? 3 : group ? 2 : range.type == "*/*" ? 1 : 0;
    if (specific <= how) continue;
    how = specific;
    found = &range;
  }
  return {found, how == 3};
}

}  // namespace

std::string_view NameOf(RestV2Body format) {
  switch (format) {
    case RestV2Body::kBinary:
      return "binary";
    case RestV2Body::kJson:
      return "json";
    case RestV2Body::kAvro:
      return "avro";
    case RestV2Body::kJsonSchema:
      return "jsonschema";
    case RestV2Body::kProtobuf:
      return "protobuf";
    case RestV2Body::kNone:
    case RestV2Body::kPlain:
    case RestV2Body::kOther:
    case RestV2Body::kNotAType:
      return "";
  }
  return "";
}

RestV2Body RestV2BodyOf(std::optional<std::string_view> content_type) {
  if (!content_type || Trim(*content_type).empty()) return RestV2Body::kNone;
  const std::string_view type = Trim(content_type->substr(0, content_type->find(';')));
  struct Row {
    std::string_view type;
    RestV2Body body;
  };
  static constexpr Row kRows[] = {
      {kRestV2JsonType, RestV2Body::kJson},
      {kRestV2BinaryType, RestV2Body::kBinary},
      {kRestV2Type, RestV2Body::kPlain},
      {kRestV2AvroType, RestV2Body::kAvro},
      {kRestV2JsonSchemaType, RestV2Body::kJsonSchema},
      {kRestV2ProtobufType, RestV2Body::kProtobuf},
  };
  for (const auto& row : kRows) {
    if (row.type == type) return row.body;
  }
  return IsType(type) ? RestV2Body::kOther : RestV2Body::kNotAType;
}

bool IsJsonType(std::optional<std::string_view> content_type) {
  if (!content_type) return true;
  return Trim(content_type->substr(0, content_type->find(';'))) == kJsonType;
}

std::optional<std::string> NegotiateType(std::optional<std::string_view> accept,
                                         std::span<const OfferedType> offered) {
  const auto best_of_all = [&] {
    const auto* best = &offered.front();
    for (const auto& offer : offered) {
      if (offer.quality > best->quality) best = &offer;
    }
    return std::string(best->type);
  };
  if (!accept || *accept == "*/*") return best_of_all();
  const auto ranges = ParseAccept(*accept);
  if (!ranges) return std::nullopt;
  if (ranges->empty()) return best_of_all();
  // What the client likes best; of equals what we like best.
  std::optional<std::pair<double, double>> best;
  std::string chosen;
  for (const auto& offer : offered) {
    const auto [range, specific] = RangeFor(*ranges, offer.type);
    if (range == nullptr || range->quality <= 0) continue;
    const std::pair liking(range->quality, offer.quality);
    if (best && liking <= *best) continue;
    best = liking;
    chosen = std::string(offer.type) + (specific ? range->parameters : "");
  }
  if (!best) return std::nullopt;
  return chosen;
}

std::optional<std::string> NegotiateRestV2(std::optional<std::string_view> accept) {
  if (accept == kRestV2Type) return std::string(kRestV2Type);
  static constexpr OfferedType kOffered[] = {{kRestV2Type, 1}};
  return NegotiateType(accept, kOffered);
}

std::optional<std::string> NegotiateRestV2Consumers(std::optional<std::string_view> accept) {
  static constexpr OfferedType kOffered[] = {
      {kRestV2Type, 0.9},     {kRestV2BinaryType, 0.1},     {kRestV2JsonType, 0.1},
      {kRestV2AvroType, 0.1}, {kRestV2JsonSchemaType, 0.1}, {kRestV2ProtobufType, 0.1}};
  return NegotiateType(accept, kOffered);
}

std::optional<std::string> NegotiateRestV2Records(std::optional<std::string_view> accept) {
  static constexpr OfferedType kOffered[] = {
      {kRestV2BinaryType, 1}, {kRestV2Type, 0.9},           {kRestV2JsonType, 0.1},
      {kRestV2AvroType, 0.1}, {kRestV2JsonSchemaType, 0.1}, {kRestV2ProtobufType, 0.1}};
  return NegotiateType(accept, kOffered);
}

std::string_view TypeOfUnsupported(std::optional<std::string_view> accept) {
  const auto ranges = ParseAccept(accept.value_or(""));
  if (!ranges) return kJsonType;
  for (const auto& range : *ranges) {
    if (range.quality <= 0) continue;
    if (range.type == kRestV2Type) return kRestV2Type;
    if (range.type == kJsonType) return kJsonType;
  }
  return kJsonType;
}

}  // namespace pinlake
