#include "store/local/local_metadata.h"

#include <sys/xattr.h>

#include <array>
#include <cerrno>

#include "store/local/local_files.h"

namespace pinlake {
namespace {

constexpr const char* kAttribute = "user.pinlake";
constexpr size_t kAttributeBytesMax = 8192;

}  // namespace

std::string RenderLocalMetadata(const PutOptions& options) {
  std::string text;
  if (!options.content_type.empty()) text += ":type: " + options.content_type + "\n";
  if (!options.content_encoding.empty()) text += ":encoding: " + options.content_encoding + "\n";
  for (const auto& [name, value] : options.metadata)
    text.append(name).append(": ").append(value).append("\n");
  return text;
}

Result<PutOptions> ParseLocalMetadata(std::string_view text) {
  PutOptions options;
  while (!text.empty()) {
    const size_t end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    const size_t colon = line.find(": ", 1);
    if (end == text.npos || colon == line.npos) {
      return Fail(ErrorKind::kCorruption, "stored metadata has the line '{}'", line);
    }
    const std::string_view name = line.substr(0, colon);
    std::string value(line.substr(colon + 2));
    if (name == ":type") {
      options.content_type = std::move(value);
    } else if (name == ":encoding") {
      options.content_encoding = std::move(value);
    } else {
      options.metadata[std::string(name)] = std::move(value);
    }
    text.remove_prefix(end + 1);
  }
  return options;
}

Result<bool> SetMetadataAttribute(int fd, const std::string& text, const std::string& path) {
  if (::fsetxattr(fd, kAttribute, text.data(), text.size(), 0) == 0) return true;
  switch (errno) {
    case ENOTSUP:
    case EPERM:  // mounted without user attributes
    case E2BIG:  // more than this file system has room for on a file
    case ERANGE:
    case ENOSPC:  // ext4: the attribute block is full; a full disk shows with the file instead
      return false;
    default:
      return FailErrno("set attribute of", path, errno);
  }
}

std::string GetMetadataAttribute(int fd) {
  std::array<char, kAttributeBytesMax> buffer;
  const ssize_t n = ::fgetxattr(fd, kAttribute, buffer.data(), buffer.size());
  return n <= 0 ? std::string() : std::string(buffer.data(), static_cast<size_t>(n));
}

}  // namespace pinlake
