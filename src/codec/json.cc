#include "codec/json.h"

#include <yyjson.h>

#include <charconv>
#include <cmath>
#include <limits>
#include <utility>

#include "codec/member_set.h"

namespace pinlake {
namespace {

std::string_view TextOf(yyjson_val* value) {
  return {unsafe_yyjson_get_raw(value), unsafe_yyjson_get_len(value)};
}

/// Values lie in one array, parents before children; a container knows where it ends.
bool DeeperThan(yyjson_doc* doc, int depth_max) {
  std::unique_ptr<yyjson_val*[]> ends;
  int depth = 0;
  yyjson_val* const end = unsafe_yyjson_get_next(doc->root);
  for (yyjson_val* value = doc->root; value < end; ++value) {
    if (!unsafe_yyjson_is_ctn(value)) continue;
    if (!ends) ends = std::make_unique<yyjson_val*[]>(static_cast<size_t>(depth_max));
    while (depth > 0 && value >= ends[static_cast<size_t>(depth - 1)]) --depth;
    if (depth == depth_max) return true;
    ends[static_cast<size_t>(depth++)] = unsafe_yyjson_get_next(value);
  }
  return false;
}

void Append(yyjson_val* value, std::string* out);

void AppendObject(yyjson_val* object, std::string* out) {
  MemberSet members;
  const size_t begin = out->size();
  *out += '{';
  yyjson_val* key = unsafe_yyjson_get_first(object);
  for (size_t left = unsafe_yyjson_get_len(object); left > 0; --left) {
    if (out->size() > begin + 1) *out += ',';
    MemberSet::Member member;
    member.key_begin = out->size();
    AppendJsonString(TextOf(key), out);
    member.key_end = out->size();
    member.hash = HashOfName(TextOf(key));
    *out += ':';
    Append(key + 1, out);
    member.value_end = out->size();
    members.Add(member);
    key = unsafe_yyjson_get_next(key + 1);
  }
  *out += '}';
  if (members.MayRepeat(0)) out->resize(members.KeepLast(0, begin, out->data()));
}

void Append(yyjson_val* value, std::string* out) {
  switch (unsafe_yyjson_get_type(value)) {
    case YYJSON_TYPE_NULL:
      out->append("null");
      return;
    case YYJSON_TYPE_BOOL:
      out->append(unsafe_yyjson_is_true(value) ? "true" : "false");
      return;
    case YYJSON_TYPE_STR:
      AppendJsonString(TextOf(value), out);
      return;
    case YYJSON_TYPE_OBJ:
      AppendObject(value, out);
      return;
    case YYJSON_TYPE_ARR: {
      *out += '[';
      bool comma = false;
      for (const JsonValue element : JsonElements(value)) {
        if (std::exchange(comma, true)) *out += ',';
        element.AppendTo(out);
      }
      *out += ']';
      return;
    }
    default:
      out->append(TextOf(value));
  }
}

}  // namespace

std::string_view Name(JsonKind kind) {
  switch (kind) {
    case JsonKind::kNull:
      return "null";
    case JsonKind::kBool:
      return "boolean";
    case JsonKind::kNumber:
      return "number";
    case JsonKind::kString:
      return "string";
    case JsonKind::kArray:
      return "array";
    case JsonKind::kObject:
      return "object";
  }
  return "";
}

JsonKind JsonValue::kind() const {
  switch (unsafe_yyjson_get_type(value_)) {
    case YYJSON_TYPE_NULL:
      return JsonKind::kNull;
    case YYJSON_TYPE_BOOL:
      return JsonKind::kBool;
    case YYJSON_TYPE_STR:
      return JsonKind::kString;
    case YYJSON_TYPE_ARR:
      return JsonKind::kArray;
    case YYJSON_TYPE_OBJ:
      return JsonKind::kObject;
    default:
      return JsonKind::kNumber;  // raw
  }
}

std::optional<bool> JsonValue::AsBool() const {
  if (!is_bool()) return std::nullopt;
  return unsafe_yyjson_is_true(value_);
}

std::optional<std::string_view> JsonValue::AsString() const {
  if (!is_string()) return std::nullopt;
  return TextOf(value_);
}

std::optional<std::string_view> JsonValue::AsNumberText() const {
  if (!is_number()) return std::nullopt;
  return TextOf(value_);
}

std::optional<int64_t> JsonValue::AsInt() const {
  const auto text = AsNumberText();
  if (!text) return std::nullopt;
  int64_t number = 0;
  const char* end = text->data() + text->size();
  const auto [stop, error] = std::from_chars(text->data(), end, number);
  if (error != std::errc() || stop != end) return std::nullopt;
  return number;
}

std::optional<double> JsonValue::AsDouble() const {
  const auto text = AsNumberText();
  if (!text) return std::nullopt;
  double number = 0;
  const auto [stop, error] = std::from_chars(text->data(), text->data() + text->size(), number);
  if (error != std::errc()) return std::nullopt;
  return number;
}

size_t JsonValue::size() const {
  return unsafe_yyjson_is_ctn(value_) ? unsafe_yyjson_get_len(value_) : 0;
}

std::optional<JsonValue> JsonValue::Find(std::string_view name) const {
  std::optional<JsonValue> found;
  for (const JsonMember member : members())
    if (member.name == name) found = member.value;
  return found;
}

JsonElements JsonValue::elements() const { return JsonElements(is_array() ? value_ : nullptr); }
JsonMembers JsonValue::members() const { return JsonMembers(is_object() ? value_ : nullptr); }

void JsonValue::AppendTo(std::string* out) const { Append(value_, out); }

std::string JsonValue::ToText() const {
  std::string text;
  AppendTo(&text);
  return text;
}

JsonElements::JsonElements(yyjson_val* array)
    : begin_{array == nullptr ? nullptr : unsafe_yyjson_get_first(array),
             array == nullptr ? 0 : unsafe_yyjson_get_len(array)} {}

JsonElements::Iterator& JsonElements::Iterator::operator++() {
  at = unsafe_yyjson_get_next(at);
  --left;
  return *this;
}

JsonMembers::JsonMembers(yyjson_val* object)
    : begin_{object == nullptr ? nullptr : unsafe_yyjson_get_first(object),
             object == nullptr ? 0 : unsafe_yyjson_get_len(object)} {}

JsonMember JsonMembers::Iterator::operator*() const { return {TextOf(at), JsonValue(at + 1)}; }

JsonMembers::Iterator& JsonMembers::Iterator::operator++() {
  at = unsafe_yyjson_get_next(at + 1);
  --left;
  return *this;
}

struct JsonDocument::Impl {
  std::string text;
  yyjson_doc* doc = nullptr;
  ~Impl() { yyjson_doc_free(doc); }
};

JsonDocument::JsonDocument(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
JsonDocument::JsonDocument(JsonDocument&&) noexcept = default;
JsonDocument& JsonDocument::operator=(JsonDocument&&) noexcept = default;
JsonDocument::~JsonDocument() = default;

Result<JsonDocument> JsonDocument::Parse(std::string text) {
  auto impl = std::make_unique<Impl>();
  const size_t size = text.size();
  text.append(YYJSON_PADDING_SIZE, '\0');
  impl->text = std::move(text);
  yyjson_read_err error;
  impl->doc = yyjson_read_opts(impl->text.data(), size,
                               YYJSON_READ_INSITU | YYJSON_READ_NUMBER_AS_RAW, nullptr, &error);
  if (impl->doc == nullptr)
    return Fail(ErrorKind::kInvalidArgument, "JSON at byte {}: {}", size == 0 ? 0 : error.pos,
                size == 0 ? "the text is empty" : error.msg);
  if (DeeperThan(impl->doc, kJsonDepthMax))
    return Fail(ErrorKind::kInvalidArgument, "JSON nested deeper than {}", kJsonDepthMax);
  return JsonDocument(std::move(impl));
}

JsonValue JsonDocument::root() const { return JsonValue(impl_->doc->root); }

}  // namespace pinlake
