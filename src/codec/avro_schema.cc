#include "codec/avro_schema.h"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <set>

#include "codec/json.h"

namespace pinlake {
namespace {

constexpr std::array<std::string_view, 14> kNames = {
    "null",   "boolean", "int",  "long",  "float", "double", "bytes",
    "string", "record",  "enum", "array", "map",   "union",  "fixed"};

std::optional<AvroType> PrimitiveNamed(std::string_view name) {
  const auto last = kNames.begin() + static_cast<int>(AvroType::kString) + 1;
  const auto at = std::find(kNames.begin(), last, name);
  if (at == last) return std::nullopt;
  return static_cast<AvroType>(at - kNames.begin());
}

bool IsWord(std::string_view text) {
  const auto letter = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
  };
  return !text.empty() && letter(text.front()) &&
         std::all_of(text.begin(), text.end(),
                     [&](char c) { return letter(c) || (c >= '0' && c <= '9'); });
}

/// Words with dots between.
bool IsFullName(std::string_view text) {
  while (true) {
    const size_t dot = text.find('.');
    if (!IsWord(text.substr(0, dot))) return false;
    if (dot == std::string_view::npos) return true;
    text.remove_prefix(dot + 1);
  }
}

std::string NamespaceOf(std::string_view full_name) {
  const size_t dot = full_name.rfind('.');
  return dot == std::string_view::npos ? std::string() : std::string(full_name.substr(0, dot));
}

std::string Qualified(std::string_view name, const std::string& space) {
  if (name.find('.') != std::string_view::npos || space.empty()) return std::string(name);
  return space + "." + std::string(name);
}

}  // namespace

std::string_view Name(AvroType type) { return kNames[static_cast<size_t>(type)]; }

class AvroSchemaParser {
 public:
  Result<AvroSchema> Run(const std::string& text) {
    auto document = JsonDocument::Parse(text);
    if (!document) return Fail(std::move(document).error().In("Avro schema"));
    ASSIGN_OR_RETURN(const AvroNode* root, Type(document->root(), "", "", 0));
    return AvroSchema(std::move(nodes_), root);
  }

 private:
  using Node = Result<const AvroNode*>;

  template <typename... Args>
  static tl::unexpected<Error> Wrong(const std::string& where, fmt::format_string<Args...> format,
                                     Args&&... args) {
    return Fail(ErrorKind::kInvalidArgument, "Avro schema: {}{}{}", where,
                where.empty() ? "" : ": ", fmt::format(format, std::forward<Args>(args)...));
  }

  AvroNode* Add(AvroType type) {
    nodes_->push_back(std::make_unique<AvroNode>());
    nodes_->back()->type = type;
    return nodes_->back().get();
  }

  // `space` is the enclosing namespace, `where` the place for messages.
  Node Type(JsonValue value, const std::string& space, const std::string& where, int depth) {
    if (depth > AvroSchema::kDepthMax)
      return Wrong(where, "deeper than {} types", AvroSchema::kDepthMax);
    if (const auto name = value.AsString()) return Named(*name, space, where);
    if (value.is_array()) return Union(value, space, where, depth);
    if (!value.is_object())
      return Wrong(where, "a type is a name, an object or an array, not a {}", Name(value.kind()));
    const auto type = value.Find("type");
    if (!type) return Wrong(where, "no \"type\"");
    const auto name = type->AsString();
    if (!name) return Type(*type, space, where, depth + 1);
    if (*name == "record" || *name == "error") return Record(value, space, where, depth);
    if (*name == "enum") return Enum(value, space, where);
    if (*name == "fixed") return Fixed(value, space, where);
    if (*name == "array") return Container(AvroType::kArray, "items", value, space, where, depth);
    if (*name == "map") return Container(AvroType::kMap, "values", value, space, where, depth);
    return Named(*name, space, where);
  }

  Node Named(std::string_view name, const std::string& space, const std::string& where) {
    if (const auto primitive = PrimitiveNamed(name)) return Add(*primitive);
    const auto known = named_.find(Qualified(name, space));
    if (known != named_.end()) return known->second;
    const auto unqualified = named_.find(std::string(name));
    if (unqualified != named_.end()) return unqualified->second;
    return Wrong(where, "unknown type '{}'", name);
  }

