#include "tests/golden/s3_sink_recording.h"

#include <zlib.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>

#include "codec/json.h"

namespace pinlake {
namespace {

const std::string kFolder = PINLAKE_SOURCE_DIR "/tests/golden/s3-sink";

Result<std::string> ReadGzip(const std::string& path) {
  gzFile file = gzopen(path.c_str(), "rb");
  if (file == nullptr) return Fail(ErrorKind::kNotFound, "no file {}", path);
  std::string out;
  char block[1 << 16];
  int got = 0;
  while ((got = gzread(file, block, sizeof(block))) > 0)
    out.append(block, static_cast<size_t>(got));
  gzclose(file);
  if (got < 0) return Fail(ErrorKind::kCorruption, "cannot unpack {}", path);
  return out;
}

std::string Unpack(const std::string& gzip) {
  z_stream stream{};
  inflateInit2(&stream, 15 + 16);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(gzip.data()));
  stream.avail_in = static_cast<uInt>(gzip.size());
  std::string out;
  char block[1 << 16];
  int status = Z_OK;
  while (status == Z_OK) {
    stream.next_out = reinterpret_cast<Bytef*>(block);
    stream.avail_out = sizeof(block);
    status = inflate(&stream, Z_NO_FLUSH);
    out.append(block, sizeof(block) - stream.avail_out);
  }
  inflateEnd(&stream);
  return out;
}

std::string FromBase64(std::string_view text) {
  constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  uint32_t bits = 0;
  int count = 0;
  for (const char c : text) {
    if (c == '=') break;
    bits = bits << 6 | static_cast<uint32_t>(kDigits.find(c));
    count += 6;
    if (count < 8) continue;
    count -= 8;
    out += static_cast<char>(bits >> count & 0xFF);
  }
  return out;
}

std::optional<std::string> BytesOf(JsonValue record, const std::string& name) {
  if (const auto plain = record.Find(name); plain && plain->is_string())
    return std::string(*plain->AsString());
  if (const auto coded = record.Find(name + "_b64"); coded && coded->is_string())
    return FromBase64(*coded->AsString());
  return std::nullopt;
}

/// Regular files of a tar archive, PAX names included.
std::map<std::string, std::string> Untar(const std::string& tar) {
  std::map<std::string, std::string> files;
  std::string pax_name;
  for (size_t at = 0; at + 512 <= tar.size() && tar[at] != '\0';) {
    const size_t size = std::stoull(tar.substr(at + 124, 11), nullptr, 8);
    const std::string body = tar.substr(at + 512, size);
    const char type = tar[at + 156];
    const std::string prefix = tar.substr(at + 345, 155).c_str();
    std::string name = tar.substr(at, 100).c_str();
    if (!prefix.empty() && tar.compare(at + 257, 6, std::string("ustar\0", 6)) == 0)
      name = prefix + "/" + name;
    if (type == 'x') {
      const size_t path = body.find(" path=");
      if (path != std::string::npos)
        pax_name = body.substr(path + 6, body.find('\n', path) - path - 6);
    } else if (type == 'L') {
      pax_name = body.c_str();
    } else {
      if (type == '0' || type == '\0') files[pax_name.empty() ? name : pax_name] = body;
      pax_name.clear();
    }
    at += 512 + (size + 511) / 512 * 512;
  }
  return files;
}

Result<JsonDocument> ParseLine(const std::string& line) { return JsonDocument::Parse(line); }

Status ReadRecords(const std::string& folder, Recording* recording) {
  ASSIGN_OR_RETURN(const std::string text, ReadGzip(folder + "/input.jsonl.gz"));
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    ASSIGN_OR_RETURN(const JsonDocument document, ParseLine(line));
    const JsonValue root = document.root();
    RecordedRecord record;
    record.topic = *root.Find("topic")->AsString();
    record.partition = *root.Find("partition")->AsInt();
    record.offset = *root.Find("offset")->AsInt();
    record.timestamp = *root.Find("timestamp")->AsInt();
    record.key = BytesOf(root, "key");
    record.value = BytesOf(root, "value");
    recording->records[fmt::format("{}-{}", record.topic, record.partition)][record.offset] =
        record;
  }
  return {};
}

Status ReadObjects(const std::string& folder, Recording* recording) {
  if (!std::filesystem::exists(folder + "/objects.tar.gz")) return {};
  ASSIGN_OR_RETURN(const std::string tar, ReadGzip(folder + "/objects.tar.gz"));
  const auto files = Untar(tar);
  ASSIGN_OR_RETURN(const std::string text, ReadGzip(folder + "/objects.jsonl.gz"));
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    ASSIGN_OR_RETURN(const JsonDocument document, ParseLine(line));
    const std::string key(*document.root().Find("key")->AsString());
    const std::string file(*document.root().Find("file")->AsString());
    auto it = files.find(file);
    if (it == files.end()) it = files.find(file.substr(file.find('/') + 1));
    if (it == files.end()) return Fail(ErrorKind::kCorruption, "{} lacks {}", folder, file);
    recording->objects[key] = key.ends_with(".gz") ? Unpack(it->second) : it->second;
  }
  return {};
}

}  // namespace

std::vector<std::string> RecordedCases() {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(kFolder))
    if (entry.is_directory()) names.push_back(entry.path().filename());
  std::sort(names.begin(), names.end());
  return names;
}

Result<Recording> LoadRecording(const std::string& name) {
  Recording recording;
  const std::string folder = kFolder + "/" + name;
  std::ifstream properties(folder + "/connector.properties");
  for (std::string line; std::getline(properties, line);)
    if (const size_t equals = line.find('='); equals != std::string::npos)
      recording.properties[line.substr(0, equals)] = line.substr(equals + 1);
  RETURN_IF_ERROR(ReadRecords(folder, &recording));
  RETURN_IF_ERROR(ReadObjects(folder, &recording));
  return recording;
}

}  // namespace pinlake
