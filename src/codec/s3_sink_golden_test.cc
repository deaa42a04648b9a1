// Records as the original S3 sink read them, and the lines it wrote of them.
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <cstdlib>

#include "codec/connect_converter.h"
#include "codec/json.h"
#include "codec/object_writer.h"
#include "tests/golden/s3_sink_recording.h"

namespace pinlake {
namespace {

/// A number as the original holds it: 64-bit integers that wrap, or doubles.
std::string CanonicalNumber(std::string_view text) {
  if (text.find_first_of(".eE") == std::string_view::npos) {
    uint64_t bits = 0;
    for (const char c : text)
      if (c != '-') bits = bits * 10 + static_cast<uint64_t>(c - '0');
    return fmt::format("{}", static_cast<int64_t>(text[0] == '-' ? -bits : bits));
  }
  const double number = std::strtod(std::string(text).c_str(), nullptr);
  if (std::isinf(number)) return number > 0 ? "\"Infinity\"" : "\"-Infinity\"";
  return fmt::format("{:a}", number + 0.0);  // -0.0 becomes 0.0
}

/// Equal for values that are equal to a reader who holds numbers as the original does.
std::string Canonical(JsonValue value) {
  switch (value.kind()) {
    case JsonKind::kNumber:
      return CanonicalNumber(*value.AsNumberText());
    case JsonKind::kArray: {
      std::string text = "[";
      for (const JsonValue element : value.elements()) text += Canonical(element) + ",";
      return text + "]";
    }
    case JsonKind::kObject: {
      std::map<std::string_view, std::string> members;
      for (const JsonMember member : value.members())
        members[member.name] = Canonical(member.value);
      std::string text = "{";
      for (const auto& [name, member] : members) text += fmt::format("{}:{},", name, member);
      return text + "}";
    }
    case JsonKind::kNull:
    case JsonKind::kBool:
    case JsonKind::kString:
      break;
  }
  return value.ToText();
}

/// Surrogates alone are no value for a JSON reader; then the texts are compared, but for the case
/// of hexadecimal digits.
std::string CanonicalLine(const std::string& line) {
  const auto document = JsonDocument::Parse(line);
  if (document) return Canonical(document->root());
  std::string text = line;
  for (size_t at = text.find("\\u"); at != std::string::npos; at = text.find("\\u", at + 6))
    std::transform(&text[at + 2], &text[at + 6], &text[at + 2],
                   [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return text;
}

ConverterConfig ConfigOf(const Recording& recording, const std::string& name) {
  ConverterConfig config;
  for (const auto& [property, value] : recording.properties) {
    if (property == name) config.class_name = value;
    if (property.starts_with(name + "."))
      config.properties[property.substr(name.size() + 1)] = value;
  }
  return config;
}

struct Place {
  const std::map<int64_t, RecordedRecord>* records = nullptr;
  int64_t first = 0;
};

/// The records of the topic partition whose object is called \p key, and where it begins.
Place PlaceOf(const Recording& recording, const std::string& key, const std::string& delim) {
  for (const auto& [name, records] : recording.records) {
    const RecordedRecord& any = records.begin()->second;
    const std::string file = fmt::format("{}{}{}{}", any.topic, delim, any.partition, delim);
    if (const size_t at = key.rfind(file); at != std::string::npos)
      return {&records, std::stoll(key.substr(at + file.size()))};
  }
  return {};
}

std::vector<std::string> Lines(const std::string& text) {
  EXPECT_TRUE(text.empty() || text.back() == '\n');
  std::vector<std::string> lines;
  for (size_t at = 0; at < text.size();) {
    const size_t end = text.find('\n', at);
    lines.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return lines;
}

/// The lines of our writer for the records from \p first on that have a value, at most \p count.
std::vector<std::string> LinesFrom(const std::map<int64_t, RecordedRecord>& records, int64_t first,
                                   size_t count, ConnectConverter* converter) {
  std::vector<std::string> lines;
  JsonLinesWriter writer;
  for (auto it = records.lower_bound(first); it != records.end() && lines.size() < count; ++it) {
    const auto value = converter->Convert(it->second.value);
    if (!value || value->is_null()) continue;
    std::string line;
    EXPECT_TRUE(writer.Append(*value, &line));
    EXPECT_EQ(line.back(), '\n');
    lines.push_back(line.substr(0, line.size() - 1));
  }
  return lines;
}

bool IsCovered(const Recording& recording) {
  const auto property = [&](const std::string& name) {
    const auto it = recording.properties.find(name);
    return it == recording.properties.end() ? std::string() : it->second;
  };
  std::vector<std::string> ignored;
  return property("format.class").ends_with(".JsonFormat") &&
         property("partitioner.class").ends_with(".DefaultPartitioner") &&
         CheckConverter(ConfigOf(recording, "value.converter"), &ignored).empty();
}

/// \return how many lines were compared.
size_t CompareObjects(const Recording& recording) {
  const auto converter = MakeConverter(ConfigOf(recording, "value.converter"));
  const auto it = recording.properties.find("file.delim");
  const std::string delim = it == recording.properties.end() ? "+" : it->second;
  size_t compared = 0;
  for (const auto& [key, bytes] : recording.objects) {
    if (key.find(".keys.") != std::string::npos || key.find(".headers.") != std::string::npos)
      continue;
    const Place place = PlaceOf(recording, key, delim);
    if (place.records == nullptr) {
      ADD_FAILURE() << key;
      continue;
    }
    const auto theirs = Lines(bytes);
    const auto ours = LinesFrom(*place.records, place.first, theirs.size(), converter->get());
    EXPECT_EQ(ours.size(), theirs.size()) << key;
    for (size_t i = 0; i < std::min(ours.size(), theirs.size()); ++i, ++compared)
      EXPECT_EQ(CanonicalLine(ours[i]), CanonicalLine(theirs[i])) << key << " line " << i;
  }
  return compared;
}

TEST(S3SinkGoldenTest, LinesAreEqualAsValuesToThoseOfTheOriginal) {
  size_t cases = 0, lines = 0;
  for (const std::string& name : RecordedCases()) {
    SCOPED_TRACE(name);
    const auto recording = LoadRecording(name);
    ASSERT_TRUE(recording) << recording.error().message();
    if (!IsCovered(*recording)) continue;
    ++cases;
    lines += CompareObjects(*recording);
  }
  EXPECT_GE(cases, 25u);
  EXPECT_GE(lines, 2000u);
}

// With errors.tolerance=all every record that the original could convert is in an object.
TEST(S3SinkGoldenTest, RefusesExactlyTheRecordsThatTheOriginalRefused) {
  const auto recording = LoadRecording("bad_tolerance_all");
  ASSERT_TRUE(recording);
  const auto converter = MakeConverter(ConfigOf(*recording, "value.converter"));
  for (const auto& [place, records] : recording->records)
    for (const auto& [offset, record] : records) {
      const auto value = (*converter)->Convert(record.value);
      const std::string key = fmt::format("topics/{0}/partition={1}/{0}+{1}+{2:010}.json",
                                          record.topic, record.partition, offset);
      EXPECT_EQ(value && !value->is_null(), recording->objects.contains(key))
          << key << ": " << record.value.value_or("(null)");
    }
}

}  // namespace
}  // namespace pinlake
