// What a directory store keeps beside an object's bytes: an extended attribute, or a file where the
// file system has none.
#pragma once

#include <string>
#include <string_view>

#include "store/object_store.h"

namespace pinlake {

/// One `name: value` a line; content type and encoding with a ':' in front of the name.
std::string RenderLocalMetadata(const PutOptions& options);
/// kCorruption: not what RenderLocalMetadata writes.
Result<PutOptions> ParseLocalMetadata(std::string_view text);

/// Puts \p text on an open file. \return false if the file system cannot hold it.
Result<bool> SetMetadataAttribute(int fd, const std::string& text, const std::string& path);
/// Empty if there is none.
std::string GetMetadataAttribute(int fd);

}  // namespace pinlake
