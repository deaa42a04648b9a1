#include "codec/connect_converter.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <span>

#include "codec/json_minify.h"
#include "codec/utf8.h"

namespace pinlake {
namespace {

using Properties = std::map<std::string, std::string>;

/// org.apache.kafka.connect.json.JsonConverter with schemas.enable=false.
class SchemalessJsonConverter final : public ConnectConverter {
 public:
  Result<ConnectValue> Convert(const MaybeBytes& bytes) override {
    if (!bytes) return ConnectValue{};
    text_.clear();
    ASSIGN_OR_RETURN(const bool any, minifier_.Append(*bytes, &text_));
    if (!any || text_ == "null") return ConnectValue{};
    return ConnectValue{.kind = ConnectKind::kJson, .text = text_};
  }

 private:
  JsonMinifier minifier_;
  std::string text_;
};

/// org.apache.kafka.connect.storage.StringConverter with UTF-8.
class StringConverter final : public ConnectConverter {
 public:
  Result<ConnectValue> Convert(const MaybeBytes& bytes) override {
    if (!bytes) return ConnectValue{};
    if (IsUtf8(*bytes)) return ConnectValue{.kind = ConnectKind::kText, .text = *bytes};
    text_ = ReplaceInvalidUtf8(*bytes);
    return ConnectValue{.kind = ConnectKind::kText, .text = text_};
  }

 private:
  std::string text_;
};

/// org.apache.kafka.connect.converters.ByteArrayConverter.
class ByteArrayConverter final : public ConnectConverter {
 public:
  Result<ConnectValue> Convert(const MaybeBytes& bytes) override {
    if (!bytes) return ConnectValue{};
    return ConnectValue{.kind = ConnectKind::kBytes, .text = *bytes};
  }
};

std::string LowerCase(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

/// Looks at one property. \return what is wrong; empty: nothing.
using CheckProperty = std::string (*)(const std::string& value);
std::string Nothing(const std::string&) { return {}; }

struct PropertyRow {
  std::string_view name;
  CheckProperty check;  ///< null: without effect here
};

std::string CheckSchemasEnable(const std::string& value) {
  if (LowerCase(value) == "false") return {};
  if (LowerCase(value) == "true")
    return "schemas.enable=true is not supported yet; for plain JSON write schemas.enable=false";
  return "schemas.enable '" + value + "' is not a boolean (allowed: true, false)";
}

std::string CheckEncoding(const std::string& value) {
  const std::string lower = LowerCase(value);
  if (lower == "utf-8" || lower == "utf8") return {};
  return "converter.encoding '" + value + "' is not supported; only UTF-8 is";
}

constexpr PropertyRow kJsonProperties[] = {
    {"schemas.enable", CheckSchemasEnable},
    {"converter.type", Nothing},
    {"decimal.format", nullptr},
    {"schemas.cache.size", nullptr},
    {"replace.null.with.default", nullptr},
};
constexpr PropertyRow kStringProperties[] = {
    {"converter.encoding", CheckEncoding},
    {"converter.type", Nothing},
};

constexpr PropertyRow kBytesProperties[] = {{"converter.type", Nothing}};

struct ConverterRow {
  std::string_view class_name;
  std::span<const PropertyRow> properties;
  std::unique_ptr<ConnectConverter> (*make)();
};

template <typename Converter>
std::unique_ptr<ConnectConverter> Make() {
  return std::make_unique<Converter>();
}

const ConverterRow kConverters[] = {
    {"org.apache.kafka.connect.json.JsonConverter", kJsonProperties, Make<SchemalessJsonConverter>},
    {"org.apache.kafka.connect.storage.StringConverter", kStringProperties, Make<StringConverter>},
    {"org.apache.kafka.connect.converters.ByteArrayConverter", kBytesProperties,
     Make<ByteArrayConverter>},
};

const ConverterRow* RowOf(const std::string& class_name) {
  for (const ConverterRow& row : kConverters)
    if (row.class_name == class_name) return &row;
  return nullptr;
}

std::string AllowedClasses() {
  std::string names;
  for (const ConverterRow& row : kConverters)
    names.append(names.empty() ? "" : ", ").append(row.class_name);
  return names;
}

}  // namespace

std::vector<std::string> CheckConverter(const ConverterConfig& config,
                                        std::vector<std::string>* ignored) {
  const ConverterRow* const row = RowOf(config.class_name);
  if (row == nullptr)
    return {fmt::format("'{}' is not supported yet (allowed: {})", config.class_name,
                        AllowedClasses())};
  std::vector<std::string> problems;
  for (const auto& [property, value] : config.properties) {
    const auto known = std::find_if(row->properties.begin(), row->properties.end(),
                                    [&](const PropertyRow& each) { return each.name == property; });
    if (known == row->properties.end() || known->check == nullptr)
      ignored->push_back(property);
    else if (std::string problem = known->check(value); !problem.empty())
      problems.push_back(std::move(problem));
  }
  // The original's default, true, would refuse every message that is not an envelope.
  if (row == &kConverters[0] && !config.properties.contains("schemas.enable"))
    problems.emplace_back(
        "the default of schemas.enable, true, is not supported yet; for plain JSON write "
        "schemas.enable=false");
  return problems;
}

Result<std::unique_ptr<ConnectConverter>> MakeConverter(const ConverterConfig& config) {
  std::vector<std::string> ignored;
  const auto problems = CheckConverter(config, &ignored);
  if (!problems.empty())
    return Fail(ErrorKind::kInvalidArgument, "converter {}: {}", config.class_name,
                fmt::join(problems, "; "));
  return RowOf(config.class_name)->make();
}

}  // namespace pinlake
