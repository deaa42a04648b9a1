// JSON: read with the digits of numbers and the order of members kept, and write.
//
//   ASSIGN_OR_RETURN(const JsonDocument body, JsonDocument::Parse(std::move(text)));
//   if (const auto records = body.root().Find("records"); records && records->is_array())
//     for (const JsonValue record : records->elements()) ...
//
//   JsonWriter json;
//   json.BeginObject().Key("offsets").BeginArray().Int(1).EndArray().EndObject();
//   json.text()  // {"offsets":[1]}
//
// Passing records through unchanged needs no document: codec/json_minify.h.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

struct yyjson_val;

namespace pinlake {

/// As deep as Jackson, which the originals use, goes.
inline constexpr int kJsonDepthMax = 1000;

enum class JsonKind { kNull, kBool, kNumber, kString, kArray, kObject };
/// "null", "boolean", "number", "string", "array", "object": for messages.
std::string_view Name(JsonKind kind);

class JsonElements;
class JsonMembers;

/// A value in a JsonDocument: a pointer, cheap to copy, valid as long as the document.
/// Asking a value for what it is not gives an empty answer, never a crash.
class JsonValue {
 public:
  explicit JsonValue(yyjson_val* value) : value_(value) {}

  JsonKind kind() const;
  bool is_null() const { return kind() == JsonKind::kNull; }
  bool is_bool() const { return kind() == JsonKind::kBool; }
  bool is_number() const { return kind() == JsonKind::kNumber; }
  bool is_string() const { return kind() == JsonKind::kString; }
  bool is_array() const { return kind() == JsonKind::kArray; }
  bool is_object() const { return kind() == JsonKind::kObject; }

  std::optional<bool> AsBool() const;
  /// Unescaped UTF-8.
  std::optional<std::string_view> AsString() const;
  /// A number as it was written: "1.50".
  std::optional<std::string_view> AsNumberText() const;
  /// None if it is no integer of 64 bits; "1.0" and "1e3" are none.
  std::optional<int64_t> AsInt() const;
  /// None if it is no number or too large for a double.
  std::optional<double> AsDouble() const;

  /// Elements of an array or members of an object; else 0.
  size_t size() const;
  /// The member \p name of an object; of several the last, as in Jackson.
  std::optional<JsonValue> Find(std::string_view name) const;
  /// Of an array; else none.
  JsonElements elements() const;
  /// Of an object, in order of the text; else none.
  JsonMembers members() const;

  /// Appends it without white space, with the digits of its numbers; of members with equal names
  /// the last value, at the first one's place.
  void AppendTo(std::string* out) const;
  std::string ToText() const;

 private:
  friend class JsonElements;
  friend class JsonMembers;
  yyjson_val* value_;
};

/// For range-for over the elements of an array.
class JsonElements {
 public:
  struct Iterator {
    yyjson_val* at;
    size_t left;
    JsonValue operator*() const { return JsonValue(at); }
    Iterator& operator++();
    bool operator!=(const Iterator& other) const { return left != other.left; }
  };
  explicit JsonElements(yyjson_val* array);
  Iterator begin() const { return begin_; }
  Iterator end() const { return {nullptr, 0}; }

 private:
  Iterator begin_;
};

struct JsonMember {
  std::string_view name;
  JsonValue value;
};

/// For range-for over the members of an object.
class JsonMembers {
 public:
  struct Iterator {
    yyjson_val* at;
    size_t left;
    JsonMember operator*() const;
    Iterator& operator++();
    bool operator!=(const Iterator& other) const { return left != other.left; }
  };
  explicit JsonMembers(yyjson_val* object);
  Iterator begin() const { return begin_; }
  Iterator end() const { return {nullptr, 0}; }

 private:
  Iterator begin_;
};

/// A parsed text. Move-only; its values may be read from several threads.
class JsonDocument {
 public:
  /// RFC 8259: one value, nothing behind it, valid UTF-8, at most kJsonDepthMax deep.
  /// kInvalidArgument: "JSON at byte 12: unexpected character …". Takes the text over and parses it
  /// in place, without another copy of its strings.
  static Result<JsonDocument> Parse(std::string text);

  JsonDocument(JsonDocument&&) noexcept;
  JsonDocument& operator=(JsonDocument&&) noexcept;
  ~JsonDocument();

  JsonValue root() const;

 private:
  struct Impl;
  explicit JsonDocument(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

/// Appends \p text as a JSON string with its quotes. Escaped are `"`, `\`, and control characters
/// (`\b \t \n \f \r`, else `\u00XX` in upper case, as Jackson writes them). The rest is written
/// raw. \p text must be valid UTF-8.
void AppendJsonString(std::string_view text, std::string* out);

/// Builds JSON text; puts the commas. The caller keeps the order (a key before each value of an
/// object).
class JsonWriter {
 public:
  JsonWriter& BeginObject() { return Open('{'); }
  JsonWriter& EndObject() { return Close('}'); }
  JsonWriter& BeginArray() { return Open('['); }
  JsonWriter& EndArray() { return Close(']'); }
  JsonWriter& Key(std::string_view name);
  JsonWriter& String(std::string_view text);
  JsonWriter& Int(int64_t number);
  JsonWriter& Uint(uint64_t number);
  /// The shortest text that reads back; null if not finite.
  JsonWriter& Double(double number);
  JsonWriter& Bool(bool value);
  JsonWriter& Null();
  /// JSON text as it is, e.g. from JsonValue::ToText.
  JsonWriter& Raw(std::string_view json);

  const std::string& text() const { return text_; }
  std::string Take() { return std::move(text_); }

 private:
  JsonWriter& Open(char bracket);
  JsonWriter& Close(char bracket);
  void Comma();

  std::string text_;
  bool comma_ = false;
};

}  // namespace pinlake
