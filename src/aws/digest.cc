#include "aws/digest.h"

#include <openssl/evp.h>

#include <algorithm>
#include <memory>

#include "base/result.h"

namespace pinlake {
namespace {

constexpr size_t kBlockBytes = 64;

// Fetched once: a fetch in every call costs more than the digest of a small text.
const EVP_MD* Sha256Method() {
  static const EVP_MD* const method = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  return method;
}

const EVP_MD* Md5Method() {
  static const EVP_MD* const method = EVP_MD_fetch(nullptr, "MD5", nullptr);
  return method;
}

EVP_MD_CTX* ThreadContext() {
  thread_local const std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> context(EVP_MD_CTX_new(),
                                                                                &EVP_MD_CTX_free);
  return context.get();
}

template <size_t N>
std::array<unsigned char, N> Digest(const EVP_MD* method,
                                    std::initializer_list<std::string_view> pieces) {
  std::array<unsigned char, N> digest{};
  EVP_MD_CTX* context = ThreadContext();
  bool ok = EVP_DigestInit_ex(context, method, nullptr) == 1;
  for (const std::string_view piece : pieces) {
    ok = ok && EVP_DigestUpdate(context, piece.data(), piece.size()) == 1;
  }
  ok = ok && EVP_DigestFinal_ex(context, digest.data(), nullptr) == 1;
  CHECK(ok, "OpenSSL has the digest, and digests do not fail");
  return digest;
}

}  // namespace

std::string_view AsText(std::span<const unsigned char> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

Sha256Digest Sha256(std::initializer_list<std::string_view> pieces) {
  return Digest<32>(Sha256Method(), pieces);
}

Sha256Digest Sha256(std::string_view text) { return Sha256({text}); }

Md5Digest Md5(std::string_view text) { return Digest<16>(Md5Method(), {text}); }

Sha256Digest HmacSha256(std::string_view key, std::string_view text) {
  Sha256Digest short_key;
  if (key.size() > kBlockBytes) {
    short_key = Sha256(key);
    key = AsText(short_key);
  }
  std::array<unsigned char, kBlockBytes> inner{};
  std::array<unsigned char, kBlockBytes> outer{};
  for (size_t i = 0; i < kBlockBytes; ++i) {
    const auto byte = i < key.size() ? static_cast<unsigned char>(key[i]) : 0;
    inner[i] = static_cast<unsigned char>(byte ^ 0x36);
    outer[i] = static_cast<unsigned char>(byte ^ 0x5c);
  }
  const Sha256Digest first = Sha256({AsText(inner), text});
  return Sha256({AsText(outer), AsText(first)});
}

std::string LowerHex(std::span<const unsigned char> bytes) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  text.reserve(bytes.size() * 2);
  for (const unsigned char byte : bytes) {
    text.push_back(kDigits[byte >> 4]);
    text.push_back(kDigits[byte & 15]);
  }
  return text;
}

std::string Base64(std::span<const unsigned char> bytes) {
  std::string text((bytes.size() + 2) / 3 * 4 + 1, '\0');
  const int length = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()), bytes.data(),
                                     static_cast<int>(bytes.size()));
  text.resize(static_cast<size_t>(length));
  return text;
}

std::optional<std::string> Base64Decoded(std::string_view text) {
  if (text.size() % 4 != 0) return std::nullopt;
  std::string bytes(text.size() / 4 * 3, '\0');
  const int length = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()),
                                     reinterpret_cast<const unsigned char*>(text.data()),
                                     static_cast<int>(text.size()));
  if (length < 0) return std::nullopt;
  const size_t padding = text.size() - std::min(text.size(), text.find_last_not_of('=') + 1);
  if (padding > 2) return std::nullopt;
  bytes.resize(static_cast<size_t>(length) - padding);
  // OpenSSL skips blanks around the text; written back it is the same, or it was no base64.
  const auto* data = reinterpret_cast<const unsigned char*>(bytes.data());
  if (Base64(std::span(data, bytes.size())) != text) return std::nullopt;
  return bytes;
}

std::string Base64(uint32_t checksum) {
  const std::array<unsigned char, 4> bytes{
      static_cast<unsigned char>(checksum >> 24), static_cast<unsigned char>(checksum >> 16),
      static_cast<unsigned char>(checksum >> 8), static_cast<unsigned char>(checksum)};
  return Base64(std::span<const unsigned char>(bytes));
}

std::string UriEncode(std::string_view text, bool keep_slash) {
  static constexpr char kDigits[] = "0123456789ABCDEF";
  std::string out;
  out.reserve(text.size() + 16);
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '-' || c == '.' || c == '_' || c == '~' || (c == '/' && keep_slash);
    if (plain) {
      out.push_back(c);
    } else {
      const auto byte = static_cast<unsigned char>(c);
      out.append({'%', kDigits[byte >> 4], kDigits[byte & 15]});
    }
  }
  return out;
}

}  // namespace pinlake
