#include "tools/name_values.h"

namespace pinlake {

Result<ConfigEntries> NameValues(std::string_view flag, const std::vector<std::string>& values) {
  ConfigEntries entries;
  for (const std::string& text : values) {
    const size_t equals = text.find('=');
    if (equals == 0 || text.empty()) {
      return Fail(ErrorKind::kInvalidArgument, "{}: write name=value; the name is missing", flag);
    }
    entries.Set(text.substr(0, equals),
                equals == std::string::npos ? std::string() : text.substr(equals + 1),
                std::string(flag));
  }
  return entries;
}

}  // namespace pinlake
