// TLS as a client: which authorities are trusted, and one handshake-to-close stream.
#pragma once

#include <memory>
#include <string>

#include "base/result.h"

struct ssl_ctx_st;

namespace pinlake {

/// Trust and protocol versions (TLS 1.2 and later), shared by all connections of a client.
/// Thread-safe once opened.
class TlsClientContext {
 public:
  /// \p ca_file: PEM file of trusted authorities. Empty: SSL_CERT_FILE, else the first that exists
  /// of the places where Debian, Red Hat, SUSE and Alpine keep theirs. kNotFound names what was
  /// looked for; kInvalidArgument: a file without certificates.
  static Result<std::shared_ptr<TlsClientContext>> Open(const std::string& ca_file);
  ~TlsClientContext();
  TlsClientContext(const TlsClientContext&) = delete;

  ssl_ctx_st* get() const { return context_; }

 private:
  explicit TlsClientContext(ssl_ctx_st* context) : context_(context) {}
  ssl_ctx_st* context_;
};

/// The reasons in OpenSSL's queue of this thread as one text; empties the queue.
std::string TakeOpensslErrors();

}  // namespace pinlake
