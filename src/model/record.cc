#include "model/record.h"

#include <fmt/core.h>

namespace pinlake {

std::string ToString(const TopicPartition& tp) {
  return fmt::format("{}-{}", tp.topic.value(), tp.partition.value());
}

size_t RecordView::bytes() const {
  size_t total = (key ? key->size() : 0) + (value ? value->size() : 0);
  for (const auto& header : headers)
    total += header.key.size() + (header.value ? header.value->size() : 0);
  return total;
}

}  // namespace pinlake
