// TLS over a non-blocking socket. OpenSSL reads and writes through a BIO of ours, because its own
// would raise SIGPIPE when the other side is gone.
#include <arpa/inet.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>

#include <algorithm>
#include <string>

#include "http/socket.h"

namespace pinlake {
namespace {

/// Small requests leave in one TLS record, head and body together.
constexpr size_t kJoinBytesMax = 16 << 10;

Socket& SocketOf(BIO* bio) { return *static_cast<Socket*>(BIO_get_data(bio)); }

int BioWrite(BIO* bio, const char* data, int size) {
  const std::string_view piece(data, static_cast<size_t>(size));
  const IoStep step = SocketOf(bio).Write({&piece, 1});
  BIO_clear_retry_flags(bio);
  if (step.state == IoStep::State::kMoved) return static_cast<int>(step.bytes);
  if (step.state == IoStep::State::kNeedWrite) BIO_set_retry_write(bio);
  return -1;
}

int BioRead(BIO* bio, char* out, int size) {
  const IoStep step = SocketOf(bio).Read(out, static_cast<size_t>(size));
  BIO_clear_retry_flags(bio);
  if (step.state == IoStep::State::kMoved) return static_cast<int>(step.bytes);
  if (step.state == IoStep::State::kNeedRead) {
    BIO_set_retry_read(bio);
    return -1;
  }
  return 0;
}

long BioControl(BIO*, int command, long, void*) { return command == BIO_CTRL_FLUSH ? 1 : 0; }

BIO_METHOD* SocketBio() {
  static BIO_METHOD* const method = [] {
    BIO_METHOD* made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "pinlake socket");
    BIO_meth_set_write(made, BioWrite);
    BIO_meth_set_read(made, BioRead);
    BIO_meth_set_ctrl(made, BioControl);
    return made;
  }();
  return method;
}

class TlsStream final : public ByteStream {
 public:
  TlsStream(Socket socket, TlsClientContext& tls)
      : socket_(std::move(socket)), ssl_(SSL_new(tls.get()), &SSL_free) {
    BIO* bio = BIO_new(SocketBio());
    BIO_set_data(bio, &socket_);
    BIO_set_init(bio, 1);
    SSL_set_bio(ssl_.get(), bio, bio);
    SSL_set_connect_state(ssl_.get());
  }

  Status Greet(const HttpOrigin& origin, const Patience& patience) {
    RETURN_IF_ERROR(ExpectName(origin.host));
    while (true) {
      ERR_clear_error();
      const int code = SSL_do_handshake(ssl_.get());
      if (code == 1) return {};
      const IoStep step = Blocked(code);
      if (step.state == IoStep::State::kNeedRead || step.state == IoStep::State::kNeedWrite) {
        const short events = step.state == IoStep::State::kNeedRead ? POLLIN : POLLOUT;
        RETURN_IF_ERROR(AwaitSocket(socket_.get(), events, patience));
        continue;
      }
      return HandshakeError();
    }
  }

  IoStep Write(std::span<const std::string_view> pieces) override {
    ERR_clear_error();
    const std::string_view next = Join(pieces);
    const int code = SSL_write(ssl_.get(), next.data(), static_cast<int>(next.size()));
    if (code <= 0) return Blocked(code);
    return {IoStep::State::kMoved, static_cast<size_t>(code)};
  }

  IoStep Read(char* out, size_t size) override {
    ERR_clear_error();
    const int code = SSL_read(ssl_.get(), out, static_cast<int>(size));
    if (code <= 0) return Blocked(code);
    return {IoStep::State::kMoved, static_cast<size_t>(code)};
  }

  bool IsQuiet() override {
    if (socket_.IsQuiet()) return SSL_pending(ssl_.get()) == 0;
    // Something came: a session ticket is read away here, anything else ends the connection.
    char byte;
    return Read(&byte, 1).state == IoStep::State::kNeedRead;
  }

  int descriptor() const override { return socket_.get(); }

 private:
  /// SNI and the name that the certificate must carry. An address in digits has no SNI.
  Status ExpectName(const std::string& host) {
    unsigned char binary[16];
    const bool digits = ::inet_pton(AF_INET, host.c_str(), binary) == 1 ||
                        ::inet_pton(AF_INET6, host.c_str(), binary) == 1;
    const bool set =
        digits ? X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl_.get()), host.c_str()) == 1
               : SSL_set_tlsext_host_name(ssl_.get(), host.c_str()) == 1 &&
                     SSL_set1_host(ssl_.get(), host.c_str()) == 1;
    if (set) return {};
    return Fail(ErrorKind::kInvalidArgument, "TLS to {}: {}", host, TakeOpensslErrors());
  }

  Status HandshakeError() {
    const long verdict = SSL_get_verify_result(ssl_.get());
    if (verdict != X509_V_OK) {
      ERR_clear_error();
      return Fail(ErrorKind::kUnauthenticated, "its certificate is refused: {}",
                  X509_verify_cert_error_string(verdict));
    }
    const std::string why = TakeOpensslErrors();
    return Fail(ErrorKind::kUnavailable, "TLS greeting: {}",
                why.empty() ? "the connection was closed" : why);
  }

  IoStep Blocked(int code) {
    switch (SSL_get_error(ssl_.get(), code)) {
      case SSL_ERROR_WANT_READ:
        return {IoStep::State::kNeedRead};
      case SSL_ERROR_WANT_WRITE:
        return {IoStep::State::kNeedWrite};
      case SSL_ERROR_ZERO_RETURN:
      case SSL_ERROR_SYSCALL:
        return {IoStep::State::kClosed};
      default:
        return {IoStep::State::kBroken};
    }
  }

  std::string_view Join(std::span<const std::string_view> pieces) {
    if (pieces.size() == 1 || pieces[0].size() >= kJoinBytesMax) return pieces[0];
    joined_.clear();
    for (const std::string_view piece : pieces) {
      joined_.append(piece.substr(0, kJoinBytesMax - joined_.size()));
      if (joined_.size() == kJoinBytesMax) break;
    }
    return joined_;
  }

  Socket socket_;
  std::unique_ptr<SSL, void (*)(SSL*)> ssl_;
  std::string joined_;
};

}  // namespace

Result<std::unique_ptr<ByteStream>> StartTls(Socket socket, const HttpOrigin& origin,
                                             TlsClientContext& tls, const Patience& patience) {
  auto stream = std::make_unique<TlsStream>(std::move(socket), tls);
  if (auto greeted = stream->Greet(origin, patience); !greeted) {
    return Fail(std::move(greeted).error().In(fmt::format("TLS to {}", origin.Text())));
  }
  return stream;
}

}  // namespace pinlake
