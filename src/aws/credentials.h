// Who signs: keys, where they come from, and how long they hold.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "base/secret.h"

namespace pinlake {

struct Credentials {
  std::string access_key_id;
  Secret secret_access_key;
  Secret session_token;               ///< empty for keys that last
  std::optional<int64_t> expires_ms;  ///< milliseconds since 1970; none: never
  std::string source;                 ///< "environment", "profile x of FILE": for messages
  bool operator==(const Credentials&) const = default;
};

/// A source of credentials. Thread-safe.
class CredentialsProvider {
 public:
  virtual ~CredentialsProvider() = default;
  /// kNotFound: this source has none, the message says what was looked at; others may be asked.
  /// kInvalidArgument, kUnsupported: it names credentials that cannot be used; nobody else is
  /// asked.
  virtual Result<Credentials> Get(std::stop_token stop = {}) = 0;
};

using LookUpVariable = std::function<std::optional<std::string>(const std::string& name)>;

/// Given ones.
std::unique_ptr<CredentialsProvider> StaticCredentials(Credentials credentials);

/// AWS_ACCESS_KEY_ID (or AWS_ACCESS_KEY), AWS_SECRET_ACCESS_KEY (or AWS_SECRET_KEY) and
/// AWS_SESSION_TOKEN. kInvalidArgument: one of the two keys without the other.
std::unique_ptr<CredentialsProvider> EnvironmentCredentials(LookUpVariable variables);

/// The first of \p providers that has any. kUnauthenticated lists what each one looked at.
std::unique_ptr<CredentialsProvider> FirstOf(
    std::vector<std::unique_ptr<CredentialsProvider>> providers);

struct CredentialRetries {
  int count = 3;  ///< after the first try; 0: none
  Millis backoff_max{
      5000};  ///< the span doubles from half a second up to this; the wait is anything below it
};

/// Asks \p provider again where that may help: kUnavailable, kThrottled, kUnknownOutcome. \p clock
/// outlives it.
std::unique_ptr<CredentialsProvider> RetriedCredentials(
    std::unique_ptr<CredentialsProvider> provider, CredentialRetries retries, Clock& clock);

/// Keeps what \p provider gave. Those that expire are asked for again five minutes before; if that
/// does not work and they still hold, they go on being used, and the next try waits a minute.
/// Invalidate() asks anew at the next call, e.g. after the other side called them expired.
class CachedCredentials final : public CredentialsProvider {
 public:
  CachedCredentials(std::unique_ptr<CredentialsProvider> provider, Clock& clock)
      : provider_(std::move(provider)), clock_(clock) {}
  Result<Credentials> Get(std::stop_token stop = {}) override;
  void Invalidate();

 private:
  bool NeedsRefresh(int64_t now_ms) const;

  const std::unique_ptr<CredentialsProvider> provider_;
  Clock& clock_;
  std::mutex mutex_;
  std::optional<Credentials> kept_;
  int64_t next_try_ms_ = 0;
};

}  // namespace pinlake
