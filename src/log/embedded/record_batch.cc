#include "log/embedded/record_batch.h"

#include <algorithm>

#include "base/crc32c.h"
#include "log/embedded/big_endian.h"

namespace pinlake {
namespace {

// Where the fields of the header lie.
constexpr size_t kAtLength = 8;
constexpr size_t kAtLeaderEpoch = 12;
constexpr size_t kAtMagic = 16;
constexpr size_t kAtCrc = 17;
constexpr size_t kAtAttributes = 21;
constexpr size_t kAtLastOffsetDelta = 23;
constexpr size_t kAtBaseTimestamp = 27;
constexpr size_t kAtMaxTimestamp = 35;
constexpr size_t kAtProducerId = 43;
constexpr size_t kAtProducerEpoch = 51;
constexpr size_t kAtBaseSequence = 53;
constexpr size_t kAtCount = 57;
constexpr int8_t kMagic = 2;
constexpr int16_t kCompressionMask = 0x7;
// A record's shortest form: length, attributes, timestamp, offset, key, value, headers.
constexpr int64_t kRecordBytesMin = 7;

size_t NullableSize(const MaybeBytes& bytes) {
  return bytes ? VarintBytes(static_cast<int64_t>(bytes->size())) + bytes->size() : 1;
}

void AppendNullable(std::string& out, const MaybeBytes& bytes) {
  if (!bytes) {
    AppendVarint(out, -1);
    return;
  }
  AppendVarint(out, static_cast<int64_t>(bytes->size()));
  out.append(*bytes);
}

size_t RecordBodySize(const NewRecord& record, int64_t timestamp_delta, int64_t offset_delta) {
  size_t size = 1 + VarintBytes(timestamp_delta) + VarintBytes(offset_delta) +
                NullableSize(record.key) + NullableSize(record.value) +
                VarintBytes(static_cast<int64_t>(record.headers.size()));
  for (const auto& header : record.headers) {
    size += VarintBytes(static_cast<int64_t>(header.key.size())) + header.key.size() +
            NullableSize(header.value);
  }
  return size;
}

// One record of a batch. \return false if it runs out of its bytes.
bool DecodeRecord(ByteReader& reader, const BatchHeader& header, RecordView& record,
                  DecodedRecords& out, uint32_t& headers) {
  ByteReader body(reader.Bytes(reader.Varint()));
  body.Bytes(1);  // attributes, unused by Kafka
  record.timestamp = static_cast<TimestampMs>(static_cast<uint64_t>(header.base_timestamp) +
                                              static_cast<uint64_t>(body.Varint()));
  const int64_t delta = body.Varint();
  record.offset = header.base + delta;
  record.key = body.NullableBytes();
  record.value = body.NullableBytes();
  const int64_t count = body.Varint();
  if (!reader.ok() || !body.ok() || delta < 0 || delta > header.last_offset_delta || count < 0 ||
      count > static_cast<int64_t>(body.left()))
    return false;
  for (int64_t i = 0; i < count; ++i) {
    HeaderView view;
    view.key = body.Bytes(body.Varint());
    view.value = body.NullableBytes();
    out.headers.push_back(view);
  }
  headers = static_cast<uint32_t>(count);
  return body.ok() && body.empty();
}

}  // namespace

void BatchBuilder::Clear() {
  bytes_.assign(kBatchHeaderBytes, '\0');
  count_ = 0;
}

void BatchBuilder::Add(const NewRecord& record, TimestampMs timestamp) {
  if (count_ == 0) base_timestamp_ = max_timestamp_ = timestamp;
  max_timestamp_ = std::max(max_timestamp_, timestamp);
  // Differences wrap as Java's do.
  const auto delta = static_cast<int64_t>(static_cast<uint64_t>(timestamp) -
                                          static_cast<uint64_t>(base_timestamp_));
  AppendVarint(bytes_, static_cast<int64_t>(RecordBodySize(record, delta, count_)));
  bytes_.push_back('\0');
  AppendVarint(bytes_, delta);
  AppendVarint(bytes_, count_);
  AppendNullable(bytes_, record.key);
  AppendNullable(bytes_, record.value);
  AppendVarint(bytes_, static_cast<int64_t>(record.headers.size()));
  for (const auto& header : record.headers) {
    AppendVarint(bytes_, static_cast<int64_t>(header.key.size()));
    bytes_.append(header.key);
    AppendNullable(bytes_, header.value);
  }
  ++count_;
}

std::string_view BatchBuilder::Finish(Offset base) {
  char* at = bytes_.data();
  PutBigEndian<int64_t>(at, base.value());
  PutBigEndian<int32_t>(at + kAtLength, static_cast<int32_t>(bytes_.size() - kAtLeaderEpoch));
  PutBigEndian<int32_t>(at + kAtLeaderEpoch, 0);
  PutBigEndian<int8_t>(at + kAtMagic, kMagic);
  PutBigEndian<int16_t>(at + kAtAttributes, 0);
  PutBigEndian<int32_t>(at + kAtLastOffsetDelta, count_ - 1);
  PutBigEndian<int64_t>(at + kAtBaseTimestamp, base_timestamp_);
  PutBigEndian<int64_t>(at + kAtMaxTimestamp, max_timestamp_);
  PutBigEndian<int64_t>(at + kAtProducerId, -1);
  PutBigEndian<int16_t>(at + kAtProducerEpoch, -1);
  PutBigEndian<int32_t>(at + kAtBaseSequence, -1);
  PutBigEndian<int32_t>(at + kAtCount, count_);
  PutBigEndian<uint32_t>(at + kAtCrc, Crc32c(std::string_view(bytes_).substr(kAtAttributes)));
  return bytes_;
}

Result<BatchHeader> PeekBatch(std::string_view bytes) {
  if (bytes.size() < kBatchHeaderBytes) {
    return Fail(ErrorKind::kCorruption, "{} bytes where a batch header has {}", bytes.size(),
                kBatchHeaderBytes);
  }
  const char* at = bytes.data();
  const auto length = GetBigEndian<int32_t>(at + kAtLength);
  const BatchHeader header{
      .base = Offset(GetBigEndian<int64_t>(at)),
      .bytes = static_cast<uint32_t>(length) + static_cast<uint32_t>(kAtLeaderEpoch),
      .crc = GetBigEndian<uint32_t>(at + kAtCrc),
      .attributes = GetBigEndian<int16_t>(at + kAtAttributes),
      .last_offset_delta = GetBigEndian<int32_t>(at + kAtLastOffsetDelta),
      .base_timestamp = GetBigEndian<int64_t>(at + kAtBaseTimestamp),
      .max_timestamp = GetBigEndian<int64_t>(at + kAtMaxTimestamp),
      .count = GetBigEndian<int32_t>(at + kAtCount)};
  const auto magic = GetBigEndian<int8_t>(at + kAtMagic);
  if (magic != kMagic) {
    return Fail(ErrorKind::kCorruption, "batch of version {} where {} is written", magic, kMagic);
  }
  const int64_t records_bytes = int64_t{header.bytes} - static_cast<int64_t>(kBatchHeaderBytes);
  if (length < 0 || records_bytes < 0 || header.count < 0 ||
      header.count > records_bytes / kRecordBytesMin + 1 || header.last_offset_delta < 0 ||
      header.count - 1 > header.last_offset_delta || header.base < Offset(0) ||
      header.base.value() > INT64_MAX - int64_t{header.last_offset_delta} - 1) {
    return Fail(ErrorKind::kCorruption,
                "batch of {} bytes with {} records from offset {} to {} cannot be", length,
                header.count, header.base.value(), header.last_offset_delta);
  }
  return header;
}

Result<BatchHeader> CheckBatch(std::string_view bytes) {
  ASSIGN_OR_RETURN(const BatchHeader header, PeekBatch(bytes));
  if (bytes.size() < header.bytes) {
    return Fail(ErrorKind::kCorruption, "batch of {} bytes, {} of them there", header.bytes,
                bytes.size());
  }
  const uint32_t crc = Crc32c(bytes.substr(kAtAttributes, header.bytes - kAtAttributes));
  if (crc != header.crc) {
    return Fail(ErrorKind::kCorruption,
                "batch at offset {}: CRC-32C is {:08x}, the header says {:08x}",
                header.base.value(), crc, header.crc);
  }
  return header;
}

void DecodedRecords::BindHeaders() {
  if (header_counts.empty()) return;
  const HeaderView* at = headers.data();
  for (size_t i = 0; i < records.size(); ++i) {
    records[i].headers = {at, header_counts[i]};
    at += header_counts[i];
  }
}

Result<Offset> DecodeBatch(std::string_view batch, const BatchHeader& header, Offset from,
                           size_t bytes_max, DecodedRecords& out) {
  if ((header.attributes & kCompressionMask) != 0) {
    return Fail(ErrorKind::kUnsupported, "batch at offset {} is compressed (attributes {})",
                header.base.value(), header.attributes);
  }
  if (header.control()) return header.next();
  ByteReader reader(batch.substr(kBatchHeaderBytes, header.bytes - kBatchHeaderBytes));
  size_t bytes = 0;
  Offset last = header.base + -1;
  for (int32_t i = 0; i < header.count; ++i) {
    RecordView record;
    uint32_t headers = 0;
    if (!DecodeRecord(reader, header, record, out, headers) || record.offset <= last) {
      return Fail(ErrorKind::kCorruption, "record {} of the batch at offset {} is malformed", i,
                  header.base.value());
    }
    last = record.offset;
    if (record.offset < from) {
      out.headers.resize(out.headers.size() - headers);
      continue;
    }
    if (headers > 0 || !out.header_counts.empty()) {
      out.header_counts.resize(out.records.size(), 0);
      out.header_counts.push_back(headers);
    }
    out.records.push_back(record);
    bytes += static_cast<size_t>(record.key ? record.key->size() : 0) +
             (record.value ? record.value->size() : 0);
    if (bytes >= bytes_max && i + 1 < header.count) return record.offset + 1;
  }
  if (!reader.empty()) {
    return Fail(ErrorKind::kCorruption, "batch at offset {}: {} bytes after its last record",
                header.base.value(), reader.left());
  }
  return header.next();
}

}  // namespace pinlake
