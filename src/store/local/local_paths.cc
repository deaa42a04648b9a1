#include "store/local/local_paths.h"

#include <limits.h>

#include <algorithm>

#include "store/store_rules.h"

namespace pinlake {

bool IsReservedLocalPath(std::string_view path) {
  return path.starts_with(kLocalMetadataFolder) || path.starts_with(kLocalTempFolder) ||
         path.starts_with(kLocalUploadsFolder);
}

Status CheckLocalKey(const ObjectKey& key) {
  RETURN_IF_ERROR(CheckObjectKey(key));
  const std::string_view text = key.value();
  const auto refuse = [&](std::string_view why) {
    return Fail(ErrorKind::kInvalidArgument, "object key {}: a directory cannot hold it: {}", text,
                why);
  };
  if (IsReservedLocalPath(text)) return refuse("that folder is the store's own");
  for (size_t start = 0; start <= text.size();) {
    const size_t end = std::min(text.find('/', start), text.size());
    const std::string_view segment = text.substr(start, end - start);
    if (segment.empty()) {
      return refuse(start == 0           ? "it starts with '/'"
                    : end == text.size() ? "it ends in '/'"
                                         : "it has '//'");
    }
    if (segment == "." || segment == "..")
      return refuse(fmt::format("it has a segment '{}'", segment));
    if (segment.size() > NAME_MAX) {
      return refuse(fmt::format("a segment of {} bytes is over {}", segment.size(), NAME_MAX));
    }
    start = end + 1;
  }
  return {};
}

}  // namespace pinlake
