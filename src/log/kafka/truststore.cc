#include "log/kafka/truststore.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/x509.h>

#include <memory>
#include <optional>

#include "log/kafka/openssl_handles.h"

namespace pinlake::kafka {
namespace {

constexpr size_t kJksDigestBytes = 20;

std::string PemOf(X509& certificate) {
  const Owned<BIO> out(BIO_new(BIO_s_mem()));
  PEM_write_bio_X509(out.get(), &certificate);
  char* data = nullptr;
  const long size = BIO_get_mem_data(out.get(), &data);
  return std::string(data, static_cast<size_t>(size));
}

// Reads big-endian numbers and counted bytes; a read past the end gives nothing.
class Cursor {
 public:
  explicit Cursor(std::string_view bytes) : bytes_(bytes) {}
  std::optional<uint32_t> U32() { return Number<uint32_t>(4); }
  std::optional<uint64_t> U64() { return Number<uint64_t>(8); }
  std::optional<std::string_view> Text() {
    const auto size = Number<uint32_t>(2);
    return size ? Take(*size) : std::nullopt;
  }
  std::optional<std::string_view> Block() {
    const auto size = U32();
    return size ? Take(*size) : std::nullopt;
  }

 private:
  template <typename T>
  std::optional<T> Number(size_t size) {
    const auto bytes = Take(size);
    if (!bytes) return std::nullopt;
    T value = 0;
    for (const char c : *bytes) value = static_cast<T>((value << 8) | static_cast<uint8_t>(c));
    return value;
  }
  std::optional<std::string_view> Take(size_t size) {
    if (bytes_.size() < size) return std::nullopt;
    const auto taken = bytes_.substr(0, size);
    bytes_.remove_prefix(size);
    return taken;
  }
  std::string_view bytes_;
};

// SHA-1 over the password as UTF-16BE, a fixed phrase of the format, and the store.
bool DigestMatches(std::string_view body, std::string_view digest, std::string_view password) {
  std::string text;
  for (const char c : password) {
    text += '\0';
    text += c;
  }
  text += "Mighty Aphrodite";
  text += body;
  unsigned char computed[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  EVP_Digest(text.data(), text.size(), computed, &size, EVP_sha1(), nullptr);
  return digest == std::string_view(reinterpret_cast<const char*>(computed), size);
}

Result<std::string> JksPem(std::string_view bytes, std::string_view password) {
  constexpr uint32_t kPrivateKey = 1;
  constexpr uint32_t kTrustedCertificate = 2;
  const auto damaged = [] {
    return Fail(ErrorKind::kInvalidArgument, "the JKS store is cut off or damaged");
  };
  if (bytes.size() < 12 + kJksDigestBytes) return damaged();
  const auto body = bytes.substr(0, bytes.size() - kJksDigestBytes);
  if (!password.empty() && !DigestMatches(body, bytes.substr(body.size()), password)) {
    return Fail(ErrorKind::kInvalidArgument, "the JKS store does not open with this password");
  }
  Cursor cursor(body.substr(4));
  const auto version = cursor.U32();
  const auto count = cursor.U32();
  if (!version || !count) return damaged();
  std::string pem;
  for (uint32_t i = 0; i < *count; ++i) {
    const auto tag = cursor.U32();
    if (!tag) return damaged();
    if (*tag == kPrivateKey)
      return Fail(ErrorKind::kInvalidArgument,
                  "the JKS store holds private keys; a trust store holds certificates only");
    if (*tag != kTrustedCertificate) return damaged();
    const auto alias = cursor.Text();
    const auto created = cursor.U64();
    const auto type = *version == 2 ? cursor.Text() : std::optional<std::string_view>("X.509");
    const auto der = cursor.Block();
    if (!alias || !created || !type || !der) return damaged();
    const auto* data = reinterpret_cast<const unsigned char*>(der->data());
    const Owned<X509> certificate(d2i_X509(nullptr, &data, static_cast<long>(der->size())));
    if (!certificate)
      return Fail(ErrorKind::kInvalidArgument, "certificate '{}' of the JKS store is not X.509",
                  *alias);
    pem += PemOf(*certificate);
  }
  if (pem.empty()) return Fail(ErrorKind::kInvalidArgument, "the JKS store holds no certificates");
  return pem;
}

Result<std::string> Pkcs12Pem(std::string_view bytes, std::string_view password) {
  const auto* data = reinterpret_cast<const unsigned char*>(bytes.data());
  const Owned<PKCS12> store(d2i_PKCS12(nullptr, &data, static_cast<long>(bytes.size())));
  ERR_clear_error();
  if (!store)
    return Fail(ErrorKind::kInvalidArgument, "the store is neither JKS nor PKCS12 nor PEM");
  EVP_PKEY* key = nullptr;
  X509* own = nullptr;
  STACK_OF(X509)* others = nullptr;
  const std::string secret(password);
  const int parsed = PKCS12_parse(store.get(), secret.c_str(), &key, &own, &others);
  const Owned<EVP_PKEY> key_owner(key);
  const Owned<X509> own_owner(own);
  const Owned<STACK_OF(X509)> others_owner(others);
  ERR_clear_error();
  if (parsed != 1)
    return Fail(ErrorKind::kInvalidArgument, "the PKCS12 store does not open with this password");
  std::string pem;
  if (own != nullptr) pem += PemOf(*own);
  for (int i = 0; others != nullptr && i < sk_X509_num(others); ++i)
    pem += PemOf(*sk_X509_value(others, i));
  if (pem.empty())
    return Fail(ErrorKind::kInvalidArgument, "the PKCS12 store holds no certificates");
  return pem;
}

}  // namespace

Result<std::string> TrustStorePem(std::string_view bytes, std::string_view password) {
  if (bytes.starts_with("\xfe\xed\xfe\xed")) return JksPem(bytes, password);
  return Pkcs12Pem(bytes, password);
}

}  // namespace pinlake::kafka
