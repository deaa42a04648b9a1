#include "log/kafka/keystore.h"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/pem.h>

#include <algorithm>
#include <cstring>

#include "log/kafka/openssl_handles.h"

namespace pinlake::kafka {
namespace {

constexpr std::string_view kLocation = "ssl.keystore.location";
constexpr std::string_view kStorePassword = "ssl.keystore.password";
constexpr std::string_view kKeyPassword = "ssl.key.password";

/// OpenSSL asks for a password by this; counts in \p asked whether it did.
struct Asked {
  const std::string& password;
  bool asked = false;
};
int GivePassword(char* buffer, int size, int, void* context) {
  auto* asked = static_cast<Asked*>(context);
  asked->asked = true;
  if (asked->password.size() > static_cast<size_t>(size)) return -1;
  std::memcpy(buffer, asked->password.data(), asked->password.size());
  return static_cast<int>(asked->password.size());
}

std::optional<KeyStoreProblem> PemProblem(std::string_view bytes, const std::string& location,
                                          const std::string& key_password) {
  const Owned<BIO> keys(BIO_new_mem_buf(bytes.data(), static_cast<int>(bytes.size())));
  Asked asked{key_password};
  const Owned<EVP_PKEY> key(PEM_read_bio_PrivateKey(keys.get(), nullptr, &GivePassword, &asked));
  const Owned<BIO> certificates(BIO_new_mem_buf(bytes.data(), static_cast<int>(bytes.size())));
  const Owned<X509> certificate(PEM_read_bio_X509(certificates.get(), nullptr, nullptr, nullptr));
  ERR_clear_error();
  if (!key && asked.asked && key_password.empty())
    return KeyStoreProblem{kKeyPassword,
                           fmt::format("missing; the private key in {} is encrypted", location)};
  if (!key && asked.asked)
    return KeyStoreProblem{
        kKeyPassword, fmt::format("does not open the private key in {}; correct it", location)};
  if (!key)
    return KeyStoreProblem{kLocation,
                           fmt::format("{} holds no private key; put it in, as PEM", location)};
  if (!certificate)
    return KeyStoreProblem{
        kLocation, fmt::format("{} holds no certificate; put the client's in, as PEM", location)};
  if (X509_check_private_key(certificate.get(), key.get()) != 1) {
    ERR_clear_error();
    return KeyStoreProblem{
        kLocation,
        fmt::format("{}: its first certificate is not that of its private key", location)};
  }
  return std::nullopt;
}

std::optional<KeyStoreProblem> Pkcs12Problem(std::string_view bytes, const std::string& location,
                                             const std::string& store_password) {
  const auto* data = reinterpret_cast<const unsigned char*>(bytes.data());
  const Owned<PKCS12> store(d2i_PKCS12(nullptr, &data, static_cast<long>(bytes.size())));
  ERR_clear_error();
  if (!store)
    return KeyStoreProblem{kLocation, fmt::format("{} is neither PKCS12 nor PEM", location)};
  EVP_PKEY* key = nullptr;
  X509* own = nullptr;
  const int parsed = PKCS12_parse(store.get(), store_password.c_str(), &key, &own, nullptr);
  const Owned<EVP_PKEY> key_owner(key);
  const Owned<X509> own_owner(own);
  ERR_clear_error();
  if (parsed != 1)
    return KeyStoreProblem{kStorePassword,
                           store_password.empty()
                               ? fmt::format("missing; {} does not open without it", location)
                               : fmt::format("does not open {}; correct it", location)};
  if (key == nullptr || own == nullptr)
    return KeyStoreProblem{kLocation,
                           fmt::format("{} holds no private key with its certificate", location)};
  return std::nullopt;
}

}  // namespace

bool IsPem(std::string_view bytes) { return bytes.find("-----BEGIN") != std::string_view::npos; }

std::optional<KeyStoreProblem> FindKeyStoreProblem(std::string_view bytes,
                                                   const std::string& location,
                                                   const std::string& store_password,
                                                   const std::string& key_password) {
  if (bytes.starts_with("\xfe\xed\xfe\xed") || bytes.starts_with("\xce\xce\xce\xce")) {
    return KeyStoreProblem{
        kLocation,
        fmt::format(
            "{} is a JKS key store, which can't be read here; convert it: keytool -importkeystore "
            "-srckeystore {} -destkeystore {}.p12 -deststoretype PKCS12",
            location, location, location)};
  }
  return IsPem(bytes) ? PemProblem(bytes, location, key_password)
                      : Pkcs12Problem(bytes, location, store_password);
}

}  // namespace pinlake::kafka
