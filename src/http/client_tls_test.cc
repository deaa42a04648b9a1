// The client against a TLS server whose certificate the test makes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <thread>

#include "http/client.h"
#include "tests/support/kind_of.h"
#include "tests/support/temp_directory.h"

namespace pinlake {
namespace {

using ::testing::HasSubstr;

/// A key and a certificate signed by itself, for localhost and 127.0.0.1.
struct Identity {
  Identity() : key(EVP_EC_gen("P-256")), certificate(X509_new()) {
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
    X509_set_version(certificate, 2);
    X509_gmtime_adj(X509_getm_notBefore(certificate), -60);
    X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
    X509_set_pubkey(certificate, key);
    X509_NAME* name = X509_get_subject_name(certificate);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                               reinterpret_cast<const unsigned char*>("test"), -1, -1, 0);
    X509_set_issuer_name(certificate, name);
    X509V3_CTX context;
    X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
    X509_EXTENSION* names =
        X509V3_EXT_conf_nid(nullptr, &context, NID_subject_alt_name, "DNS:localhost,IP:127.0.0.1");
    X509_add_ext(certificate, names, -1);
    X509_EXTENSION_free(names);
    X509_sign(certificate, key, EVP_sha256());
  }
  ~Identity() {
    X509_free(certificate);
    EVP_PKEY_free(key);
  }
  void WriteTo(const std::string& path) const {
    FILE* file = std::fopen(path.c_str(), "w");
    PEM_write_X509(file, certificate);
    std::fclose(file);
  }
  EVP_PKEY* key;
  X509* certificate;
};

/// Answers every request with the name that its client asked for (SNI).
class TlsServer {
 public:
  explicit TlsServer(const Identity& identity) : context_(SSL_CTX_new(TLS_server_method())) {
    SSL_CTX_use_certificate(context_, identity.certificate);
    SSL_CTX_use_PrivateKey(context_, identity.key);
    listener_ = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    ::bind(listener_, reinterpret_cast<sockaddr*>(&address), size);
    ::listen(listener_, 8);
    ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    port = ntohs(address.sin_port);
    thread_ = std::thread([this] { Run(); });
  }
  ~TlsServer() {
    ::shutdown(listener_, SHUT_RDWR);
    thread_.join();
    ::close(listener_);
    SSL_CTX_free(context_);
  }
  uint16_t port = 0;
  std::atomic<int> connections = 0;

 private:
  void Run() {
    while (true) {
      const int fd = ::accept(listener_, nullptr, nullptr);
      if (fd < 0) return;
      ++connections;
      timeval patience{.tv_sec = 2, .tv_usec = 0};
      ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
      SSL* ssl = SSL_new(context_);
      SSL_set_fd(ssl, fd);
      if (SSL_accept(ssl) == 1) Serve(ssl);
      SSL_free(ssl);
      ::close(fd);
    }
  }

  static void Serve(SSL* ssl) {
    const char* name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
    const std::string body = name != nullptr ? name : "(no name)";
    char buffer[32'768];
    size_t received = 0;
    while (true) {
      const int n = SSL_read(ssl, buffer, sizeof(buffer));
      if (n <= 0) return;
      received += static_cast<size_t>(n);
      // Requests of the tests end in "!".
      if (buffer[n - 1] != '!') continue;
      const std::string answer =
          fmt::format("HTTP/1.1 200 OK\r\nReceived: {}\r\nContent-Length: {}\r\n\r\n{}", received,
                      body.size(), body);
      SSL_write(ssl, answer.data(), static_cast<int>(answer.size()));
      received = 0;
    }
  }

  SSL_CTX* context_;
  int listener_ = -1;
  std::thread thread_;
};

class HttpsClientTest : public ::testing::Test {
 protected:
  HttpsClientTest() : server_(identity_) { identity_.WriteTo(ca_file()); }
  std::string ca_file() const { return directory_.path() + "/ca.pem"; }
  HttpOrigin Origin(const std::string& host) const {
    return {.tls = true, .host = host, .port = server_.port};
  }

