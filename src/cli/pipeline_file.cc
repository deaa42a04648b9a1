#include "cli/pipeline_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "config/yaml.h"

namespace pinlake {
namespace {

/// Sections that pipeline files may have one day. Refused by name until then.
constexpr std::pair<std::string_view, std::string_view> kLater[] = {
    {"streams", "Kinesis streams are not part of this version; remove the section"},
    {"tables", "tables are not part of this version; remove the section"},
    {"console", "the console page is not part of this version; remove the section"},
    {"emulate", "give `pinlake emulate` its flags instead; remove the section"},
};

constexpr std::string_view kSections[] = {"data",  "memory", "log",   "gateway",
                                          "store", "sinks",  "query", "queries"};

/// "sinks" of "sinks[0].name", "log" of "log.dir".
std::string_view HeadOf(std::string_view key) { return key.substr(0, key.find_first_of(".[")); }

class Splitter {
 public:
  Splitter(ConfigEntries all, PipelineFile* file) : all_(std::move(all)), file_(file) {}

  Status Run() {
    CheckHeads();
    ResolveSinkNames();
    file_->general.file = all_.file;
    for (const ConfigEntry& entry : all_.entries) {
      const auto head = HeadOf(entry.key);
      if (head == "data" || head == "memory" || head == "query")
        file_->general.entries.push_back(entry);
      if (head == "gateway") file_->has_gateway = true;
    }
    file_->gateway = all_.Section("gateway.");
    file_->store = all_.Section("store.");
    SplitLog();
    file_->sinks = Elements("sinks", Numbered("sinks"));
    file_->queries = Named("queries");
    return problems_.AsStatus();
  }

 private:
  void CheckHeads() {
    std::vector<ConfigEntry> kept;
    std::string last_bad;
    for (ConfigEntry& entry : all_.entries) {
      const std::string_view head = HeadOf(entry.key);
      const bool known =
          std::find(std::begin(kSections), std::end(kSections), head) != std::end(kSections);
      if (known) {
        // A section whose every key is commented out is no mistake.
        const bool bare = entry.key == head && entry.problem == kNoValue;
        if (bare && head == "gateway") file_->has_gateway = true;
        if (!bare) kept.push_back(std::move(entry));
      } else if (head != last_bad) {
        problems_.Add(fmt::format("{}: {}", At(entry, head), WhyNot(head)));
        last_bad = head;
      }
    }
    all_.entries = std::move(kept);
  }

  static std::string At(const ConfigEntry& entry, std::string_view key) {
    ConfigEntry named = entry;
    named.key = key;
    return Place({}, named);
  }

  static std::string WhyNot(std::string_view head) {
    for (const auto& [name, why] : kLater) {
      if (name == head) return fmt::format("is not supported: {}", why);
    }
    const auto near = NearestName(head, {std::begin(kSections), std::end(kSections)});
    return near.empty() ? "unknown section"
                        : fmt::format("unknown section; did you mean {}?", near);
  }

  /// `sinks.NAME.KEY` becomes `sinks[i].KEY`.
  void ResolveSinkNames() {
    const std::string head = "sinks.";
    for (ConfigEntry& entry : all_.entries) {
      if (!entry.key.starts_with(head)) continue;
      const std::string rest = entry.key.substr(head.size());
      const std::string index = IndexOfSink(rest);
      if (index.empty()) {
        problems_.Add(fmt::format("{}: no sink of the file has that name", At(entry, entry.key)));
        continue;
      }
      const size_t dot = rest.find('.', NameOfSink(index).size());
      entry.key = "sinks" + index + rest.substr(dot);
    }
  }

  /// "[1]" if \p rest begins with the name of the second sink and a dot; the longest name wins.
  std::string IndexOfSink(const std::string& rest) const {
    std::string index;
    size_t longest = 0;
    for (const ConfigEntry& entry : all_.entries) {
      if (!entry.key.starts_with("sinks[") || !entry.key.ends_with("].name")) continue;
      if (!rest.starts_with(entry.value + ".") || entry.value.size() < longest) continue;
      longest = entry.value.size();
      index = entry.key.substr(5, entry.key.size() - 10);
    }
    return index;
  }
  std::string NameOfSink(const std::string& index) const {
    return all_.Find("sinks" + index + ".name")->value;
  }

