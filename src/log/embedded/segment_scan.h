// What is whole in a segment file, and what its damaged end means. Reads only.
#pragma once

#include <cstdint>
#include <string>

#include "base/disk.h"
#include "base/result.h"
#include "log/embedded/segment_index.h"

namespace pinlake {

/// The batches of a segment from its start on, as far as they are whole and follow each other.
struct SegmentScan {
  uint64_t position = 0;  ///< bytes up to the end of the last whole batch
  Offset next;            ///< one past its last offset
  SegmentIndex index;
  int64_t batches = 0;
  std::string stopped_by;  ///< what is wrong with the bytes at position; empty: nothing is there
};

/// Scans [start, \p size) of a segment that begins with offset \p base; \p next is the offset
/// expected at \p start.
Result<SegmentScan> ScanSegment(const ReadFile& file, Offset base, uint64_t start, Offset next,
                                uint64_t size);

/// The position of a whole batch that belongs after offset \p next, in [from, size): proof that
/// what lies before it was synced once, since a batch is only written when those before are.
Result<std::optional<uint64_t>> FindLaterBatch(const ReadFile& file, uint64_t from, uint64_t size,
                                               Offset next);

}  // namespace pinlake
