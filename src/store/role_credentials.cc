#include "store/role_credentials.h"

#include <utility>

namespace pinlake {
namespace {

class Shared final : public CredentialsProvider {
 public:
  explicit Shared(std::shared_ptr<CachedCredentials> from) : from_(std::move(from)) {}
  Result<Credentials> Get(std::stop_token stop) override { return from_->Get(std::move(stop)); }

 private:
  const std::shared_ptr<CachedCredentials> from_;
};

/// Keeps the client that the role is asked with.
class FromSts final : public CredentialsProvider {
 public:
  FromSts(std::shared_ptr<CachedCredentials> base, AssumeRole role, HttpClientOptions http,
          Clock& clock)
      : client_(std::move(http)),
        role_(AssumeRoleCredentials(std::make_unique<Shared>(std::move(base)), std::move(role),
                                    client_, clock)) {}
  Result<Credentials> Get(std::stop_token stop) override { return role_->Get(std::move(stop)); }

 private:
  HttpClient client_;
  const std::unique_ptr<CredentialsProvider> role_;
};

}  // namespace

std::shared_ptr<CachedCredentials> RoleCredentials(std::shared_ptr<CachedCredentials> base,
                                                   AssumeRole role, HttpClientOptions http,
                                                   Clock& clock) {
  return std::make_shared<CachedCredentials>(
      std::make_unique<FromSts>(std::move(base), std::move(role), std::move(http), clock), clock);
}

}  // namespace pinlake
