// What an object says of itself, in the user metadata of its store.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "base/result.h"
#include "lake/record_digest.h"
#include "model/record.h"
#include "store/object_store.h"

namespace pinlake {

inline constexpr int kObjectMetadataVersion = 1;
/// S3's limit on names and values together.
inline constexpr size_t kObjectMetadataBytesMax = 2048;

/// The facts of one object.
struct ObjectFacts {
  LogId log_id;
  TopicPartition tp;
  /// The cut [cut_start, cut_end) whose open objects were stored together.
  Offset cut_start, cut_end;
  /// First and last record in this object.
  Offset first, last;
  int64_t count = 0;  ///< records in this object
  /// Records of the whole cut that are in no object (ignored nulls, dead letters). Every object of
  /// a cut says the same number.
  int64_t skipped = 0;
  RecordDigest digest;  ///< of this object's records
  /// Anything else worth saying (a request's id, the rotation's reason): `pinlake-x-<name>`.
  std::map<std::string, std::string> extra;
  bool operator==(const ObjectFacts&) const = default;
};

/// Names `pinlake-…`, values printable ASCII (others as %XX). kInvalidArgument: offsets out of
/// order or negative counts, a name in extra that is not [a-z0-9-]. kOutOfSpace: over 2 KiB.
Result<ObjectMetadata> RenderObjectMetadata(const ObjectFacts& facts);

/// Whether \p metadata was written by this program (any version).
bool HasObjectFacts(const ObjectMetadata& metadata);

/// Other names are left aside. kNotFound: it says nothing of ours. kUnsupported: a later version.
/// kCorruption: a field is missing or wrong; the message names it.
Result<ObjectFacts> ParseObjectMetadata(const ObjectMetadata& metadata);

}  // namespace pinlake
