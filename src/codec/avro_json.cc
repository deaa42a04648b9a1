#include "codec/avro_json.h"

#include <bit>
#include <charconv>
#include <cmath>
#include <cstring>
#include <limits>

#include "codec/avro_binary.h"

namespace pinlake {
namespace {

/// What a branch of a union is called in JSON.
std::string_view BranchName(const AvroNode& node) {
  return node.name.empty() ? Name(node.type) : std::string_view(node.name);
}

// JSON to binary.

class BinaryWriter {
 public:
  explicit BinaryWriter(std::string* out) : out_(out) {}

  Status Write(const AvroNode& node, JsonValue value, int depth) {
    if (depth > kAvroDepthMax) return Wrong("deeper than {} values", kAvroDepthMax);
    switch (node.type) {
      case AvroType::kNull:
        return value.is_null() ? Status() : Mismatch(node, value);
      case AvroType::kBoolean:
        if (!value.is_bool()) return Mismatch(node, value);
        out_->push_back(*value.AsBool() ? 1 : 0);
        return {};
      case AvroType::kInt:
        return WriteInteger(node, value, std::numeric_limits<int32_t>::min(),
                            std::numeric_limits<int32_t>::max());
      case AvroType::kLong:
        return WriteInteger(node, value, std::numeric_limits<int64_t>::min(),
                            std::numeric_limits<int64_t>::max());
      case AvroType::kFloat:
      case AvroType::kDouble:
        return WriteFloating(node, value);
      case AvroType::kBytes:
      case AvroType::kFixed:
        return WriteBytes(node, value);
      case AvroType::kString: {
        const auto text = value.AsString();
        if (!text) return Mismatch(node, value);
        AppendAvroBytes(*text, out_);
        return {};
      }
      case AvroType::kEnum:
        return WriteSymbol(node, value);
      case AvroType::kRecord:
        return WriteRecord(node, value, depth);
      case AvroType::kArray:
        return WriteArray(node, value, depth);
      case AvroType::kMap:
        return WriteMap(node, value, depth);
      case AvroType::kUnion:
        return WriteUnion(node, value, depth);
    }
    return Wrong("unknown type");
  }

 private:
  template <typename... Args>
  Status Wrong(fmt::format_string<Args...> format, Args&&... args) const {
    const std::string what = fmt::format(format, std::forward<Args>(args)...);
    return Fail(ErrorKind::kInvalidArgument, "{}{}{}", path_, path_.empty() ? "" : ": ", what);
  }
  Status Mismatch(const AvroNode& node, JsonValue value) const {
    return Wrong("a {} is no {}", Name(value.kind()), BranchName(node));
  }

  Status WriteInteger(const AvroNode& node, JsonValue value, int64_t least, int64_t most) {
    const auto number = value.AsInt();
    if (!value.is_number()) return Mismatch(node, value);
    if (!number || *number < least || *number > most)
      return Wrong("{} is no {}", *value.AsNumberText(), Name(node.type));
    AppendAvroLong(*number, out_);
    return {};
  }

  Status WriteFloating(const AvroNode& node, JsonValue value) {
    std::optional<double> number = value.AsDouble();
    if (const auto text = value.AsString()) {
      if (*text == "NaN") number = std::nan("");
      if (*text == "Infinity" || *text == "INF") number = std::numeric_limits<double>::infinity();
      if (*text == "-Infinity" || *text == "-INF")
        number = -std::numeric_limits<double>::infinity();
    }
    if (!number) return Mismatch(node, value);
    if (node.type == AvroType::kDouble) {
      AppendFixed(std::bit_cast<uint64_t>(*number), 8);
    } else {
      AppendFixed(std::bit_cast<uint32_t>(static_cast<float>(*number)), 4);
    }
    return {};
  }

  void AppendFixed(uint64_t bits, int bytes) {
    for (int i = 0; i < bytes; ++i) out_->push_back(static_cast<char>(bits >> (8 * i)));
  }

  Status WriteBytes(const AvroNode& node, JsonValue value) {
    const auto text = value.AsString();
    if (!text) return Mismatch(node, value);
    // UTF-8 of U+0000 to U+00FF: one byte, or two that begin with C2 or C3.
    std::string bytes;
    for (size_t i = 0; i < text->size(); ++i) {
      const auto byte = static_cast<uint8_t>((*text)[i]);
      if (byte < 0x80) {
        bytes.push_back(static_cast<char>(byte));
      } else if ((byte == 0xC2 || byte == 0xC3) && i + 1 < text->size()) {
        const auto next = static_cast<uint8_t>((*text)[++i]);
        bytes.push_back(static_cast<char>(((byte & 0x03) << 6) | (next & 0x3F)));
      } else {
        return Wrong("a character beyond U+00FF in {}", BranchName(node));
      }
    }
    if (node.type == AvroType::kFixed) {
      if (bytes.size() != node.size)
        return Wrong("{} bytes, {} has {}", bytes.size(), node.name, node.size);
      out_->append(bytes);
    } else {
      AppendAvroBytes(bytes, out_);
    }
    return {};
  }

