#include "http/tls.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <unistd.h>

#include <cstdlib>

namespace pinlake {
namespace {

constexpr const char* kCaFiles[] = {
    "/etc/ssl/certs/ca-certificates.crt",                 // Debian, Ubuntu, Alpine
    "/etc/pki/tls/certs/ca-bundle.crt",                   // Red Hat, Amazon Linux
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",  // Red Hat, newer
    "/etc/ssl/ca-bundle.pem",                             // SUSE
    "/etc/ssl/cert.pem",
};

Result<std::string> FindCaFile() {
  if (const char* named = std::getenv("SSL_CERT_FILE"); named != nullptr && *named != '\0') {
    return std::string(named);
  }
  for (const char* file : kCaFiles) {
    if (::access(file, R_OK) == 0) return std::string(file);
  }
  return Fail(ErrorKind::kNotFound,
              "no file of trusted certificate authorities ({} and others); install the package "
              "ca-certificates or name one in SSL_CERT_FILE",
              kCaFiles[0]);
}

}  // namespace

std::string TakeOpensslErrors() {
  std::string text;
  while (const unsigned long code = ERR_get_error()) {
    const char* reason = ERR_reason_error_string(code);
    if (!text.empty()) text += "; ";
    text += reason != nullptr ? reason : fmt::format("OpenSSL error {}", code);
  }
  return text;
}

Result<std::shared_ptr<TlsClientContext>> TlsClientContext::Open(const std::string& ca_file) {
  std::string file = ca_file;
  if (file.empty()) {
    ASSIGN_OR_RETURN(file, FindCaFile());
  }
  ERR_clear_error();
  std::shared_ptr<TlsClientContext> context(new TlsClientContext(SSL_CTX_new(TLS_client_method())));
  if (context->get() == nullptr) {
    return Fail(ErrorKind::kInternal, "TLS: {}", TakeOpensslErrors());
  }
  SSL_CTX_set_min_proto_version(context->get(), TLS1_2_VERSION);
  SSL_CTX_set_mode(context->get(),
                   SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_set_verify(context->get(), SSL_VERIFY_PEER, nullptr);
  if (SSL_CTX_load_verify_locations(context->get(), file.c_str(), nullptr) != 1) {
    return Fail(ErrorKind::kInvalidArgument, "trusted certificate authorities in {}: {}", file,
                TakeOpensslErrors());
  }
  return context;
}

TlsClientContext::~TlsClientContext() { SSL_CTX_free(context_); }

}  // namespace pinlake
