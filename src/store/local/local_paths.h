// Which keys a directory can hold, and where.
#pragma once

#include <string>
#include <string_view>

#include "store/object_store.h"

namespace pinlake {

// Folders of the store's own below its directory; their contents are no objects.
inline constexpr std::string_view kLocalMetadataFolder = "_pinlake/meta/";
inline constexpr std::string_view kLocalTempFolder = "_pinlake/tmp/";
inline constexpr std::string_view kLocalUploadsFolder = "_pinlake/uploads/";

/// True for the store's own folders and what is in them; \p path is relative, folders end in '/'.
bool IsReservedLocalPath(std::string_view path);

/// kInvalidArgument, saying why, if \p key cannot name a file below the directory or could leave
/// it: besides CheckObjectKey's rules an absolute key, an empty, `.` or `..` segment (so also a '/'
/// at the end), a segment over 255 bytes, or the store's own folders.
Status CheckLocalKey(const ObjectKey& key);

}  // namespace pinlake
