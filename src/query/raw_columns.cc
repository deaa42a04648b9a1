#include "query/raw_columns.h"

#include <algorithm>
#include <cctype>
#include <set>

#include "codec/json.h"
#include "duck/duck.h"

namespace pinlake {
namespace {

std::string TypeOf(JsonValue structure);

std::string Lower(std::string_view text) {
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return lower;
}

/// Names that DuckDB can't tell apart, or can't have.
bool HasClash(JsonValue object) {
  std::set<std::string> names;
  for (const auto member : object.members()) {
    if (member.name.empty() || !names.insert(Lower(member.name)).second) return true;
  }
  return false;
}

std::string StructType(JsonValue object) {
  if (object.size() == 0 || HasClash(object)) return "JSON";
  std::string type = "STRUCT(";
  for (const auto member : object.members()) {
    if (type.back() != '(') type += ", ";
    type += SqlName(member.name) + " " + TypeOf(member.value);
  }
  return type + ")";
}

std::string ScalarType(std::string_view name) {
  if (name == "UBIGINT" || name == "BIGINT") return "BIGINT";
  if (name == "NULL") return "VARCHAR";
  return std::string(name);
}

std::string TypeOf(JsonValue structure) {
  switch (structure.kind()) {
    case JsonKind::kObject:
      return StructType(structure);
    case JsonKind::kArray:
      for (const JsonValue element : structure.elements()) return TypeOf(element) + "[]";
      return "JSON";
    case JsonKind::kString:
      return ScalarType(*structure.AsString());
    case JsonKind::kNull:
    case JsonKind::kBool:
    case JsonKind::kNumber:
      return "JSON";
  }
  return "JSON";
}

}  // namespace

Result<std::vector<RawColumn>> RawColumnsOf(std::string structure) {
  ASSIGN_OR_RETURN(const auto document, JsonDocument::Parse(std::move(structure)));
  std::vector<RawColumn> columns;
  if (!document.root().is_object() || HasClash(document.root())) return columns;
  for (const auto member : document.root().members()) {
    columns.push_back({std::string(member.name), TypeOf(member.value)});
  }
  return columns;
}

}  // namespace pinlake
