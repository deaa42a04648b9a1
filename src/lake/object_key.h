// The names of objects, as kafka-connect-s3 forms them.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "model/record.h"
#include "store/object_store.h"

namespace pinlake {

inline constexpr size_t kObjectKeyBytesMax = 1024;

enum class ObjectFormat { kJson, kBytes, kAvro, kParquet };
/// Value objects, and the side files with the same records' keys and headers.
enum class ObjectKind { kValue, kKeys, kHeaders };

/// What of an object's contents shows in its extension.
struct ExtensionParts {
  ObjectFormat format = ObjectFormat::kJson;
  bool gzip = false;                     ///< JSON and bytes: appends `.gz`
  std::string parquet_codec = "snappy";  ///< `parquet.codec`
  std::string bytes_extension = ".bin";  ///< `format.bytearray.extension`, used as it is
};
/// With the dot: ".json.gz". kInvalidArgument: unknown Parquet codec.
Result<std::string> ObjectExtension(const ExtensionParts& parts);

/// The properties that decide names.
struct ObjectNaming {
  std::string topics_dir = "topics";  ///< empty: no prefix
  std::string directory_delim = "/";
  std::string file_delim = "+";
  int offset_pad_width = 10;  ///< 0: no padding (the original fails)
  std::string value_extension = ".json";
  std::string keys_extension = ".avro";
  std::string headers_extension = ".avro";
};

/// What a name says.
struct ObjectName {
  TopicPartition tp;
  std::string encoded_partition;  ///< as the partitioner made it, e.g. "partition=3"
  Offset first;                   ///< of the first record in the object
  ObjectKind kind = ObjectKind::kValue;
  bool operator==(const ObjectName&) const = default;
};

/// `[topics_dir DD] topic DD encoded_partition DD topic FD partition FD first [.keys|.headers]
/// ext`. Nothing is escaped. kInvalidArgument, naming the key, if it is over 1,024 bytes. \see
/// TopicPartitionWriter.fileKey of kafka-connect-s3; golden rows in object_key_test.cc
Result<ObjectKey> MakeObjectKey(const ObjectNaming& naming, const ObjectName& name);

/// What all keys of \p topic start with: `[topics_dir DD] topic DD`.
std::string TopicPrefix(const ObjectNaming& naming, const TopicName& topic);

/// The name that makes \p key under \p naming; none if it is no such key. Where delimiters that
/// are legal in topic names leave several readings, \p topic (if given) decides, else the shortest
/// topic.
std::optional<ObjectName> ParseObjectKey(const ObjectNaming& naming, const ObjectKey& key,
                                         const std::optional<TopicName>& topic = {});

}  // namespace pinlake
