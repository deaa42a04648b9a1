#include "delta/delta_schema.h"

#include <algorithm>
#include <set>

#include "codec/json.h"

namespace pinlake {
namespace {

/// Spark takes names that differ in case only for one.
std::string FoldedAscii(std::string_view name) {
  std::string folded(name);
  for (char& letter : folded)
    if (letter >= 'A' && letter <= 'Z') letter = static_cast<char>(letter - 'A' + 'a');
  return folded;
}

Result<DeltaField> ReadField(JsonValue value) {
  DeltaField field;
  const auto name = value.Find("name"), type = value.Find("type");
  if (!name || !name->is_string())
    return Fail(ErrorKind::kCorruption, "schema: a field without name");
  field.name = *name->AsString();
  if (!type || !(type->is_string() || type->is_object()))
    return Fail(ErrorKind::kCorruption, "schema: field '{}' has no type", field.name);
  field.type = type->ToText();
  if (const auto nullable = value.Find("nullable"))
    field.nullable = nullable->AsBool().value_or(true);
  if (const auto metadata = value.Find("metadata"); metadata && metadata->is_object())
    field.metadata = metadata->ToText();
  return field;
}

DeltaField* Find(DeltaSchema* schema, const std::string& name) {
  const auto at = std::find_if(schema->begin(), schema->end(),
                               [&](const DeltaField& field) { return field.name == name; });
  return at == schema->end() ? nullptr : &*at;
}

Status Merge(const DeltaField& wanted, DeltaField* existing) {
  if (existing->type != wanted.type)
    return Fail(ErrorKind::kInvalidArgument,
                "column '{}' is {} in the table and can't become {}; give the new column another "
                "name, or build the table anew",
                wanted.name, existing->type, wanted.type);
  if (existing->nullable && !wanted.nullable)
    return Fail(ErrorKind::kInvalidArgument,
                "column '{}' may be null in the table; it can't be made non-null", wanted.name);
  existing->metadata = wanted.metadata;
  return {};
}

Status CheckNames(const DeltaSchema& schema) {
  std::set<std::string> names;
  for (const DeltaField& field : schema)
    if (!names.insert(FoldedAscii(field.name)).second)
      return Fail(ErrorKind::kInvalidArgument,
                  "column '{}' is there twice (upper and lower case are one)", field.name);
  return {};
}

}  // namespace

Result<DeltaSchema> ParseDeltaSchema(std::string_view json) {
  const auto document = JsonDocument::Parse(std::string(json));
  if (!document) return Fail(ErrorKind::kCorruption, "schema: {}", document.error().message());
  const auto fields = document->root().Find("fields");
  if (!fields || !fields->is_array())
    return Fail(ErrorKind::kCorruption, "schema: no struct with fields");
  DeltaSchema schema;
  for (const JsonValue value : fields->elements()) {
    ASSIGN_OR_RETURN(DeltaField field, ReadField(value));
    schema.push_back(std::move(field));
  }
  return schema;
}

std::string RenderDeltaSchema(const DeltaSchema& schema) {
  JsonWriter json;
  json.BeginObject().Key("type").String("struct").Key("fields").BeginArray();
  for (const DeltaField& field : schema) {
    json.BeginObject().Key("name").String(field.name).Key("type").Raw(field.type);
    json.Key("nullable").Bool(field.nullable).Key("metadata").Raw(field.metadata).EndObject();
  }
  json.EndArray().EndObject();
  return json.Take();
}

Result<DeltaSchema> EvolveDeltaSchema(const DeltaSchema& existing, const DeltaSchema& wanted) {
  DeltaSchema schema = existing;
  for (const DeltaField& field : wanted) {
    if (DeltaField* there = Find(&schema, field.name)) {
      RETURN_IF_ERROR(Merge(field, there));
      continue;
    }
    schema.push_back(field);
    schema.back().nullable = true;
  }
  RETURN_IF_ERROR(CheckNames(schema));
  return schema;
}

}  // namespace pinlake
