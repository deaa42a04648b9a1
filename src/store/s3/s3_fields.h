// An object's metadata as header fields.
#pragma once

#include "http/client_message.h"
#include "store/object_store.h"

namespace pinlake {

/// Content-Type, Content-Encoding, x-amz-meta-… and x-amz-tagging.
void AddPutOptions(const PutOptions& options, HttpFields& fields);
/// The x-amz-meta-… of an answer, in lower case and without that.
ObjectMetadata MetadataOf(const HttpFields& fields);

}  // namespace pinlake
