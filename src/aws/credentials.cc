#include "aws/credentials.h"

#include <algorithm>

#include "base/rng.h"

namespace pinlake {
namespace {

constexpr int64_t kRefreshBeforeMs = 5 * 60'000;
constexpr int64_t kRetryAfterMs = 60'000;
constexpr int64_t kFirstBackoffMs = 500;

class Static final : public CredentialsProvider {
 public:
  explicit Static(Credentials credentials) : credentials_(std::move(credentials)) {}
  Result<Credentials> Get(std::stop_token) override { return credentials_; }

 private:
  const Credentials credentials_;
};

class FromEnvironment final : public CredentialsProvider {
 public:
  explicit FromEnvironment(LookUpVariable variables) : variables_(std::move(variables)) {}

  Result<Credentials> Get(std::stop_token) override {
    const std::string id = First({"AWS_ACCESS_KEY_ID", "AWS_ACCESS_KEY"});
    const std::string secret = First({"AWS_SECRET_ACCESS_KEY", "AWS_SECRET_KEY"});
    if (id.empty() && secret.empty()) {
      return Fail(ErrorKind::kNotFound, "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not set");
    }
    if (id.empty() || secret.empty()) {
      return Fail(ErrorKind::kInvalidArgument, "{} is set, but {} is not",
                  id.empty() ? "AWS_SECRET_ACCESS_KEY" : "AWS_ACCESS_KEY_ID",
                  id.empty() ? "AWS_ACCESS_KEY_ID" : "AWS_SECRET_ACCESS_KEY");
    }
    return Credentials{id, Secret(secret), Secret(First({"AWS_SESSION_TOKEN"})), {}, "environment"};
  }

 private:
  /// The value of the first of \p names that is set and not empty.
  std::string First(std::initializer_list<const char*> names) const {
    for (const char* name : names) {
      const auto value = variables_(name);
      if (value && !value->empty()) return *value;
    }
    return {};
  }

  const LookUpVariable variables_;
};

class Chain final : public CredentialsProvider {
 public:
  explicit Chain(std::vector<std::unique_ptr<CredentialsProvider>> providers)
      : providers_(std::move(providers)) {}

  Result<Credentials> Get(std::stop_token stop) override {
    std::string looked_at;
    for (const auto& provider : providers_) {
      auto credentials = provider->Get(stop);
      if (credentials || credentials.error().kind() != ErrorKind::kNotFound) return credentials;
      looked_at += looked_at.empty() ? "" : "; ";
      looked_at += credentials.error().message();
    }
    return Fail(ErrorKind::kUnauthenticated, "no AWS credentials: {}", looked_at);
  }

 private:
  const std::vector<std::unique_ptr<CredentialsProvider>> providers_;
};

class Retried final : public CredentialsProvider {
 public:
  Retried(std::unique_ptr<CredentialsProvider> provider, CredentialRetries retries, Clock& clock)
      : provider_(std::move(provider)), retries_(retries), clock_(clock) {}

  Result<Credentials> Get(std::stop_token stop) override {
    for (int again = 0;; ++again) {
      auto credentials = provider_->Get(stop);
      if (credentials || again >= retries_.count || !MayHelp(credentials.error().kind()))
        return credentials;
      if (!clock_.SleepFor(Wait(again), stop)) return credentials;
    }
  }

 private:
  static bool MayHelp(ErrorKind kind) {
    return kind == ErrorKind::kUnavailable || kind == ErrorKind::kThrottled ||
           kind == ErrorKind::kUnknownOutcome;
  }
  Millis Wait(int again) {
    const int64_t most =
        std::min<int64_t>(retries_.backoff_max.count(), kFirstBackoffMs << std::min(again, 20));
    const std::lock_guard lock(mutex_);
    return Millis(rng_.Between(0, std::max<int64_t>(most, 0)));
  }

  const std::unique_ptr<CredentialsProvider> provider_;
  const CredentialRetries retries_;
  Clock& clock_;
  std::mutex mutex_;
  Rng rng_ = Rng::FromSystem();  // mutex_
};

}  // namespace

std::unique_ptr<CredentialsProvider> RetriedCredentials(
    std::unique_ptr<CredentialsProvider> provider, CredentialRetries retries, Clock& clock) {
  return std::make_unique<Retried>(std::move(provider), retries, clock);
}

std::unique_ptr<CredentialsProvider> StaticCredentials(Credentials credentials) {
  return std::make_unique<Static>(std::move(credentials));
}

std::unique_ptr<CredentialsProvider> EnvironmentCredentials(LookUpVariable variables) {
  return std::make_unique<FromEnvironment>(std::move(variables));
}

std::unique_ptr<CredentialsProvider> FirstOf(
    std::vector<std::unique_ptr<CredentialsProvider>> providers) {
  return std::make_unique<Chain>(std::move(providers));
}

bool CachedCredentials::NeedsRefresh(int64_t now_ms) const {
  if (!kept_) return true;
  return kept_->expires_ms && *kept_->expires_ms - kRefreshBeforeMs <= now_ms &&
         now_ms >= next_try_ms_;
}

Result<Credentials> CachedCredentials::Get(std::stop_token stop) {
  std::lock_guard lock(mutex_);
  const int64_t now_ms = clock_.WallMs();
  if (!NeedsRefresh(now_ms)) return *kept_;
  auto fresh = provider_->Get(stop);
  if (fresh) {
    kept_ = *fresh;
    next_try_ms_ = 0;
    return fresh;
  }
  if (kept_ && *kept_->expires_ms > now_ms) {
    next_try_ms_ = now_ms + kRetryAfterMs;
    return *kept_;
  }
  return fresh;
}

void CachedCredentials::Invalidate() {
  std::lock_guard lock(mutex_);
  kept_.reset();
}

}  // namespace pinlake
