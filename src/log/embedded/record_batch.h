// Kafka's record batch, version 2 ("magic 2"), uncompressed: how records lie on disk. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/record.h"

namespace pinlake {

/// Bytes of a batch before its records.
/// \see https://kafka.apache.org/documentation/#recordbatch
inline constexpr size_t kBatchHeaderBytes = 61;

/// What the header of a batch says.
struct BatchHeader {
  Offset base;
  uint32_t bytes = 0;  ///< the whole batch
  uint32_t crc = 0;    ///< CRC-32C of everything from the attributes on
  int16_t attributes = 0;
  int32_t last_offset_delta = 0;
  TimestampMs base_timestamp = 0;
  TimestampMs max_timestamp = 0;
  int32_t count = 0;

  Offset last() const { return base + last_offset_delta; }
  Offset next() const { return base + (int64_t{last_offset_delta} + 1); }
  bool control() const { return (attributes & 0x20) != 0; }
};

/// Encodes records one after the other; offsets count from the first. Timestamps count from the
/// first one's.
class BatchBuilder {
 public:
  BatchBuilder() { Clear(); }
  void Add(const NewRecord& record, TimestampMs timestamp);
  /// Writes the header. \return the batch, valid until the next Add or Clear.
  std::string_view Finish(Offset base);
  /// What Finish gave last.
  std::string_view view() const { return bytes_; }
  /// Keeps the memory.
  void Clear();

  int32_t count() const { return count_; }
  size_t bytes() const { return bytes_.size(); }
  TimestampMs max_timestamp() const { return max_timestamp_; }

 private:
  std::string bytes_;
  int32_t count_ = 0;
  TimestampMs base_timestamp_ = 0;
  TimestampMs max_timestamp_ = 0;
};

/// Reads the header at the start of \p bytes, which may hold more or, after the header, less than
/// the batch. kCorruption says which field cannot be.
Result<BatchHeader> PeekBatch(std::string_view bytes);

/// Header and checksum of the batch that \p bytes starts with. kCorruption; also if it is cut.
Result<BatchHeader> CheckBatch(std::string_view bytes);

/// Views of records, and the headers they point to.
struct DecodedRecords {
  std::vector<RecordView> records;
  std::vector<HeaderView> headers;
  /// Points the records at their headers; once, when all are decoded.
  void BindHeaders();

  std::vector<uint32_t> header_counts;  ///< one a record; empty if no record has any
};

/// Appends to \p out the records of a batch, given whole and checked, from offset \p from on, until
/// they are \p bytes_max bytes; at least one. Views point into \p batch. \return where the next
/// read goes on.
/// kCorruption: a record that runs out of the batch. kUnsupported: compressed.
Result<Offset> DecodeBatch(std::string_view batch, const BatchHeader& header, Offset from,
                           size_t bytes_max, DecodedRecords& out);

}  // namespace pinlake
