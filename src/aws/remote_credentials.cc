#include "aws/remote_credentials.h"

#include <cstdio>

#include "aws/iso_time.h"
#include "base/disk.h"
#include "codec/json.h"

namespace pinlake {
namespace {

constexpr Millis kMetadataTimeout{1'000};
constexpr Millis kContainerTimeout{5'000};
constexpr std::string_view kContainerHost = "http://169.254.170.2";
constexpr std::string_view kInstanceHost = "http://169.254.169.254";

std::string Text(const LookUpVariable& variables, const char* name) {
  return variables(name).value_or("");
}

bool IsContainerAddress(const HttpOrigin& origin) {
  if (origin.tls) return true;
  return origin.host == "localhost" || origin.host.starts_with("127.") || origin.host == "::1" ||
         origin.host == "169.254.170.2" || origin.host == "169.254.170.23" ||
         origin.host == "fd00:ec2::23";
}

class FromContainer final : public CredentialsProvider {
 public:
  FromContainer(LookUpVariable variables, HttpClient& client)
      : variables_(std::move(variables)), client_(client) {}

  Result<Credentials> Get(std::stop_token stop) override {
    const std::string relative = Text(variables_, "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
    const std::string full = Text(variables_, "AWS_CONTAINER_CREDENTIALS_FULL_URI");
    if (relative.empty() && full.empty())
      return Fail(ErrorKind::kNotFound, "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI is not set");
    const std::string address = relative.empty() ? full : std::string(kContainerHost) + relative;
    ASSIGN_OR_RETURN(const auto url, ParseHttpUrl(address));
    if (!IsContainerAddress(url.origin)) {
      return Fail(ErrorKind::kInvalidArgument,
                  "AWS_CONTAINER_CREDENTIALS_FULL_URI: {} is neither https nor loopback nor a "
                  "container address",
                  url.origin.Text());
    }
    ClientRequest request{.target = url.target, .timeout = kContainerTimeout};
    ASSIGN_OR_RETURN(const auto token, AuthorizationToken());
    if (!token.empty()) request.fields.Add("Authorization", token);
    const std::string source = fmt::format("container credentials of {}", url.origin.Text());
    const auto answer = client_.Send(url.origin, request, stop);
    if (!answer) return Fail(answer.error().In(source));
    if (answer->status != 200)
      return Fail(ErrorKind::kUnavailable, "{}: it answered {}", source, answer->status);
    return ParseCredentialsJson(answer->body, source);
  }

 private:
  Result<std::string> AuthorizationToken() const {
    const std::string file = Text(variables_, "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE");
    if (file.empty()) return Text(variables_, "AWS_CONTAINER_AUTHORIZATION_TOKEN");
    auto token = RealDisk().ReadAll(file);
    if (!token)
      return Fail(ErrorKind::kInvalidArgument, "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: {}",
                  token.error().message());
    while (!token->empty() && token->back() <= ' ') token->pop_back();
    return *token;
  }

  const LookUpVariable variables_;
  HttpClient& client_;
};

class FromInstance final : public CredentialsProvider {
 public:
  FromInstance(LookUpVariable variables, HttpClient& client)
      : variables_(std::move(variables)), client_(client) {}

  Result<Credentials> Get(std::stop_token stop) override {
    if (Text(variables_, "AWS_EC2_METADATA_DISABLED") == "true")
      return Fail(ErrorKind::kNotFound, "AWS_EC2_METADATA_DISABLED is true");
    const std::string named = Text(variables_, "AWS_EC2_METADATA_SERVICE_ENDPOINT");
    ASSIGN_OR_RETURN(const auto url, ParseHttpUrl(named.empty() ? kInstanceHost : named));
    const auto token = Ask(url.origin, "PUT", "/latest/api/token",
                           {"X-aws-ec2-metadata-token-ttl-seconds", "21600"}, stop);
    // No instance at all, unlike an instance that has trouble, lets the other sources speak.
    if (!token && token.error().kind() == ErrorKind::kUnavailable)
      return Fail(ErrorKind::kNotFound, "no EC2 instance metadata ({})", token.error().message());
    if (!token) return Fail(token.error());
    const std::string path = "/latest/meta-data/iam/security-credentials/";
    const HttpField signed_in{"X-aws-ec2-metadata-token", *token};
    ASSIGN_OR_RETURN(auto role, Ask(url.origin, "GET", path, signed_in, stop));
    role = role.substr(0, role.find('\n'));
    ASSIGN_OR_RETURN(const auto keys, Ask(url.origin, "GET", path + role, signed_in, stop));
    return ParseCredentialsJson(keys, fmt::format("instance role {}", role));
  }

 private:
  Result<std::string> Ask(const HttpOrigin& origin, std::string_view method,
                          const std::string& path, const HttpField& field, std::stop_token stop) {
    ClientRequest request{
        .method = method, .target = path, .repeatable = true, .timeout = kMetadataTimeout};
    request.fields.Add(field.name, field.value);
    const auto answer = client_.Send(origin, request, stop);
    const std::string tried = fmt::format("{} {}{}", method, origin.Text(), path);
    if (!answer) return Fail(answer.error().In(tried));
    if (answer->status == 404)
      return Fail(ErrorKind::kNotFound, "{}: the instance has no role", tried);
    if (answer->status != 200)
      return Fail(ErrorKind::kUnknownOutcome, "{}: it answered {}", tried, answer->status);
    return answer->body;
  }

  const LookUpVariable variables_;
  HttpClient& client_;
};

class FromProcess final : public CredentialsProvider {
 public:
  explicit FromProcess(std::string command) : command_(std::move(command)) {}

  Result<Credentials> Get(std::stop_token) override {
    // timeout(1) of coreutils bounds a program that hangs.
    const std::string bounded = "exec timeout 60 sh -c '" + Escaped() + "'";
    std::FILE* pipe = ::popen(bounded.c_str(), "re");
    if (pipe == nullptr) return Fail(ErrorKind::kUnavailable, "run credential_process: no process");
    std::string out;
    char buffer[4096];
    for (size_t n = 0;
         (n = std::fread(buffer, 1, sizeof buffer, pipe)) > 0 && out.size() < kOutputBytesMax;)
      out.append(buffer, n);
    const int status = ::pclose(pipe);
    if (status != 0)
      return Fail(ErrorKind::kUnavailable, "run credential_process: it ended with status {}",
                  status >> 8);
    return ParseCredentialsJson(out, "credential_process");
  }

 private:
  static constexpr size_t kOutputBytesMax = 64 << 10;
  std::string Escaped() const {
    std::string out;
    for (const char c : command_) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
    return out;
  }
  const std::string command_;
};

}  // namespace

Result<Credentials> ParseCredentialsJson(std::string_view text, std::string_view source) {
  const auto document = JsonDocument::Parse(std::string(text));
  if (!document) return Fail(ErrorKind::kUnavailable, "{}: the answer is not JSON", source);
  const auto member = [&](const char* name) {
    const auto found = document->root().Find(name);
    return found && found->is_string() ? std::string(*found->AsString()) : std::string();
  };
  Credentials credentials{.access_key_id = member("AccessKeyId"),
                          .secret_access_key = Secret(member("SecretAccessKey")),
                          .source = std::string(source)};
  // Containers and instances say Token, programs SessionToken.
  const std::string token = member("Token");
  credentials.session_token = Secret(token.empty() ? member("SessionToken") : token);
  credentials.expires_ms = ParseIsoTime(member("Expiration"));
  for (const char* name : {"AccessKeyId", "SecretAccessKey"}) {
    if (member(name).empty())
      return Fail(ErrorKind::kUnavailable, "{}: the answer has no {}", source, name);
  }
  return credentials;
}

std::unique_ptr<CredentialsProvider> ContainerCredentials(LookUpVariable variables,
                                                          HttpClient& client) {
  return std::make_unique<FromContainer>(std::move(variables), client);
}
std::unique_ptr<CredentialsProvider> InstanceCredentials(LookUpVariable variables,
                                                         HttpClient& client) {
  return std::make_unique<FromInstance>(std::move(variables), client);
}
std::unique_ptr<CredentialsProvider> ProcessCredentials(std::string command) {
  return std::make_unique<FromProcess>(std::move(command));
}

}  // namespace pinlake
