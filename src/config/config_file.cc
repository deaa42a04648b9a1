#include "config/config_file.h"

#include <sys/stat.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

#include "config/properties.h"
#include "config/yaml.h"

namespace pinlake {
namespace {

constexpr size_t kConfigFileBytesMax = 4 << 20;

ErrorKind KindOf(int error) {
  if (error == ENOENT || error == ENOTDIR) return ErrorKind::kNotFound;
  if (error == EACCES || error == EPERM) return ErrorKind::kPermissionDenied;
  return ErrorKind::kInvalidArgument;
}

}  // namespace

Result<std::string> ReadConfigFile(const std::string& path) {
  const auto close = [](std::FILE* file) { std::fclose(file); };
  const std::unique_ptr<std::FILE, decltype(close)> file(std::fopen(path.c_str(), "rb"), close);
  if (!file) {
    const int error = errno;
    return Fail(KindOf(error), "read {}: {}", path, std::strerror(error));
  }
  std::string text;
  char block[16384];
  for (;;) {
    const size_t got = std::fread(block, 1, sizeof(block), file.get());
    const int error = errno;
    text.append(block, got);
    if (text.size() > kConfigFileBytesMax) {
      return Fail(ErrorKind::kInvalidArgument, "read {}: larger than 4 MiB", path);
    }
    if (got == sizeof(block)) continue;
    if (std::ferror(file.get()) == 0) return text;
    return Fail(KindOf(error), "read {}: {}", path, std::strerror(error));
  }
}

std::string DirectoryOf(const std::string& path) {
  const size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

Result<ConfigEntries> LoadConfigFile(const std::string& path, const Environment& environment) {
  ASSIGN_OR_RETURN(const std::string text, ReadConfigFile(path));
  const bool yaml = path.ends_with(".yaml") || path.ends_with(".yml");
  ASSIGN_OR_RETURN(ConfigEntries entries,
                   yaml ? ParseYaml(text, path) : ParseProperties(text, path));
  Interpolate(entries, DirectoryOf(path), environment);
  return entries;
}

}  // namespace pinlake