  Status WriteSymbol(const AvroNode& node, JsonValue value) {
    const auto text = value.AsString();
    if (!text) return Mismatch(node, value);
    for (size_t i = 0; i < node.symbols.size(); ++i) {
      if (node.symbols[i] != *text) continue;
      AppendAvroLong(static_cast<int64_t>(i), out_);
      return {};
    }
    return Wrong("'{}' is no symbol of {}", *text, node.name);
  }

  Status WriteRecord(const AvroNode& node, JsonValue value, int depth) {
    if (!value.is_object()) return Mismatch(node, value);
    for (const AvroField& field : node.fields) {
      const auto member = value.Find(field.name);
      const Step step(this, path_.empty() ? field.name : "." + field.name);
      if (!member) return Wrong("the field is missing");
      RETURN_IF_ERROR(Write(*field.type, *member, depth + 1));
    }
    return {};
  }

  Status WriteArray(const AvroNode& node, JsonValue value, int depth) {
    if (!value.is_array()) return Mismatch(node, value);
    if (value.size() > 0) AppendAvroLong(static_cast<int64_t>(value.size()), out_);
    size_t index = 0;
    for (const JsonValue element : value.elements()) {
      const Step step(this, fmt::format("[{}]", index++));
      RETURN_IF_ERROR(Write(*node.items, element, depth + 1));
    }
    AppendAvroLong(0, out_);
    return {};
  }

  Status WriteMap(const AvroNode& node, JsonValue value, int depth) {
    if (!value.is_object()) return Mismatch(node, value);
    if (value.size() > 0) AppendAvroLong(static_cast<int64_t>(value.size()), out_);
    for (const JsonMember member : value.members()) {
      const Step step(this, fmt::format("[\"{}\"]", member.name));
      AppendAvroBytes(member.name, out_);
      RETURN_IF_ERROR(Write(*node.items, member.value, depth + 1));
    }
    AppendAvroLong(0, out_);
    return {};
  }

  Status WriteUnion(const AvroNode& node, JsonValue value, int depth) {
    std::string names;
    for (size_t i = 0; i < node.branches.size(); ++i) {
      const AvroNode& branch = *node.branches[i];
      const bool null = branch.type == AvroType::kNull;
      const auto inner =
          !null && value.size() == 1 ? value.Find(BranchName(branch)) : std::optional<JsonValue>();
      if (null ? value.is_null() : inner.has_value()) {
        AppendAvroLong(static_cast<int64_t>(i), out_);
        return null ? Status() : Write(branch, *inner, depth + 1);
      }
      names.append(names.empty() ? "" : ", ");
      names.append(null ? std::string("null") : fmt::format("{{\"{}\": …}}", BranchName(branch)));
    }
    return Wrong("none of the union's {}", names);
  }

  // Extends the path for messages while it lives.
  class Step {
   public:
    Step(BinaryWriter* writer, std::string_view text)
        : path_(&writer->path_), size_(writer->path_.size()) {
      path_->append(text);
    }
    ~Step() { path_->resize(size_); }
    Step(const Step&) = delete;

   private:
    std::string* path_;
    size_t size_;
  };

  std::string* out_;
  std::string path_;
};

// Binary to JSON.

void AppendDouble(double number, bool single, std::string* out) {
  if (std::isnan(number)) {
    out->append("\"NaN\"");
  } else if (std::isinf(number)) {
    out->append(number > 0 ? "\"Infinity\"" : "\"-Infinity\"");
  } else {
    char text[64];
    const auto end = single
                         ? std::to_chars(text, text + sizeof text, static_cast<float>(number)).ptr
                         : std::to_chars(text, text + sizeof text, number).ptr;
    const std::string_view digits(text, static_cast<size_t>(end - text));
    out->append(digits);
    if (digits.find_first_of(".e") == std::string_view::npos) out->append(".0");
  }
}

class JsonTranslator {
 public:
  JsonTranslator(std::string_view bytes, std::string* out) : in_(bytes), out_(out) {}

  bool at_end() const { return in_.at_end(); }
  size_t place() const { return in_.place(); }

