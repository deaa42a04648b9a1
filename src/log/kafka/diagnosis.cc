#include "log/kafka/diagnosis.h"

#include <fmt/format.h>

namespace pinlake::kafka {
namespace {

struct Row {
  std::string_view said;  ///< what librdkafka's text holds
  ErrorKind kind;
  bool final;
  std::string_view text;
};

constexpr ErrorKind kRefused = ErrorKind::kUnauthenticated;
constexpr ErrorKind kUnavailable = ErrorKind::kUnavailable;

constexpr std::string_view kNoTls =
    "security.protocol: this port does not speak TLS; write PLAINTEXT or SASL_PLAINTEXT, or the "
    "port of a TLS listener in "
    "bootstrap.servers";

// The first that fits. Texts are those of librdkafka 2.12, OpenSSL 3 and Kafka 2.8 to 4.3.
constexpr Row kRows[] = {
    // What OpenSSL has against the broker's certificate.
    {"certificate has expired", kRefused, true,
     "ssl.truststore.location: the broker's certificate, or its authority's, has expired; renew it "
     "on the broker, or set this "
     "machine's clock"},
    {"certificate is not yet valid", kRefused, true,
     "ssl.truststore.location: the broker's certificate is not valid yet; set this machine's "
     "clock"},
    {"hostname mismatch", kRefused, true,
     "ssl.endpoint.identification.algorithm: the broker's certificate is for other hosts; write a "
     "host of the certificate in "
     "bootstrap.servers (and the broker's advertised.listeners), or leave the algorithm empty to "
     "check no names"},
    {"IP address mismatch", kRefused, true,
     "ssl.endpoint.identification.algorithm: the broker's certificate is for other addresses; "
     "write a host of the certificate in "
     "bootstrap.servers (and the broker's advertised.listeners), or leave the algorithm empty to "
     "check no names"},
    {kCertificateRefused, kRefused, true,
     "ssl.truststore.location: no authority in it (none given: in the system's) signed the "
     "broker's certificate; name a store "
     "that holds the authority of the brokers"},
    {"certificate verify failed", kRefused, true,
     "ssl.truststore.location: no authority in it (none given: in the system's) signed the "
     "broker's certificate; name a store "
     "that holds the authority of the brokers"},
    // What the broker has against ours.
    {"alert bad certificate", kRefused, true,
     "ssl.keystore.location: the broker wants a certificate of the client and got none that it "
     "takes; name a PKCS12 or PEM store "
     "with the client's key and certificate"},
    {"alert certificate required", kRefused, true,
     "ssl.keystore.location: the broker wants a certificate of the client; name a PKCS12 or PEM "
     "store with the client's key and "
     "certificate"},
    {"alert unknown ca", kRefused, true,
     "ssl.keystore.location: the broker does not know who signed the client's certificate; use one "
     "of an authority that it "
     "trusts"},
    {"alert certificate unknown", kRefused, true,
     "ssl.keystore.location: the broker does not take the client's certificate; use one of an "
     "authority that it trusts"},
    // The wrong kind of port.
    {"PLAINTEXT broker listener", kUnavailable, true, kNoTls},
    {"wrong version number", kUnavailable, true, kNoTls},
    {"connecting to a SSL listener", kUnavailable, true,
     "security.protocol: this port speaks TLS; write SSL or SASL_SSL"},
    {"Invalid response size", kUnavailable, true,
     "bootstrap.servers: what answers at this port is no Kafka broker, or speaks TLS; write the "
     "port of a broker's listener, or "
     "security.protocol SSL or SASL_SSL"},
    {"not valid in current SASL state", kRefused, true,
     "security.protocol: this port wants no SASL; write SSL for SASL_SSL, PLAINTEXT for "
     "SASL_PLAINTEXT, or the port of a SASL "
     "listener in bootstrap.servers"},
    // Who are you.
    {"Unsupported SASL mechanism", kRefused, true,
     "sasl.mechanism: this listener takes other mechanisms; write one of those that it names"},
    {"Too many connects", ErrorKind::kThrottled, false,
     "reconnect.backoff.ms: the cluster takes a limited number of sign-ins a second; wait, and "
     "raise it if this goes on"},
    {"Failed to acquire SASL OAUTHBEARER token: assume role", kRefused, true,
     "sasl.jaas.config: awsRoleArn cannot be assumed; let the role's trust policy name who asks, "
     "and check awsRoleExternalId and "
     "awsStsRegion"},
    {"Failed to acquire SASL OAUTHBEARER token: no AWS credentials", kRefused, true,
     "sasl.jaas.config: there are no AWS credentials to sign with; set AWS_ACCESS_KEY_ID and "
     "AWS_SECRET_ACCESS_KEY, name a profile "
     "by awsProfileName, or run where a role gives them"},
    {"Failed to acquire SASL OAUTHBEARER token", kRefused, true,
     "sasl.jaas.config: there is no token to sign in with; see what was answered"},
    {"Invalid username or password", kRefused, true,
     "sasl.jaas.config: the broker does not take this username with this password; correct them, "
     "or have the user made on the "
     "broker"},
    {"invalid credentials with SASL mechanism", kRefused, true,
     "sasl.jaas.config: the broker does not take this username with this password; correct them, "
     "or have the user made on the "
     "broker for this sasl.mechanism (kafka-configs.sh --entity-type users)"},
    {"SASL", kRefused, true,
     "sasl.jaas.config: the broker refuses who signs in; see what it answered"},
    // The way there.
    {"Failed to resolve", kUnavailable, false,
     "bootstrap.servers: there is no such host; correct its name, or the name service of this "
     "machine"},
    {"Connection refused", kUnavailable, false,
     "bootstrap.servers: nobody listens at this port; correct it, or start the broker"},
    {"timed out", kUnavailable, false,
     "bootstrap.servers: the host does not answer; check the address, firewalls and security "
     "groups, and that the network is the "
     "cluster's"},
    {"o route to host", kUnavailable, false,
     "bootstrap.servers: there is no way to this host; check the address and the network"},
    {"etwork is unreachable", kUnavailable, false,
     "bootstrap.servers: there is no way to this host; check the address and the network"},
};

constexpr std::string_view kMskRefused =
    "sasl.mechanism AWS_MSK_IAM: the cluster refuses the token; check the secret key of the "
    "credentials, the region (AWS_REGION "
    "where the brokers' names have none), this machine's clock, and that the identity may "
    "kafka-cluster:Connect";

bool Holds(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

std::string Silence(const ConnectionFacts& facts) {
  const std::string protocol = facts.protocol.empty() ? "plaintext" : facts.protocol;
  const std::string_view others = protocol == "plaintext"        ? "SSL, SASL_SSL or SASL_PLAINTEXT"
                                  : protocol == "ssl"            ? "SASL_SSL"
                                  : protocol == "sasl_plaintext" ? "SASL_SSL or PLAINTEXT"
                                                                 : "SSL";
  return fmt::format(
      "security.protocol: the brokers take the connection and answer nothing to {}; if the "
      "listener wants {}, write that, else "
      "look at the brokers",
      protocol, others);
}

}  // namespace

bool WasCut(std::string_view said) {
  return Holds(said, "connection closed by peer") || Holds(said, "Disconnected") ||
         Holds(said, "Broken pipe") || Holds(said, "Connection reset by peer");
}

Diagnosis Diagnose(std::string_view said, const ConnectionFacts& facts) {
  // A connection that ends without a word is the same as silence; before TLS stands there is no
  // TLS.
  const bool in_handshake = Holds(said, "SSL handshake failed") || Holds(said, "SSL_HANDSHAKE");
  if (said.empty() || (WasCut(said) && !in_handshake))
    return {.kind = kUnavailable, .final = false, .text = Silence(facts)};
  if (WasCut(said))
    return {.kind = kUnavailable,
            .final = Holds(said, "PLAINTEXT broker listener"),
            .text = std::string(kNoTls)};
  for (const Row& row : kRows) {
    if (said.find(row.said) == std::string_view::npos) continue;
    const bool token_refused = facts.msk && row.said == "SASL";
    return {.kind = row.kind,
            .final = row.final,
            .text = std::string(token_refused ? kMskRefused : row.text)};
  }
  return {.kind = kUnavailable,
          .final = false,
          .text = "bootstrap.servers: no broker can be reached; see what was said"};
}

std::string_view WithoutCounts(std::string_view said) {
  const auto at = said.rfind(" (after ");
  return at == std::string_view::npos || !said.ends_with(')') ? said : said.substr(0, at);
}

}  // namespace pinlake::kafka
