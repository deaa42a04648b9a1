// Any bytes: no crash. Accepted bytes: what we render, we read back as the same.
// Corpus: tests/corpus/rest_v2_consumers.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "protocol/iso_time.h"
#include "protocol/rest_v2_consumers.h"

namespace {

using pinlake::OffsetV2;

bool Equal(const OffsetV2& a, const OffsetV2& b) {
  return a.tp == b.tp && a.offset == b.offset && a.metadata == b.metadata;
}

void CheckOffsets(const std::string& body) {
  const auto offsets = pinlake::ParseCommitV2(body);
  if (!offsets || !*offsets) return;
  const auto again = pinlake::ParseCommitV2(pinlake::RenderOffsetsV2(**offsets));
  if (!again || !*again || (*again)->size() != (*offsets)->size()) std::abort();
  for (size_t i = 0; i < (*offsets)->size(); ++i) {
    if (!Equal((**offsets)[i], (**again)[i])) std::abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string body(reinterpret_cast<const char*>(data), size);
  (void)pinlake::ParseConsumerV2(body);
  (void)pinlake::ParsePositionsV2(body);
  if (const auto at = pinlake::ParseIsoInstant(body)) {
    if (pinlake::ParseIsoInstant(pinlake::FormatIsoInstant(*at)) != at) std::abort();
  }
  const auto subscription = pinlake::ParseSubscriptionV2(body);
  if (subscription && subscription->topics) {
    const auto again =
        pinlake::ParseSubscriptionV2(pinlake::RenderSubscriptionV2(*subscription->topics));
    if (!again || again->topics != subscription->topics) std::abort();
  }
  const auto partitions = pinlake::ParsePartitionsV2(body);
  if (partitions && *partitions) {
    const auto again = pinlake::ParsePartitionsV2(pinlake::RenderPartitionsV2(**partitions));
    if (!again || *again != *partitions) std::abort();
  }
  CheckOffsets(body);
  return 0;
}
