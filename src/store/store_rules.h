// What every store asks of keys and metadata, so that what one accepts all accept.
#pragma once

#include <string_view>

#include "store/object_store.h"

namespace pinlake {

inline constexpr size_t kStoreKeyBytesMax = 1024;
inline constexpr size_t kStoreMetadataBytesMax = 2048;
inline constexpr size_t kListLimitMax = 1000;
inline constexpr int32_t kPartNumberMax = 10'000;

/// kInvalidArgument: empty, over 1,024 bytes with \p prefix_bytes more in front, not UTF-8, or with
/// control characters (an S3 server's XML could not name it).
Status CheckObjectKey(const ObjectKey& key, size_t prefix_bytes = 0);

/// kInvalidArgument: a name that is not [a-z0-9-], a value that is not printable ASCII or has
/// blanks at its ends (they do not survive a header), or over 2 KiB in all. Also content type and
/// encoding.
Status CheckPutOptions(const PutOptions& options);

/// kInvalidArgument: a number that is not 1 to 10,000, or parts out of order.
Status CheckParts(const std::vector<UploadedPart>& parts);

/// kNotFound with the sentence that all stores use.
tl::unexpected<Error> NoSuchObject(const ObjectKey& key, std::string_view store);
/// kAlreadyExists with the sentence that all stores use.
tl::unexpected<Error> ObjectIsThere(const ObjectKey& key, std::string_view store);

}  // namespace pinlake
