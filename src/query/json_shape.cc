#include "query/json_shape.h"

#include <algorithm>
#include <cctype>
#include <charconv>

#include "duck/duck.h"

namespace pinlake {
namespace {

constexpr int kDepthMax = 16;
constexpr size_t kMembersMax = 1'000;
/// 2^127 has 39 digits.
constexpr size_t kHugeDigitsMax = 38;

bool EqualBesidesCase(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](unsigned char x, unsigned char y) {
    return std::tolower(x) == std::tolower(y);
  });
}

}  // namespace

struct JsonShape::Member {
  std::string name;
  JsonShape shape;
};

JsonShape::JsonShape() = default;
JsonShape::~JsonShape() = default;
JsonShape::JsonShape(JsonShape&&) noexcept = default;
JsonShape& JsonShape::operator=(JsonShape&&) noexcept = default;

void JsonShape::AddNumber(std::string_view text) {
  if (text.find_first_of(".eE") != text.npos) {
    real_ = true;
    return;
  }
  int64_t value = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
  const size_t digits = text.size() - (text.starts_with('-') ? 1 : 0);
  whole_ = true;
  huge_ = huge_ || read.ec != std::errc();
  real_ = real_ || digits > kHugeDigitsMax;
}

JsonShape& JsonShape::MemberShape(std::string_view name) {
  for (auto& member : members_) {
    if (member.name == name) return member.shape;
  }
  for (const auto& member : members_) opaque_ = opaque_ || EqualBesidesCase(member.name, name);
  opaque_ = opaque_ || name.empty() || members_.size() >= kMembersMax;
  return members_.emplace_back(Member{std::string(name), JsonShape()}).shape;
}

void JsonShape::Add(JsonValue value, int depth) {
  // Once nothing can be said, looking further would only grow the list of members.
  if (opaque_) return;
  opaque_ = depth > kDepthMax;
  switch (value.kind()) {
    case JsonKind::kNull:
      break;
    case JsonKind::kBool:
      boolean_ = true;
      break;
    case JsonKind::kNumber:
      AddNumber(*value.AsNumberText());
      break;
    case JsonKind::kString:
      text_ = true;
      break;
    case JsonKind::kArray:
      array_ = true;
      if (!element_) element_ = std::make_unique<JsonShape>();
      for (const JsonValue element : value.elements()) element_->Add(element, depth + 1);
      break;
    case JsonKind::kObject:
      object_ = true;
      for (const auto member : value.members()) {
        if (opaque_) return;
        MemberShape(member.name).Add(member.value, depth + 1);
      }
      break;
  }
}

std::string JsonShape::StructType() const {
  if (members_.empty()) return "JSON";
  std::string type = "STRUCT(";
  for (const auto& member : members_) {
    if (type.back() != '(') type += ", ";
    type += SqlName(member.name) + " " + member.shape.Type();
  }
  return type + ")";
}

std::string JsonShape::Type() const {
  const bool number = whole_ || real_;
  const int kinds = int{text_} + int{boolean_} + int{number} + int{object_} + int{array_};
  if (opaque_ || kinds > 1) return "JSON";
  if (boolean_) return "BOOLEAN";
  if (real_) return "DOUBLE";
  if (whole_) return huge_ ? "HUGEINT" : "BIGINT";
  if (object_) return StructType();
  if (array_) return element_->Type() + "[]";
  return "VARCHAR";
}

std::vector<RawColumn> JsonShape::Columns() const {
  std::vector<RawColumn> columns;
  // A null among objects would be a row without columns.
  if (!Type().starts_with("STRUCT")) return columns;
  for (const auto& member : members_) columns.push_back({member.name, member.shape.Type()});
  return columns;
}

}  // namespace pinlake
