#include "store/store_rules.h"

#include <algorithm>

namespace pinlake {
namespace {

/// Length of the well-formed UTF-8 sequence at the start of \p text; 0 if it is malformed.
size_t SequenceLength(std::string_view text) {
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(0);
  if (first < 0x80) return 1;
  const size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || text.size() < length) return 0;
  for (size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return 0;
  }
  const bool overlong = (first == 0xe0 && byte(1) < 0xa0) || (first == 0xf0 && byte(1) < 0x90);
  const bool surrogate = first == 0xed && byte(1) >= 0xa0;
  const bool beyond = first == 0xf4 && byte(1) >= 0x90;
  return overlong || surrogate || beyond ? 0 : length;
}

bool IsUtf8(std::string_view text) {
  while (!text.empty()) {
    const size_t length = SequenceLength(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

bool IsControl(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

bool IsNameCharacter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
}

bool IsHeaderText(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c >= 0x20 && c < 0x7f; }) &&
         !text.starts_with(' ') && !text.ends_with(' ');
}

}  // namespace

Status CheckObjectKey(const ObjectKey& key, size_t prefix_bytes) {
  const std::string& text = key.value();
  if (text.empty()) return Fail(ErrorKind::kInvalidArgument, "an empty object key");
  if (text.size() + prefix_bytes > kStoreKeyBytesMax) {
    return Fail(ErrorKind::kInvalidArgument,
                "object key {}: {} bytes with the store's prefix, over {}", text.substr(0, 80),
                text.size() + prefix_bytes, kStoreKeyBytesMax);
  }
  if (!IsUtf8(text)) return Fail(ErrorKind::kInvalidArgument, "an object key that is not UTF-8");
  if (std::ranges::any_of(text, IsControl)) {
    return Fail(ErrorKind::kInvalidArgument, "an object key with a control character");
  }
  return {};
}

Status CheckPutOptions(const PutOptions& options) {
  size_t bytes = 0;
  for (const auto& [name, value] : options.metadata) {
    bytes += name.size() + value.size();
    if (name.empty() || !std::ranges::all_of(name, IsNameCharacter)) {
      return Fail(ErrorKind::kInvalidArgument,
                  "metadata name '{}' is not lower-case letters, digits, - _ .", name);
    }
    if (!IsHeaderText(value)) {
      return Fail(ErrorKind::kInvalidArgument,
                  "metadata {}: its value is not printable ASCII without blanks at its ends", name);
    }
  }
  if (bytes > kStoreMetadataBytesMax) {
    return Fail(ErrorKind::kInvalidArgument, "metadata of {} bytes, over {}", bytes,
                kStoreMetadataBytesMax);
  }
  if (!IsHeaderText(options.content_type) || !IsHeaderText(options.content_encoding)) {
    return Fail(ErrorKind::kInvalidArgument,
                "a content type or encoding that is not printable ASCII");
  }
  return {};
}

Status CheckParts(const std::vector<UploadedPart>& parts) {
  if (parts.empty()) return Fail(ErrorKind::kInvalidArgument, "a multipart upload without parts");
  int32_t last = 0;
  for (const UploadedPart& part : parts) {
    if (part.number <= last || part.number > kPartNumberMax) {
      return Fail(ErrorKind::kInvalidArgument, "part {} after part {}: numbers go up from 1 to {}",
                  part.number, last, kPartNumberMax);
    }
    last = part.number;
  }
  return {};
}

tl::unexpected<Error> NoSuchObject(const ObjectKey& key, std::string_view store) {
  return Fail(ErrorKind::kNotFound, "object {}: not in {}", key.value(), store);
}

tl::unexpected<Error> ObjectIsThere(const ObjectKey& key, std::string_view store) {
  return Fail(ErrorKind::kAlreadyExists, "object {}: already in {}", key.value(), store);
}

}  // namespace pinlake
