// Reads the segments of a topic partition up to their published end. Shared by the writing process
// and by those that only read.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "base/disk.h"
#include "base/result.h"
#include "log/embedded/segment_index.h"
#include "log/event_log.h"

namespace pinlake {

/// Thread-safe.
class SegmentReader {
 public:
  SegmentReader(Disk& disk, Path directory, std::string name)
      : disk_(disk), directory_(std::move(directory)), name_(std::move(name)) {}

  // What there is; told by the owner.
  /// A closed segment of \p size bytes; segments come in order.
  void AddClosed(Offset base, uint64_t size, TimestampMs max_timestamp);
  /// Goes on in a new segment that begins at \p base.
  void BeginActive(Offset base);
  /// Batches up to \p size bytes of the active segment, which end before \p end, may be read.
  void Publish(const BatchHeader& header, uint64_t position);
  /// All at once, for one that was scanned.
  void SetActive(Offset base, SegmentIndex index, uint64_t size, Offset end);
  /// For a reader of another process, which knows size and end only.
  void SetActiveUnindexed(Offset base, uint64_t size, Offset end);
  void ExtendActive(uint64_t size, Offset end);
  /// Forgets the segments before \p low.
  void SetLow(Offset low);
  /// The index of the active segment.
  SegmentIndex active_index() const;

  // Readers.
  Result<RecordSet> Read(Offset from, size_t bytes_max) const;
  Result<Offset> OffsetAt(TimestampMs at) const;
  OffsetRange offsets() const;

  struct Segment {
    Offset base;
    uint64_t size = 0;
    TimestampMs max_timestamp = -1;
  };
  /// In order; the active one last.
  std::vector<Segment> segments() const;

 private:
  // Where reading may start for some offset.
  struct Place {
    Offset base;
    uint64_t position = 0;
    uint64_t size = 0;
    std::shared_ptr<const ReadFile> file;
  };
  struct Hint {
    Offset next;
    Offset base;
    uint64_t position = 0;
  };
  // What was opened of a closed segment.
  struct Opened {
    Offset base;
    std::shared_ptr<const ReadFile> file;
    std::shared_ptr<const SegmentIndex> index;
  };
  static constexpr size_t kHintsMax = 16;

  Result<Place> Find(Offset from) const;
  Result<Opened> Open(const Segment& segment) const;
  Result<std::shared_ptr<const ReadFile>> OpenFile(Offset base) const;
  void Remember(const Hint& hint) const;
  Error Damaged(const Error& error, const Place& place, uint64_t position) const;

  Disk& disk_;
  const Path directory_;
  const std::string name_;
  mutable std::mutex mutex_;
  std::map<Offset, Segment> segments_;
  std::optional<SegmentIndex> active_index_;  // none: not known, or nothing is active
  Offset low_, end_;
  mutable std::optional<Opened> opened_;
  mutable std::optional<Opened> active_file_;
  mutable std::vector<Hint> hints_;
  mutable size_t next_hint_ = 0;
};

/// The index of a closed segment: from its files, or by reading it.
Result<SegmentIndex> LoadSegmentIndex(Disk& disk, const Path& stem, Offset base, uint64_t size);

}  // namespace pinlake
