// What a Kafka Connect converter makes of the bytes of a record's key or value.
#pragma once

#include <cstdint>
#include <string_view>

namespace pinlake {

enum class ConnectKind {
  kNull,  ///< Kafka null, or what a converter takes for it
  kJson,  ///< schemaless JSON: compact text
  kText,  ///< a string: UTF-8
  kBytes,
};

/// A converted key or value. Valid until the converter that made it converts again.
struct ConnectValue {
  ConnectKind kind = ConnectKind::kNull;
  std::string_view text;
  /// Identity of the schema: equal ids are equal schemas. Schemaless values have 0; of two values
  /// one with and one without schema never share an object.
  int32_t schema_id = 0;

  bool is_null() const { return kind == ConnectKind::kNull; }
};

}  // namespace pinlake