  TempDirectory directory_;
  Identity identity_;
  TlsServer server_;
};

ClientRequest Put(std::string_view body) {
  return {.method = "PUT", .target = "/", .body = {body, "!"}};
}

TEST_F(HttpsClientTest, ChecksTheNameAndKeepsTheConnection) {
  HttpClient client({.ca_file = ca_file()});
  for (int i = 0; i < 3; ++i) {
    const auto answer = client.Send(Origin("localhost"), Put("x"));
    ASSERT_TRUE(answer) << answer.error().message();
    EXPECT_EQ(answer->body, "localhost");
  }
  EXPECT_EQ(server_.connections, 1);
}

TEST_F(HttpsClientTest, TakesAnAddressInTheCertificateForAnAddress) {
  HttpClient client({.ca_file = ca_file()});
  const auto answer = client.Send(Origin("127.0.0.1"), Put("x"));
  ASSERT_TRUE(answer) << answer.error().message();
  EXPECT_EQ(answer->body, "(no name)");
}

TEST_F(HttpsClientTest, SendsBodiesOfManyTlsRecords) {
  HttpClient client({.ca_file = ca_file()});
  const std::string body(3'000'000, 'b');
  const auto answer = client.Send(Origin("localhost"), Put(body));
  ASSERT_TRUE(answer) << answer.error().message();
  EXPECT_GT(std::stoul(std::string(*answer->fields.Find("received"))), body.size());
}

TEST_F(HttpsClientTest, RefusesACertificateForAnotherName) {
  HttpClient client({.ca_file = ca_file()});
  const auto answer = client.Send(Origin("other.localhost"), Put("x"));
  EXPECT_EQ(KindOf(answer), ErrorKind::kUnauthenticated);
  EXPECT_THAT(answer.error().message(), HasSubstr("its certificate is refused: hostname mismatch"));
}

TEST_F(HttpsClientTest, RefusesACertificateThatNobodyTrustedSigned) {
  Identity stranger;
  stranger.WriteTo(directory_.path() + "/stranger.pem");
  HttpClient client({.ca_file = directory_.path() + "/stranger.pem"});
  const auto answer = client.Send(Origin("localhost"), Put("x"));
  EXPECT_EQ(KindOf(answer), ErrorKind::kUnauthenticated);
  EXPECT_THAT(answer.error().message(), HasSubstr("its certificate is refused:"));
}

TEST_F(HttpsClientTest, SaysThatTheFileOfAuthoritiesIsWrong) {
  HttpClient client({.ca_file = directory_.path() + "/none.pem"});
  const auto answer = client.Send(Origin("localhost"), Put("x"));
  EXPECT_EQ(KindOf(answer), ErrorKind::kInvalidArgument);
  EXPECT_THAT(answer.error().message(), HasSubstr("none.pem"));
}

TEST_F(HttpsClientTest, AServerWithoutTlsIsSaidToBeNone) {
  // Its greeting is not understood as TLS: the other side closes, or sends what is no TLS.
  HttpClient client({.ca_file = ca_file()});
  const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  ASSERT_EQ(::bind(fd, reinterpret_cast<sockaddr*>(&address), size), 0);
  ::listen(fd, 1);
  ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size);
  std::jthread plain([fd] {
    const int peer = ::accept(fd, nullptr, nullptr);
    const std::string_view text = "HTTP/1.1 400 Bad Request\r\n\r\n";
    ::send(peer, text.data(), text.size(), MSG_NOSIGNAL);
    ::shutdown(peer, SHUT_WR);
    char byte[512];
    while (::recv(peer, byte, sizeof(byte), 0) > 0) {
    }
    ::close(peer);
  });
  const HttpOrigin origin{.tls = true, .host = "localhost", .port = ntohs(address.sin_port)};
  const auto answer = client.Send(origin, Put("x"));
  plain.join();
  ::close(fd);
  EXPECT_EQ(KindOf(answer), ErrorKind::kUnavailable);
  EXPECT_THAT(answer.error().message(), HasSubstr("TLS greeting:"));
}

}  // namespace
}  // namespace pinlake
