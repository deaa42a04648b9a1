#include "aws/sts.h"

#include <ctime>

#include "aws/iso_time.h"
#include "aws/sigv4.h"
#include "base/disk.h"

namespace pinlake {
namespace {

constexpr std::string_view kFormType = "application/x-www-form-urlencoded; charset=utf-8";

/// The text of the first element of that name; STS's answers hold each once and nest no markup in
/// it.
std::string ElementText(std::string_view xml, std::string_view name) {
  const std::string open = fmt::format("<{}>", name);
  const auto start = xml.find(open);
  if (start == std::string_view::npos) return {};
  const auto from = start + open.size();
  const auto end = xml.find(fmt::format("</{}>", name), from);
  return end == std::string_view::npos ? std::string() : std::string(xml.substr(from, end - from));
}

ErrorKind KindOfAnswer(int status, std::string_view code) {
  if (code == "Throttling" || code == "ThrottlingException" || status == 429)
    return ErrorKind::kThrottled;
  if (status >= 500) return ErrorKind::kUnavailable;
  if (code == "AccessDenied" || code == "AccessDeniedException")
    return ErrorKind::kPermissionDenied;
  if (status == 403 || code == "ExpiredTokenException" || code == "InvalidIdentityToken")
    return ErrorKind::kUnauthenticated;
  return ErrorKind::kInvalidArgument;
}

QueryParameters FormOf(std::string_view action, const AssumeRole& role) {
  QueryParameters form = {{"Action", std::string(action)},
                          {"Version", "2011-06-15"},
                          {"RoleArn", role.role_arn},
                          {"RoleSessionName", role.session_name}};
  if (!role.external_id.empty()) form.emplace_back("ExternalId", role.external_id);
  return form;
}

std::string EndpointOf(const AssumeRole& role) {
  if (!role.endpoint.empty()) return role.endpoint;
  return role.region.empty() ? "https://sts.amazonaws.com"
                             : fmt::format("https://sts.{}.amazonaws.com", role.region);
}

Result<std::string> AskXml(HttpClient& client, const HttpOrigin& origin, std::string_view body,
                           HttpFields fields, const std::string& tried, std::stop_token stop) {
  ClientRequest request{
      .method = "POST", .fields = std::move(fields), .body = {body}, .repeatable = true};
  const auto answer = client.Send(origin, request, stop);
  if (!answer) return Fail(answer.error().In(tried));
  if (answer->status != 200) {
    const std::string code = ElementText(answer->body, "Code");
    return Fail(KindOfAnswer(answer->status, code), "{}: STS answered {} {} {}", tried,
                answer->status, code, ElementText(answer->body, "Message"));
  }
  return answer->body;
}

Result<Credentials> Ask(HttpClient& client, const HttpOrigin& origin, std::string_view body,
                        HttpFields fields, const std::string& tried, std::stop_token stop) {
  ASSIGN_OR_RETURN(const auto xml, AskXml(client, origin, body, std::move(fields), tried, stop));
  return ParseStsCredentials(xml, tried);
}

/// What a signed question has beside its body.
HttpFields SignedFields(SigV4Signer& signer, const Credentials& credentials,
                        const HttpOrigin& origin, std::string_view body, int64_t wall_ms) {
  HttpFields fields;
  fields.Add("Content-Type", std::string(kFormType));
  const std::string hash = LowerHex(Sha256(body));
  const std::string host = origin.HostField();
  signer.Sign(credentials, wall_ms,
              {.method = "POST", .path = "/", .query = "", .host = host, .payload_hash = hash},
              fields);
  return fields;
}

class FromRole final : public CredentialsProvider {
 public:
  FromRole(std::unique_ptr<CredentialsProvider> base, AssumeRole role, HttpClient& client,
           Clock& clock)
      : base_(std::move(base)),
        role_(std::move(role)),
        client_(client),
        clock_(clock),
        signer_(role_.region.empty() ? "us-east-1" : role_.region, "sts", {}) {}

