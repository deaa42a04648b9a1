#include "log/embedded/synced_mark.h"

#include "base/crc32c.h"
#include "log/embedded/big_endian.h"

namespace pinlake {
namespace {

constexpr uint32_t kMagic = 0x504c5331;  // "PLS1"
constexpr size_t kMarkBytes = 40;

}  // namespace

std::string EncodeSyncedMark(const SyncedMark& mark) {
  std::string out;
  AppendBigEndian<uint32_t>(out, kMagic);
  AppendBigEndian<int64_t>(out, mark.low.value());
  AppendBigEndian<int64_t>(out, mark.end.value());
  AppendBigEndian<int64_t>(out, mark.segment.value());
  AppendBigEndian<uint64_t>(out, mark.position);
  AppendBigEndian<uint32_t>(out, Crc32c(out));
  return out;
}

std::optional<SyncedMark> DecodeSyncedMark(std::string_view bytes) {
  if (bytes.size() < kMarkBytes) return std::nullopt;
  ByteReader reader(bytes.substr(0, kMarkBytes));
  if (reader.Number<uint32_t>() != kMagic) return std::nullopt;
  const SyncedMark mark{.low = Offset(reader.Number<int64_t>()),
                        .end = Offset(reader.Number<int64_t>()),
                        .segment = Offset(reader.Number<int64_t>()),
                        .position = reader.Number<uint64_t>()};
  if (reader.Number<uint32_t>() != Crc32c(bytes.substr(0, kMarkBytes - 4))) return std::nullopt;
  return mark;
}

}  // namespace pinlake
