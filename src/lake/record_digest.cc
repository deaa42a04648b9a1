#include "lake/record_digest.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <bit>
#include <cstring>

namespace pinlake {
namespace {

static_assert(std::endian::native == std::endian::little, "the canonical form is little endian");

constexpr std::string_view kHex = "0123456789abcdef";

void AppendHex(uint64_t number, std::string* out) {
  for (int shift = 60; shift >= 0; shift -= 4) *out += kHex[(number >> shift) & 15];
}

std::optional<uint64_t> ParseHex(std::string_view digits) {
  uint64_t number = 0;
  for (const char c : digits) {
    const size_t digit = kHex.find(c);
    if (digit == std::string_view::npos) return std::nullopt;
    number = number << 4 | digit;
  }
  return number;
}

int64_t LengthOf(const MaybeBytes& bytes) {
  return bytes ? static_cast<int64_t>(bytes->size()) : -1;
}

}  // namespace

std::string RecordDigest::ToHex() const {
  std::string out;
  out.reserve(32);
  AppendHex(high, &out);
  AppendHex(low, &out);
  return out;
}

std::optional<RecordDigest> RecordDigest::FromHex(std::string_view hex) {
  if (hex.size() != 32) return std::nullopt;
  const auto high = ParseHex(hex.substr(0, 16)), low = ParseHex(hex.substr(16));
  if (!high || !low) return std::nullopt;
  return RecordDigest{*high, *low};
}

struct RecordDigester::State {
  XXH3_state_t hash;
};

RecordDigester::RecordDigester() : state_(std::make_unique<State>()) { Reset(); }
RecordDigester::RecordDigester(RecordDigester&&) noexcept = default;
RecordDigester& RecordDigester::operator=(RecordDigester&&) noexcept = default;
RecordDigester::~RecordDigester() = default;

void RecordDigester::Reset() { XXH3_128bits_reset(&state_->hash); }

void RecordDigester::Add(Offset offset, TimestampMs timestamp, MaybeBytes key, MaybeBytes value) {
  XXH3_state_t* hash = &state_->hash;
  const int64_t head[3] = {offset.value(), timestamp, LengthOf(key)};
  XXH3_128bits_update(hash, head, sizeof(head));
  if (key) XXH3_128bits_update(hash, key->data(), key->size());
  const int64_t value_length = LengthOf(value);
  XXH3_128bits_update(hash, &value_length, sizeof(value_length));
  if (value) XXH3_128bits_update(hash, value->data(), value->size());
}

RecordDigest RecordDigester::Digest() const {
  const XXH128_hash_t hash = XXH3_128bits_digest(&state_->hash);
  return {hash.high64, hash.low64};
}

}  // namespace pinlake
