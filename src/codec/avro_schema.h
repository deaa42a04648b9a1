// Avro schemas: JSON text to a tree of types.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace pinlake {

enum class AvroType {
  kNull,
  kBoolean,
  kInt,
  kLong,
  kFloat,
  kDouble,
  kBytes,
  kString,
  kRecord,
  kEnum,
  kArray,
  kMap,
  kUnion,
  kFixed,
};
/// As schemas write it: "null", "boolean", "record" …
std::string_view Name(AvroType type);

struct AvroField;

/// One type. Nodes belong to their AvroSchema; a named type may be met in several places, and
/// within itself.
struct AvroNode {
  AvroType type = AvroType::kNull;
  /// Full name of a record, enum or fixed: "com.example.Order".
  std::string name;
  std::vector<AvroField> fields;          ///< record
  std::vector<std::string> symbols;       ///< enum
  std::vector<const AvroNode*> branches;  ///< union
  const AvroNode* items = nullptr;        ///< array: elements; map: values
  size_t size = 0;                        ///< fixed, bytes
};

struct AvroField {
  std::string name;
  const AvroNode* type = nullptr;
};

/// A parsed schema. Immutable; copies share the tree; thread-safe.
/// Source of the format: Apache Avro 1.11 specification, "Schema Declaration". Logical types,
/// aliases, defaults and documentation are accepted and have no meaning here.
class AvroSchema {
 public:
  /// kInvalidArgument: what is wrong, and in which type: "Avro schema: field a.b: unknown type
  /// 'x'".
  static Result<AvroSchema> Parse(const std::string& text);

  const AvroNode& root() const { return *root_; }

  /// Deeper nesting of declarations is refused.
  static constexpr int kDepthMax = 100;

 private:
  using Nodes = std::vector<std::unique_ptr<AvroNode>>;
  AvroSchema(std::shared_ptr<const Nodes> nodes, const AvroNode* root)
      : nodes_(std::move(nodes)), root_(root) {}
  friend class AvroSchemaParser;

  std::shared_ptr<const Nodes> nodes_;
  const AvroNode* root_;
};

}  // namespace pinlake