  void SplitLog() {
    const ConfigEntries log = all_.Section("log.");
    file_->log = log;
    std::erase_if(file_->log.entries,
                  [](const ConfigEntry& entry) { return HeadOf(entry.key) == "topics"; });
    // A plain list of names.
    if (const ConfigEntry* names = log.Find("topics")) {
      std::vector<std::string> items = names->items.value_or(std::vector<std::string>{});
      if (!names->items) items = SplitAtCommas(names->value);
      for (std::string& name : items) file_->topics.push_back({std::move(name), {}});
    }
    for (auto& topic : Elements("log.topics", Numbered("log.topics"))) {
      file_->topics.push_back(std::move(topic));
    }
  }

  static std::vector<std::string> SplitAtCommas(const std::string& text) {
    std::vector<std::string> items;
    for (size_t at = 0; at < text.size();) {
      const size_t comma = std::min(text.find(',', at), text.size());
      items.push_back(text.substr(at, comma - at));
      at = comma + 1;
    }
    return items;
  }

  /// The entries of each `HEAD[i].`, by i.
  std::map<int, ConfigEntries> Numbered(const std::string& head) {
    std::map<int, ConfigEntries> elements;
    for (const ConfigEntry& entry : all_.entries) {
      if (!entry.key.starts_with(head + "[")) continue;
      const size_t close = entry.key.find(']');
      const std::string digits = entry.key.substr(head.size() + 1, close - head.size() - 1);
      if (close == std::string::npos || digits.empty() || digits.size() > 4 ||
          digits.find_first_not_of("0123456789") != std::string::npos ||
          entry.key.size() <= close + 2 || entry.key[close + 1] != '.') {
        problems_.Add(fmt::format("{}: is not a map with a name", At(entry, entry.key)));
        continue;
      }
      const int index = std::stoi(digits);
      if (!elements.contains(index)) {
        elements[index] = all_.Section(entry.key.substr(0, close + 2));
      }
    }
    return elements;
  }

  std::vector<NamedEntries> Elements(const std::string& head,
                                     std::map<int, ConfigEntries> elements) {
    std::vector<NamedEntries> named;
    for (auto& [index, entries] : elements) {
      const ConfigEntry* name = entries.Find("name");
      if (name == nullptr || name->value.empty()) {
        problems_.Add(fmt::format("{}: {}[{}].name: required", all_.file, head, index));
        continue;
      }
      named.push_back({name->value, {}});
      std::erase_if(entries.entries, [](const ConfigEntry& entry) { return entry.key == "name"; });
      named.back().entries = std::move(entries);
    }
    return named;
  }

  /// The entries of each `HEAD.NAME.`, in order.
  std::vector<NamedEntries> Named(const std::string& head) {
    std::vector<NamedEntries> named;
    const ConfigEntries section = all_.Section(head + ".");
    for (const ConfigEntry& entry : section.entries) {
      const std::string name(HeadOf(entry.key));
      const auto same = [&](const NamedEntries& other) { return other.name == name; };
      if (std::any_of(named.begin(), named.end(), same)) continue;
      named.push_back({name, section.Section(name + ".")});
      if (named.back().entries.entries.empty()) {
        problems_.Add(
            fmt::format("{}: is not a map (allowed: title, file, sql)", Place(section, entry)));
      }
    }
    return named;
  }

  ConfigEntries all_;
  PipelineFile* const file_;
  Problems problems_;
};

}  // namespace

void Problems::Add(const Error& error) {
  std::string_view text = error.message();
  constexpr std::string_view kTitle = "configuration:\n";
  if (text.starts_with(kTitle)) text.remove_prefix(kTitle.size());
  lines_.emplace_back(text);
}

Status Problems::AsStatus() const {
  if (lines_.empty()) return {};
  return Fail(ErrorKind::kInvalidArgument, "configuration:\n{}", fmt::join(lines_, "\n"));
}

Result<PipelineFile> ParsePipelineFile(std::string_view text, const std::string& path,
                                       const ConfigEntries& sets, const Environment& environment) {
  ASSIGN_OR_RETURN(ConfigEntries all, ParseYaml(text, path));
  Interpolate(all, DirectoryOf(path), environment);
  ConfigEntries given = sets;
  Interpolate(given, "", environment);
  all.entries.insert(all.entries.end(), given.entries.begin(), given.entries.end());
  PipelineFile file;
  file.path = path;
  file.directory = DirectoryOf(path);
  RETURN_IF_ERROR(Splitter(std::move(all), &file).Run());
  return file;
}

Result<PipelineFile> LoadPipelineFile(const std::string& path, const ConfigEntries& sets,
                                      const Environment& environment) {
  ASSIGN_OR_RETURN(const std::string text, ReadConfigFile(path));
  return ParsePipelineFile(text, path, sets, environment);
}

}  // namespace pinlake
