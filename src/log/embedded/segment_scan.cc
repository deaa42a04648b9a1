#include "log/embedded/segment_scan.h"

#include <algorithm>
#include <cstring>

#include "log/embedded/big_endian.h"

namespace pinlake {
namespace {

constexpr size_t kWindowBytes = 4 << 20;

// A moving window over a file, which grows to what is asked for.
class Window {
 public:
  Window(const ReadFile& file, uint64_t size) : file_(file), size_(size) {}

  // At least \p wanted bytes from \p at on, fewer only at the end.
  Result<std::string_view> Get(uint64_t at, size_t wanted) {
    const uint64_t left = at < size_ ? size_ - at : 0;
    wanted = static_cast<size_t>(std::min<uint64_t>(wanted, left));
    if (at < start_ || at + wanted > start_ + bytes_.size()) {
      const auto fetch =
          static_cast<size_t>(std::min<uint64_t>(std::max(wanted, kWindowBytes), left));
      ASSIGN_OR_RETURN(bytes_, file_.ReadAt(at, fetch));
      start_ = at;
    }
    return std::string_view(bytes_).substr(static_cast<size_t>(at - start_));
  }

 private:
  const ReadFile& file_;
  const uint64_t size_;
  std::string bytes_;
  uint64_t start_ = 0;
};

bool AllZero(std::string_view bytes) {
  return bytes.empty() ||
         (bytes[0] == '\0' && std::memcmp(bytes.data(), bytes.data() + 1, bytes.size() - 1) == 0);
}

// One past the last byte that is not zero, in [from, size).
Result<uint64_t> EndOfBytes(const ReadFile& file, uint64_t from, uint64_t size) {
  while (size > from) {
    const auto span = std::min<uint64_t>(kWindowBytes, size - from);
    ASSIGN_OR_RETURN(const std::string bytes, file.ReadAt(size - span, static_cast<size_t>(span)));
    if (!AllZero(bytes)) return size - span + bytes.find_last_not_of('\0') + 1;
    size -= span;
  }
  return from;
}

}  // namespace

Result<SegmentScan> ScanSegment(const ReadFile& file, Offset base, uint64_t start, Offset next,
                                uint64_t size) {
  SegmentScan scan{.position = start, .next = next, .index = SegmentIndex(base)};
  Window window(file, size);
  while (scan.position < size) {
    ASSIGN_OR_RETURN(std::string_view bytes, window.Get(scan.position, kBatchHeaderBytes));
    const auto peeked = PeekBatch(bytes);
    if (peeked && peeked->bytes <= size - scan.position) {
      ASSIGN_OR_RETURN(bytes, window.Get(scan.position, peeked->bytes));
    }
    const auto header = CheckBatch(bytes);
    if (!header) {
      ASSIGN_OR_RETURN(const uint64_t end, EndOfBytes(file, scan.position, size));
      if (end > scan.position) scan.stopped_by = header.error().message();
      return scan;
    }
    if (header->base != scan.next) {
      scan.stopped_by = fmt::format("batch at offset {} where {} is next", header->base.value(),
                                    scan.next.value());
      return scan;
    }
    scan.index.OnBatch(*header, scan.position);
    scan.position += header->bytes;
    scan.next = header->next();
    ++scan.batches;
  }
  return scan;
}

Result<std::optional<uint64_t>> FindLaterBatch(const ReadFile& file, uint64_t from, uint64_t size,
                                               Offset next) {
  ASSIGN_OR_RETURN(const uint64_t end, EndOfBytes(file, from, size));
  Window window(file, size);
  for (uint64_t at = from; at + kBatchHeaderBytes <= end; ++at) {
    ASSIGN_OR_RETURN(const std::string_view bytes, window.Get(at, kBatchHeaderBytes));
    const auto peeked = PeekBatch(bytes);
    if (!peeked || peeked->base <= next || peeked->count == 0 ||
        peeked->count != peeked->last_offset_delta + 1 || peeked->bytes > size - at)
      continue;
    ASSIGN_OR_RETURN(const std::string_view batch, window.Get(at, peeked->bytes));
    if (CheckBatch(batch)) return at;
  }
  return std::nullopt;
}

}  // namespace pinlake
