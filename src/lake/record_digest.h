// A digest of records as they lie in the log: the same records give the same digest.
#pragma once

#include <compare>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "model/record.h"

namespace pinlake {

/// 128 bits of XXH3.
struct RecordDigest {
  uint64_t high = 0;
  uint64_t low = 0;
  bool operator==(const RecordDigest&) const = default;

  /// 32 lower-case hexadecimal digits, high bits first.
  std::string ToHex() const;
  static std::optional<RecordDigest> FromHex(std::string_view hex);
};

/// Digests records one after the other. Canonical form of a record, integers little endian:
/// int64 offset, int64 timestamp, then for key and value each: int64 length (-1: null) and the
/// bytes. Headers are not part of it: a log may add some on the way (mirroring does). Not
/// thread-safe.
class RecordDigester {
 public:
  RecordDigester();
  RecordDigester(RecordDigester&&) noexcept;
  RecordDigester& operator=(RecordDigester&&) noexcept;
  ~RecordDigester();

  void Add(Offset offset, TimestampMs timestamp, MaybeBytes key, MaybeBytes value);
  void Add(const RecordView& record) {
    Add(record.offset, record.timestamp, record.key, record.value);
  }
  /// Of all added since the start or Reset. More may be added after it.
  RecordDigest Digest() const;
  void Reset();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace pinlake
