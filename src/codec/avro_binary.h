// Avro's binary encoding, piece by piece.
// Source of the format: Apache Avro 1.11 specification, "Binary Encoding".
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace pinlake {

/// An int or long: zigzag, seven bits a byte.
void AppendAvroLong(int64_t value, std::string* out);
/// Bytes or a string: length and bytes.
void AppendAvroBytes(std::string_view bytes, std::string* out);

/// Reads pieces one after the other. Every error is kInvalidArgument and says what is missing;
/// nothing is read beyond the bytes. Not thread-safe.
class AvroReader {
 public:
  explicit AvroReader(std::string_view bytes) : all_(bytes), rest_(bytes) {}

  bool at_end() const { return rest_.empty(); }
  size_t place() const { return all_.size() - rest_.size(); }

  Result<bool> Boolean();
  Result<int32_t> Int();
  Result<int64_t> Long();
  Result<float> Float();
  Result<double> Double();
  Result<std::string_view> Bytes();
  /// Valid UTF-8.
  Result<std::string_view> String();
  Result<std::string_view> Fixed(size_t size);
  /// Of an enum or a union with \p count choices.
  Result<size_t> Index(size_t count);
  /// How many elements of an array or map follow until the next call; 0: it ends. More than \p most
  /// are refused.
  Result<uint64_t> BlockCount(uint64_t most);

 private:
  std::string_view all_, rest_;
};

}  // namespace pinlake
