#include "config/yaml.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include <set>
#include <sstream>

namespace pinlake {
namespace {

constexpr size_t kEntriesMax = 10'000;
constexpr int kDepthMax = 32;

std::string At(const std::string& file, const YAML::Mark& mark) {
  if (mark.is_null()) return file;
  return fmt::format("{}:{}:{}", file, mark.line + 1, mark.column + 1);
}

class Flattener {
 public:
  explicit Flattener(std::string file) { entries_.file = std::move(file); }

  Result<ConfigEntries> Run(const YAML::Node& top) {
    if (top.IsDefined() && !top.IsNull()) {
      if (!top.IsMap()) return Wrong(top, "is not a map of keys and values");
      RETURN_IF_ERROR(Map(top, "", 0));
    }
    return std::move(entries_);
  }

 private:
  tl::unexpected<Error> Wrong(const YAML::Node& node, std::string_view what) {
    return Fail(ErrorKind::kInvalidArgument, "{}: {}", At(entries_.file, node.Mark()), what);
  }

  Status Map(const YAML::Node& map, const std::string& head, int depth) {
    std::set<std::string> keys;
    for (const auto& pair : map) {
      if (!pair.first.IsScalar()) return Wrong(pair.first, "a key must be a plain word");
      const std::string& key = pair.first.Scalar();
      if (!keys.insert(key).second) {
        return Wrong(pair.first, fmt::format("{}{} is given twice", head, key));
      }
      RETURN_IF_ERROR(Value(pair.second, head + key, pair.first.Mark().line + 1, depth));
    }
    return {};
  }

  Status Value(const YAML::Node& node, const std::string& key, int line, int depth) {
    if (depth == kDepthMax) return Wrong(node, fmt::format("more than {} levels", kDepthMax));
    if (entries_.entries.size() >= kEntriesMax || ++nodes_ > kEntriesMax) {
      return Wrong(node, fmt::format("more than {} values", kEntriesMax));
    }
    if (node.IsMap() && node.size() > 0) return Map(node, key + ".", depth + 1);
    if (node.IsSequence()) return Sequence(node, key, line, depth);
    ConfigEntry& entry = Add(key, line);
    if (node.IsScalar()) {
      entry.value = node.Scalar();
    } else {
      entry.problem = kNoValue;
    }
    return {};
  }

  Status Sequence(const YAML::Node& list, const std::string& key, int line, int depth) {
    std::vector<std::string> items;
    for (const auto& item : list) {
      if (item.IsScalar()) items.push_back(item.Scalar());
    }
    if (items.size() == list.size()) {
      ConfigEntry& entry = Add(key, line);
      for (const std::string& item : items) entry.value += (entry.value.empty() ? "" : ",") + item;
      nodes_ += items.size();
      entry.items = std::move(items);
      return {};
    }
    size_t index = 0;
    for (const auto& item : list) {
      RETURN_IF_ERROR(
          Value(item, fmt::format("{}[{}]", key, index++), item.Mark().line + 1, depth + 1));
    }
    return {};
  }

  ConfigEntry& Add(const std::string& key, int line) {
    entries_.Set(key, "", entries_.file, line);
    return entries_.entries.back();
  }

  ConfigEntries entries_;
  size_t nodes_ = 0;
};

/// Takes a document's events and does nothing.
class NoEvents final : public YAML::EventHandler {
  using Mark = YAML::Mark;
  using Tag = std::string;
  using Anchor = YAML::anchor_t;
  using Style = YAML::EmitterStyle::value;
  void OnDocumentStart(const Mark&) override {}
  void OnDocumentEnd() override {}
  void OnNull(const Mark&, Anchor) override {}
  void OnAlias(const Mark&, Anchor) override {}
  void OnScalar(const Mark&, const Tag&, Anchor, const std::string&) override {}
  void OnSequenceStart(const Mark&, const Tag&, Anchor, Style) override {}
  void OnSequenceEnd() override {}
  void OnMapStart(const Mark&, const Tag&, Anchor, Style) override {}
  void OnMapEnd() override {}
};

/// Whether anything follows the first document. (YAML::LoadAll would do, but it never ends on a
/// text such as " ,{": a document that takes up nothing follows the other for ever.)
bool HasTwoDocuments(std::string_view text) {
  std::istringstream stream{std::string(text)};
  YAML::Parser parser(stream);
  NoEvents events;
  return parser.HandleNextDocument(events) && parser.HandleNextDocument(events);
}

}  // namespace

Result<ConfigEntries> ParseYaml(std::string_view text, std::string file) {
  try {
    if (HasTwoDocuments(text)) {
      return Fail(ErrorKind::kInvalidArgument, "{}: holds more than one document", file);
    }
    return Flattener(file).Run(YAML::Load(std::string(text)));
  } catch (const YAML::Exception& e) {
    return Fail(ErrorKind::kInvalidArgument, "{}: {}", At(file, e.mark), e.msg);
  }
}

}  // namespace pinlake