  Node Union(JsonValue value, const std::string& space, const std::string& where, int depth) {
    AvroNode* node = Add(AvroType::kUnion);
    std::set<std::string> seen;
    for (const JsonValue branch : value.elements()) {
      ASSIGN_OR_RETURN(const AvroNode* type, Type(branch, space, where, depth + 1));
      if (type->type == AvroType::kUnion) return Wrong(where, "a union directly in a union");
      const std::string name = type->name.empty() ? std::string(Name(type->type)) : type->name;
      if (!seen.insert(name).second) return Wrong(where, "{} twice in a union", name);
      node->branches.push_back(type);
    }
    if (node->branches.empty()) return Wrong(where, "an empty union");
    return node;
  }

  Node Container(AvroType type, const char* member, JsonValue value, const std::string& space,
                 const std::string& where, int depth) {
    const auto items = value.Find(member);
    if (!items) return Wrong(where, "{} without \"{}\"", Name(type), member);
    AvroNode* node = Add(type);
    ASSIGN_OR_RETURN(node->items, Type(*items, space, where, depth + 1));
    return node;
  }

  // A record, enum or fixed with its name, known from here on.
  Result<AvroNode*> Declare(AvroType type, JsonValue value, const std::string& space,
                            const std::string& where) {
    const auto name = value.Find("name");
    const auto text = name ? name->AsString() : std::nullopt;
    if (!text) return Wrong(where, "{} without \"name\"", Name(type));
    const auto own_space = value.Find("namespace");
    const auto own_text = own_space ? own_space->AsString() : std::nullopt;
    const std::string full = Qualified(*text, own_text ? std::string(*own_text) : space);
    if (!IsFullName(full)) return Wrong(where, "'{}' is not a name", full);
    AvroNode* node = Add(type);
    node->name = full;
    if (!named_.emplace(full, node).second) return Wrong(where, "{} is declared twice", full);
    return node;
  }

  Node Record(JsonValue value, const std::string& space, const std::string& where, int depth) {
    ASSIGN_OR_RETURN(AvroNode * node, Declare(AvroType::kRecord, value, space, where));
    const auto fields = value.Find("fields");
    if (!fields || !fields->is_array()) return Wrong(node->name, "no array \"fields\"");
    std::set<std::string_view> seen;
    for (const JsonValue field : fields->elements()) {
      const auto name = field.Find("name");
      const auto text = name ? name->AsString() : std::nullopt;
      if (!text || !IsWord(*text)) return Wrong(node->name, "a field without a name");
      const std::string place = fmt::format("field {}.{}", node->name, *text);
      if (!seen.insert(*text).second) return Wrong(place, "declared twice");
      const auto type = field.Find("type");
      if (!type) return Wrong(place, "no \"type\"");
      ASSIGN_OR_RETURN(const AvroNode* of, Type(*type, NamespaceOf(node->name), place, depth + 1));
      node->fields.push_back({std::string(*text), of});
    }
    return node;
  }

  Node Enum(JsonValue value, const std::string& space, const std::string& where) {
    ASSIGN_OR_RETURN(AvroNode * node, Declare(AvroType::kEnum, value, space, where));
    const auto symbols = value.Find("symbols");
    if (!symbols || !symbols->is_array()) return Wrong(node->name, "no array \"symbols\"");
    for (const JsonValue symbol : symbols->elements()) {
      const auto text = symbol.AsString();
      if (!text || !IsWord(*text)) return Wrong(node->name, "a symbol that is not a name");
      if (std::find(node->symbols.begin(), node->symbols.end(), *text) != node->symbols.end())
        return Wrong(node->name, "symbol {} twice", *text);
      node->symbols.emplace_back(*text);
    }
    return node;
  }

  Node Fixed(JsonValue value, const std::string& space, const std::string& where) {
    ASSIGN_OR_RETURN(AvroNode * node, Declare(AvroType::kFixed, value, space, where));
    const auto size = value.Find("size");
    const auto bytes = size ? size->AsInt() : std::nullopt;
    constexpr int64_t kSizeMax = 1 << 30;
    if (!bytes || *bytes < 0 || *bytes > kSizeMax)
      return Wrong(node->name, "\"size\" is not a number of bytes");
    node->size = static_cast<size_t>(*bytes);
    return node;
  }

  std::shared_ptr<AvroSchema::Nodes> nodes_ = std::make_shared<AvroSchema::Nodes>();
  std::map<std::string, const AvroNode*> named_;
};

Result<AvroSchema> AvroSchema::Parse(const std::string& text) {
  return AvroSchemaParser().Run(text);
}

}  // namespace pinlake
