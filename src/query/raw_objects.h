// The raw objects of a store: which topics there are, and one topic's values as lines of a file.
#pragma once

#include <stop_token>
#include <string>
#include <vector>

#include "base/disk.h"
#include "lake/object_key.h"
#include "query/json_shape.h"
#include "store/object_store.h"

namespace pinlake {

/// The topics that have objects, in byte order. One request a topic.
Result<std::vector<TopicName>> ListRawTopics(ObjectStore& store, const ObjectNaming& naming,
                                             std::stop_token stop);

struct SpilledTopic {
  Path path;  ///< newline JSON, one value a line
  uint64_t objects = 0;
  uint64_t bytes = 0;
  uint64_t line_bytes_max = 0;
  JsonShape shape;  ///< of all the values
};

/// Writes the values of \p topic, in the order of object keys, to the file \p path, which must not
/// exist. Reads several objects at once, in bounded memory; `.json.gz` is decompressed. The file is
/// removed again if this fails. kUnsupported: objects of another format, named; kOutOfSpace: they
/// are more than the disk has free; kCorruption: broken gzip or JSON, with the object's key; errors
/// of the store; kCancelled.
Result<SpilledTopic> SpillTopic(ObjectStore& store, const ObjectNaming& naming,
                                const TopicName& topic, const Path& path, Disk& disk,
                                std::stop_token stop);

}  // namespace pinlake
