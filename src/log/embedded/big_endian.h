// Numbers as Kafka writes them: big-endian, and zigzag varints.
#pragma once

#include <concepts>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>

namespace pinlake {

template <std::integral T>
void PutBigEndian(char* at, T value) {
  auto bits = static_cast<std::make_unsigned_t<T>>(value);
  for (size_t i = sizeof(T); i-- > 0;) {
    at[i] = static_cast<char>(bits & 0xff);
    if constexpr (sizeof(T) > 1) bits = static_cast<decltype(bits)>(bits >> 8);
  }
}

template <std::integral T>
void AppendBigEndian(std::string& out, T value) {
  char bytes[sizeof(T)];
  PutBigEndian(bytes, value);
  out.append(bytes, sizeof bytes);
}

template <std::integral T>
T GetBigEndian(const char* at) {
  std::make_unsigned_t<T> bits = 0;
  for (size_t i = 0; i < sizeof(T); ++i) {
    if constexpr (sizeof(T) > 1) bits = static_cast<decltype(bits)>(bits << 8);
    bits = static_cast<decltype(bits)>(bits | static_cast<unsigned char>(at[i]));
  }
  return static_cast<T>(bits);
}

inline void AppendVarint(std::string& out, int64_t value) {
  auto bits = (static_cast<uint64_t>(value) << 1) ^ static_cast<uint64_t>(value >> 63);
  char bytes[10];
  size_t n = 0;
  for (; bits >= 0x80; bits >>= 7) bytes[n++] = static_cast<char>(bits | 0x80);
  bytes[n++] = static_cast<char>(bits);
  out.append(bytes, n);
}

inline size_t VarintBytes(int64_t value) {
  auto bits = (static_cast<uint64_t>(value) << 1) ^ static_cast<uint64_t>(value >> 63);
  size_t n = 1;
  for (; bits >= 0x80; bits >>= 7) ++n;
  return n;
}

/// Reads from the front of some bytes; once anything was missing, every answer is empty or zero
/// and ok() is false.
class ByteReader {
 public:
  explicit ByteReader(std::string_view bytes)
      : at_(bytes.data()), end_(bytes.data() + bytes.size()) {}

  int64_t Varint() {
    uint64_t bits = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      if (at_ == end_) break;
      const auto byte = static_cast<unsigned char>(*at_++);
      bits |= static_cast<uint64_t>(byte & 0x7f) << shift;
      if (byte < 0x80) return static_cast<int64_t>(bits >> 1) ^ -static_cast<int64_t>(bits & 1);
    }
    ok_ = false;
    return 0;
  }
  std::string_view Bytes(int64_t size) {
    if (size < 0 || size > end_ - at_) {
      ok_ = false;
      return {};
    }
    const std::string_view bytes(at_, static_cast<size_t>(size));
    at_ += size;
    return bytes;
  }
  /// Length -1 is null.
  std::optional<std::string_view> NullableBytes() {
    const int64_t size = Varint();
    if (size == -1) return std::nullopt;
    return Bytes(size);
  }
  template <std::integral T>
  T Number() {
    const std::string_view bytes = Bytes(sizeof(T));
    return ok_ ? GetBigEndian<T>(bytes.data()) : T{};
  }
  bool ok() const { return ok_; }
  bool empty() const { return at_ == end_; }
  size_t left() const { return static_cast<size_t>(end_ - at_); }

 private:
  const char* at_;
  const char* end_;
  bool ok_ = true;
};

}  // namespace pinlake