  Status Read(const AvroNode& node, int depth) {
    if (depth > kAvroDepthMax)
      return Fail(ErrorKind::kInvalidArgument, "deeper than {} values", kAvroDepthMax);
    switch (node.type) {
      case AvroType::kNull:
        out_->append("null");
        return {};
      case AvroType::kBoolean: {
        ASSIGN_OR_RETURN(const bool value, in_.Boolean());
        out_->append(value ? "true" : "false");
        return {};
      }
      case AvroType::kInt: {
        ASSIGN_OR_RETURN(const int32_t value, in_.Int());
        out_->append(std::to_string(value));
        return {};
      }
      case AvroType::kLong: {
        ASSIGN_OR_RETURN(const int64_t value, in_.Long());
        out_->append(std::to_string(value));
        return {};
      }
      case AvroType::kFloat: {
        ASSIGN_OR_RETURN(const float value, in_.Float());
        AppendDouble(value, true, out_);
        return {};
      }
      case AvroType::kDouble: {
        ASSIGN_OR_RETURN(const double value, in_.Double());
        AppendDouble(value, false, out_);
        return {};
      }
      case AvroType::kBytes: {
        ASSIGN_OR_RETURN(const auto bytes, in_.Bytes());
        AppendLatin1(bytes);
        return {};
      }
      case AvroType::kFixed: {
        ASSIGN_OR_RETURN(const auto bytes, in_.Fixed(node.size));
        AppendLatin1(bytes);
        return {};
      }
      case AvroType::kString: {
        ASSIGN_OR_RETURN(const auto text, in_.String());
        AppendJsonString(text, out_);
        return {};
      }
      case AvroType::kEnum: {
        ASSIGN_OR_RETURN(const size_t index, in_.Index(node.symbols.size()));
        AppendJsonString(node.symbols[index], out_);
        return {};
      }
      case AvroType::kRecord:
        return ReadRecord(node, depth);
      case AvroType::kArray:
      case AvroType::kMap:
        return ReadBlocks(node, depth);
      case AvroType::kUnion:
        return ReadUnion(node, depth);
    }
    return {};
  }

 private:
  void AppendLatin1(std::string_view bytes) {
    std::string text;
    for (const char c : bytes) {
      const auto byte = static_cast<uint8_t>(c);
      if (byte < 0x80) {
        text.push_back(c);
      } else {
        text.push_back(static_cast<char>(0xC0 | (byte >> 6)));
        text.push_back(static_cast<char>(0x80 | (byte & 0x3F)));
      }
    }
    AppendJsonString(text, out_);
  }

  Status ReadRecord(const AvroNode& node, int depth) {
    char before = '{';
    if (node.fields.empty()) out_->push_back('{');
    for (const AvroField& field : node.fields) {
      out_->push_back(before);
      before = ',';
      AppendJsonString(field.name, out_);
      out_->push_back(':');
      RETURN_IF_ERROR(Read(*field.type, depth + 1));
    }
    out_->push_back('}');
    return {};
  }

  Status ReadBlocks(const AvroNode& node, int depth) {
    const bool map = node.type == AvroType::kMap;
    out_->push_back(map ? '{' : '[');
    bool first = true;
    while (true) {
      ASSIGN_OR_RETURN(const uint64_t count, in_.BlockCount(kItemsMax - items_));
      if (count == 0) break;
      items_ += count;
      for (uint64_t i = 0; i < count; ++i) {
        if (!first) out_->push_back(',');
        first = false;
        if (map) {
          ASSIGN_OR_RETURN(const auto key, in_.String());
          AppendJsonString(key, out_);
          out_->push_back(':');
        }
        RETURN_IF_ERROR(Read(*node.items, depth + 1));
      }
    }
    out_->push_back(map ? '}' : ']');
    return {};
  }

  Status ReadUnion(const AvroNode& node, int depth) {
    ASSIGN_OR_RETURN(const size_t index, in_.Index(node.branches.size()));
    const AvroNode& branch = *node.branches[index];
    if (branch.type == AvroType::kNull) {
      out_->append("null");
      return {};
    }
    out_->push_back('{');
    AppendJsonString(BranchName(branch), out_);
    out_->push_back(':');
    RETURN_IF_ERROR(Read(branch, depth + 1));
    out_->push_back('}');
    return {};
  }

  // Elements that take no bytes (nulls) would else be without bound.
  static constexpr uint64_t kItemsMax = 10'000'000;
  AvroReader in_;
  std::string* out_;
  uint64_t items_ = 0;
};

}  // namespace

Status AppendAvro(const AvroSchema& schema, JsonValue value, std::string* out) {
  const size_t before = out->size();
  Status written = BinaryWriter(out).Write(schema.root(), value, 0);
  if (!written) out->resize(before);
  return written;
}

Status AppendAvroJson(const AvroSchema& schema, std::string_view bytes, std::string* out) {
  const size_t before = out->size();
  JsonTranslator translator(bytes, out);
  Status read = translator.Read(schema.root(), 0);
  if (read && !translator.at_end()) {
    read = Fail(ErrorKind::kInvalidArgument, "{} bytes behind the value",
                bytes.size() - translator.place());
  }
  if (read) return {};
  out->resize(before);
  return Fail(ErrorKind::kInvalidArgument, "Avro value, byte {}: {}", translator.place(),
              read.error().message());
}

}  // namespace pinlake
