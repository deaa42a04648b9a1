#include "codec/member_set.h"

#include <algorithm>
#include <cstring>
#include <unordered_map>

namespace pinlake {
namespace {

/// Up to this many members, comparing all pairs is quicker than sorting.
constexpr size_t kPairwiseMax = 16;

uint64_t Load(const char* from, size_t bytes) {
  uint64_t word = 0;
  std::memcpy(&word, from, bytes);
  return word;
}

int HexValue(char c) {
  if (c <= '9') return c - '0';
  return (c | 0x20) - 'a' + 10;
}

uint32_t FourHex(const char* digits) {
  uint32_t unit = 0;
  for (int i = 0; i < 4; ++i) unit = unit << 4 | static_cast<uint32_t>(HexValue(digits[i]));
  return unit;
}

void AppendUtf8(uint32_t point, std::string* out) {
  if (point < 0x80) {
    *out += static_cast<char>(point);
    return;
  }
  const int more = point < 0x800 ? 1 : point < 0x10000 ? 2 : 3;
  constexpr uint32_t kLead[] = {0, 0xC0, 0xE0, 0xF0};
  *out += static_cast<char>(kLead[more] | point >> (6 * more));
  for (int shift = 6 * (more - 1); shift >= 0; shift -= 6)
    *out += static_cast<char>(0x80 | ((point >> shift) & 0x3F));
}

char SimpleEscape(char c) {
  switch (c) {
    case 'b':
      return '\b';
    case 'f':
      return '\f';
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
  }
  return c;
}

}  // namespace

uint64_t HashOfName(std::string_view name) {
  constexpr uint64_t kMix = 0x9E3779B97F4A7C15;
  uint64_t hash = name.size() * kMix;
  const char* at = name.data();
  for (size_t left = name.size(); left > 0;) {
    const size_t taken = std::min<size_t>(left, 8);
    hash = (hash ^ Load(at, taken)) * kMix;
    hash ^= hash >> 29;
    at += taken;
    left -= taken;
  }
  return hash;
}

bool MemberSet::MayRepeat(size_t first) {
  const size_t count = members_.size() - first;
  if (count < 2) return false;
  const Member* const members = members_.data() + first;
  if (count <= kPairwiseMax) {
    for (size_t i = 1; i < count; ++i)
      for (size_t j = 0; j < i; ++j)
        if (members[i].hash == members[j].hash) return true;
    return false;
  }
  hashes_.clear();
  for (size_t i = 0; i < count; ++i) hashes_.push_back(members[i].hash);
  std::sort(hashes_.begin(), hashes_.end());
  return std::adjacent_find(hashes_.begin(), hashes_.end()) != hashes_.end();
}

size_t MemberSet::KeepLast(size_t first, size_t begin, char* text) const {
  struct Kept {
    const Member* name;
    const Member* value;
  };
  std::vector<Kept> kept;
  std::unordered_map<std::string, size_t> place;
  for (size_t i = first; i < members_.size(); ++i) {
    const Member& member = members_[i];
    const auto [it, is_new] = place.emplace(
        UnescapeJsonString({text + member.key_begin, member.key_end - member.key_begin}),
        kept.size());
    if (is_new) kept.push_back({&member, &member});
    kept[it->second].value = &member;
  }
  std::string object = "{";
  for (const auto& [name, value] : kept) {
    if (object.size() > 1) object += ',';
    object.append(text + name->key_begin, name->key_end - name->key_begin);
    object.append(text + value->key_end, value->value_end - value->key_end);
  }
  object += '}';
  std::memcpy(text + begin, object.data(), object.size());  // never longer than it was
  return begin + object.size();
}

std::string UnescapeJsonString(std::string_view quoted) {
  const std::string_view body = quoted.substr(1, quoted.size() - 2);
  std::string out;
  out.reserve(body.size());
  for (size_t i = 0; i < body.size(); ++i) {
    if (body[i] != '\\') {
      out += body[i];
      continue;
    }
    if (body[++i] != 'u') {
      out += SimpleEscape(body[i]);
      continue;
    }
    uint32_t point = FourHex(&body[i + 1]);
    i += 4;
    if (point >= 0xD800 && point < 0xDC00 && body.size() - i > 6 && body[i + 1] == '\\' &&
        body[i + 2] == 'u') {
      const uint32_t low = FourHex(&body[i + 3]);
      if (low >= 0xDC00 && low < 0xE000) {
        point = 0x10000 + ((point - 0xD800) << 10) + (low - 0xDC00);
        i += 6;
      }
    }
    AppendUtf8(point, &out);
  }
  return out;
}

}  // namespace pinlake
