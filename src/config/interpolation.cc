#include "config/interpolation.h"

#include <cstdlib>

#include "base/result.h"
#include "config/config_file.h"
#include "config/properties.h"

namespace pinlake {
namespace {

class Interpolator {
 public:
  Interpolator(const std::string& directory, const Environment& environment)
      : directory_(directory), environment_(environment) {}

  /// \p text with everything replaced. \p replaced is set if anything was.
  Result<std::string> Run(std::string_view text, bool* replaced) {
    std::string out;
    while (!text.empty()) {
      const size_t open = text.find("${");
      const size_t close = open == std::string_view::npos ? open : text.find('}', open);
      const size_t colon = open == std::string_view::npos ? open : text.find(':', open);
      if (close == std::string_view::npos) break;
      if (colon == std::string_view::npos || colon > close) {
        out += text.substr(0, close + 1);
        text.remove_prefix(close + 1);
        continue;
      }
      out += text.substr(0, open);
      const std::string provider(text.substr(open + 2, colon - open - 2));
      const std::string what(text.substr(colon + 1, close - colon - 1));
      ASSIGN_OR_RETURN(const std::string value, Provide(provider, what));
      out += value;
      *replaced = true;
      text.remove_prefix(close + 1);
    }
    return out += text;
  }

 private:
  Result<std::string> Provide(const std::string& provider, const std::string& what) {
    if (provider == "env") return FromEnvironment(what);
    if (provider == "file") return FromFile(what);
    if (provider == "ssm") {
      return Fail(ErrorKind::kUnsupported,
                  "${{ssm:{}}} is not supported: use ${{env:…}} or ${{file:…}}", what);
    }
    return Fail(ErrorKind::kInvalidArgument,
                "${{{}:{}}} names no source of values (allowed: env, file)", provider, what);
  }

  Result<std::string> FromEnvironment(const std::string& name) {
    if (auto value = environment_(name)) return std::move(*value);
    return Fail(ErrorKind::kNotFound, "environment variable {} is not set", name);
  }

  Result<std::string> FromFile(const std::string& what) {
    const size_t colon = what.find(':');
    const std::string named = what.substr(0, colon);
    const bool relative = !named.starts_with('/') && !directory_.empty();
    const std::string path = relative ? directory_ + "/" + named : named;
    ASSIGN_OR_RETURN(std::string text, ReadConfigFile(path));
    if (colon == std::string::npos) {
      if (text.ends_with('\n')) text.pop_back();
      if (text.ends_with('\r')) text.pop_back();
      return text;
    }
    ASSIGN_OR_RETURN(const ConfigEntries entries, ParseProperties(text, path));
    const std::string key = what.substr(colon + 1);
    const ConfigEntry* entry = entries.Find(key);
    if (entry == nullptr) return Fail(ErrorKind::kNotFound, "{} has no key {}", path, key);
    return entry->value;
  }

  const std::string& directory_;
  const Environment& environment_;
};

}  // namespace

Environment ProcessEnvironment() {
  return [](const std::string& name) -> std::optional<std::string> {
    const char* value = std::getenv(name.c_str());
    if (value == nullptr) return {};
    return value;
  };
}

void Interpolate(ConfigEntries& entries, const std::string& directory,
                 const Environment& environment) {
  Interpolator interpolator(directory, environment);
  for (ConfigEntry& entry : entries.entries) {
    std::vector<std::string*> texts = {&entry.value};
    if (entry.items) {
      for (std::string& item : *entry.items) texts.push_back(&item);
    }
    for (std::string* text : texts) {
      auto value = interpolator.Run(*text, &entry.secret);
      if (value) {
        *text = std::move(*value);
      } else if (entry.problem.empty()) {
        entry.problem = value.error().message();
      }
    }
  }
}

}  // namespace pinlake
