#include "codec/avro_binary.h"

#include <bit>
#include <limits>

#include "codec/utf8.h"

namespace pinlake {
namespace {

tl::unexpected<Error> Cut(const char* what) {
  return Fail(ErrorKind::kInvalidArgument, "the bytes end within a {}", what);
}

uint64_t LittleEndian(std::string_view bytes) {
  uint64_t bits = 0;
  for (size_t i = 0; i < bytes.size(); ++i)
    bits |= static_cast<uint64_t>(static_cast<uint8_t>(bytes[i])) << (8 * i);
  return bits;
}

}  // namespace

void AppendAvroLong(int64_t value, std::string* out) {
  uint64_t bits = (static_cast<uint64_t>(value) << 1) ^ static_cast<uint64_t>(value >> 63);
  while (bits >= 0x80) {
    out->push_back(static_cast<char>(bits | 0x80));
    bits >>= 7;
  }
  out->push_back(static_cast<char>(bits));
}

void AppendAvroBytes(std::string_view bytes, std::string* out) {
  AppendAvroLong(static_cast<int64_t>(bytes.size()), out);
  out->append(bytes);
}

Result<bool> AvroReader::Boolean() {
  if (rest_.empty()) return Cut("boolean");
  const char byte = rest_.front();
  if (byte != 0 && byte != 1)
    return Fail(ErrorKind::kInvalidArgument, "{} is no boolean", static_cast<int>(byte));
  rest_.remove_prefix(1);
  return byte == 1;
}

Result<int64_t> AvroReader::Long() {
  uint64_t bits = 0;
  for (size_t i = 0; i < 10; ++i) {
    if (i >= rest_.size()) return Cut("number");
    const auto byte = static_cast<uint8_t>(rest_[i]);
    if (i == 9 && byte > 1) break;
    bits |= static_cast<uint64_t>(byte & 0x7F) << (7 * i);
    if (byte < 0x80) {
      rest_.remove_prefix(i + 1);
      return static_cast<int64_t>(bits >> 1) ^ -static_cast<int64_t>(bits & 1);
    }
  }
  return Fail(ErrorKind::kInvalidArgument, "a number of over 64 bits");
}

Result<int32_t> AvroReader::Int() {
  ASSIGN_OR_RETURN(const int64_t value, Long());
  if (value < std::numeric_limits<int32_t>::min() || value > std::numeric_limits<int32_t>::max())
    return Fail(ErrorKind::kInvalidArgument, "{} is no int", value);
  return static_cast<int32_t>(value);
}

Result<std::string_view> AvroReader::Fixed(size_t size) {
  if (rest_.size() < size) return Cut("value");
  const std::string_view bytes = rest_.substr(0, size);
  rest_.remove_prefix(size);
  return bytes;
}

Result<float> AvroReader::Float() {
  ASSIGN_OR_RETURN(const auto bytes, Fixed(4));
  return std::bit_cast<float>(static_cast<uint32_t>(LittleEndian(bytes)));
}

Result<double> AvroReader::Double() {
  ASSIGN_OR_RETURN(const auto bytes, Fixed(8));
  return std::bit_cast<double>(LittleEndian(bytes));
}

Result<std::string_view> AvroReader::Bytes() {
  ASSIGN_OR_RETURN(const int64_t size, Long());
  if (size < 0) return Fail(ErrorKind::kInvalidArgument, "a length of {}", size);
  return Fixed(static_cast<size_t>(size));
}

Result<std::string_view> AvroReader::String() {
  ASSIGN_OR_RETURN(const auto text, Bytes());
  if (!IsUtf8(text)) return Fail(ErrorKind::kInvalidArgument, "a string that is not UTF-8");
  return text;
}

Result<size_t> AvroReader::Index(size_t count) {
  ASSIGN_OR_RETURN(const int64_t index, Long());
  if (index < 0 || static_cast<uint64_t>(index) >= count)
    return Fail(ErrorKind::kInvalidArgument, "choice {} of {}", index, count);
  return static_cast<size_t>(index);
}

Result<uint64_t> AvroReader::BlockCount(uint64_t most) {
  ASSIGN_OR_RETURN(const int64_t count, Long());
  if (count == std::numeric_limits<int64_t>::min())
    return Fail(ErrorKind::kInvalidArgument, "a block of {} elements", count);
  // A negative count is followed by the block's size in bytes, for those who pass over it.
  if (count < 0) {
    const auto size = Long();
    if (!size) return Fail(size.error());
  }
  const auto elements = static_cast<uint64_t>(count < 0 ? -count : count);
  if (elements > most) return Fail(ErrorKind::kInvalidArgument, "a block of {} elements", elements);
  return elements;
}

}  // namespace pinlake