  Result<Credentials> Get(std::stop_token stop) override {
    const std::string tried = fmt::format("assume role {}", role_.role_arn);
    const auto base = base_->Get(stop);
    if (!base) {
      const auto& error = base.error();
      // Keys to ask with are missing: no other source can stand in for this role.
      return Fail(error.kind() == ErrorKind::kNotFound ? ErrorKind::kUnauthenticated : error.kind(),
                  "{}: {}", tried, error.message());
    }
    ASSIGN_OR_RETURN(const auto url, ParseHttpUrl(EndpointOf(role_)));
    const std::string body = CanonicalQuery(FormOf("AssumeRole", role_));
    auto fields = SignedFields(signer_, *base, url.origin, body, clock_.WallMs());
    return Ask(client_, url.origin, body, std::move(fields), tried, stop);
  }

 private:
  const std::unique_ptr<CredentialsProvider> base_;
  const AssumeRole role_;
  HttpClient& client_;
  Clock& clock_;
  SigV4Signer signer_;
};

class FromWebIdentity final : public CredentialsProvider {
 public:
  FromWebIdentity(WebIdentity identity, HttpClient& client)
      : identity_(std::move(identity)), client_(client) {}

  Result<Credentials> Get(std::stop_token stop) override {
    const std::string tried = fmt::format("assume role {} with the token in {}",
                                          identity_.role.role_arn, identity_.token_file);
    auto token = RealDisk().ReadAll(identity_.token_file);
    if (!token) return Fail(ErrorKind::kInvalidArgument, "{}: {}", tried, token.error().message());
    while (!token->empty() && token->back() <= ' ') token->pop_back();
    ASSIGN_OR_RETURN(const auto url, ParseHttpUrl(EndpointOf(identity_.role)));
    auto form = FormOf("AssumeRoleWithWebIdentity", identity_.role);
    form.emplace_back("WebIdentityToken", *token);
    HttpFields fields;
    fields.Add("Content-Type", std::string(kFormType));
    return Ask(client_, url.origin, CanonicalQuery(form), std::move(fields), tried, stop);
  }

 private:
  const WebIdentity identity_;
  HttpClient& client_;
};

}  // namespace

Result<Credentials> ParseStsCredentials(std::string_view xml, std::string_view source) {
  Credentials credentials{.access_key_id = ElementText(xml, "AccessKeyId"),
                          .secret_access_key = Secret(ElementText(xml, "SecretAccessKey")),
                          .session_token = Secret(ElementText(xml, "SessionToken")),
                          .source = std::string(source)};
  credentials.expires_ms = ParseIsoTime(ElementText(xml, "Expiration"));
  if (credentials.access_key_id.empty() || credentials.secret_access_key.empty()) {
    return Fail(ErrorKind::kUnavailable, "{}: the answer holds no credentials", source);
  }
  return credentials;
}

Result<CallerIdentity> AskCallerIdentity(const Credentials& credentials, const std::string& region,
                                         const std::string& endpoint, HttpClient& client,
                                         Clock& clock, std::stop_token stop) {
  const AssumeRole place{.region = region, .endpoint = endpoint};
  ASSIGN_OR_RETURN(const auto url, ParseHttpUrl(EndpointOf(place)));
  const std::string body =
      CanonicalQuery({{"Action", "GetCallerIdentity"}, {"Version", "2011-06-15"}});
  SigV4Signer signer(region.empty() ? "us-east-1" : region, "sts", {});
  auto fields = SignedFields(signer, credentials, url.origin, body, clock.WallMs());
  ASSIGN_OR_RETURN(const auto xml, AskXml(client, url.origin, body, std::move(fields),
                                          "ask for the caller's identity", stop));
  return CallerIdentity{ElementText(xml, "Arn"), ElementText(xml, "Account"),
                        ElementText(xml, "UserId")};
}

std::unique_ptr<CredentialsProvider> AssumeRoleCredentials(
    std::unique_ptr<CredentialsProvider> base, AssumeRole role, HttpClient& client, Clock& clock) {
  return std::make_unique<FromRole>(std::move(base), std::move(role), client, clock);
}

std::unique_ptr<CredentialsProvider> WebIdentityCredentials(WebIdentity identity,
                                                            HttpClient& client) {
  return std::make_unique<FromWebIdentity>(std::move(identity), client);
}

}  // namespace pinlake
