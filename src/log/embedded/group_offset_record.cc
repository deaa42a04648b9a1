#include "log/embedded/group_offset_record.h"

#include "log/embedded/big_endian.h"

namespace pinlake {
namespace {

constexpr int16_t kKeyVersion = 1;
constexpr int16_t kValueVersion = 3;

void AppendString(std::string& out, std::string_view text) {
  AppendBigEndian(out, static_cast<int16_t>(text.size()));
  out.append(text);
}

std::string String(ByteReader& reader) {
  return std::string(reader.Bytes(reader.Number<int16_t>()));
}

}  // namespace

std::string EncodeOffsetKey(const GroupName& group, const TopicPartition& tp) {
  std::string out;
  AppendBigEndian(out, kKeyVersion);
  AppendString(out, group.value());
  AppendString(out, tp.topic.value());
  AppendBigEndian(out, tp.partition.value());
  return out;
}

std::string EncodeOffsetValue(const CommittedOffset& committed, TimestampMs at) {
  std::string out;
  AppendBigEndian(out, kValueVersion);
  AppendBigEndian(out, committed.offset.value());
  AppendBigEndian<int32_t>(out, -1);
  AppendString(out, committed.metadata);
  AppendBigEndian(out, at);
  return out;
}

Status ApplyOffsetRecord(const RecordView& record, AllOffsets& offsets) {
  ByteReader key(record.key.value_or(std::string_view()));
  const auto key_version = key.Number<int16_t>();
  const GroupName group(String(key));
  const TopicName topic(String(key));
  const TopicPartition tp{topic, PartitionId(key.Number<int32_t>())};
  if (!key.ok() || !key.empty() || key_version != kKeyVersion) {
    return Fail(ErrorKind::kCorruption, "record {} of {} has a key that is no committed offset's",
                record.offset.value(), kOffsetsTopic);
  }
  if (!record.value) {
    const auto it = offsets.find(group);
    if (it == offsets.end()) return {};
    it->second.erase(tp);
    if (it->second.empty()) offsets.erase(it);
    return {};
  }
  ByteReader value(*record.value);
  const auto value_version = value.Number<int16_t>();
  CommittedOffset committed{.offset = Offset(value.Number<int64_t>()), .metadata = {}};
  value.Number<int32_t>();
  committed.metadata = String(value);
  value.Number<int64_t>();
  if (!value.ok() || !value.empty() || value_version != kValueVersion) {
    return Fail(ErrorKind::kCorruption, "record {} of {} has a value that is no committed offset's",
                record.offset.value(), kOffsetsTopic);
  }
  offsets[group][tp] = std::move(committed);
  return {};
}

}  // namespace pinlake
