#include "http/resolver.h"

#include <netdb.h>
#include <netinet/in.h>

#include <condition_variable>
#include <cstring>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>

namespace pinlake {
namespace {

constexpr Micros kRemember = std::chrono::seconds(5);
constexpr size_t kNamesMax = 256;

using Addresses = std::vector<SocketAddress>;

/// One question to the system, shared by all who ask it meanwhile. The system's call can't be
/// interrupted, so it has a thread of its own that nobody waits for.
struct Lookup {
  std::mutex mutex;
  std::condition_variable_any answered;
  std::optional<Result<Addresses>> answer;
  Micros answered_at{};
};

Result<Addresses> Ask(const std::string& host, int flags) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = flags;
  addrinfo* found = nullptr;
  const int code = ::getaddrinfo(host.c_str(), nullptr, &hints, &found);
  if (code != 0) {
    return Fail(ErrorKind::kUnavailable, "host name {}: {}", host,
                code == EAI_SYSTEM ? std::strerror(errno) : ::gai_strerror(code));
  }
  const std::unique_ptr<addrinfo, void (*)(addrinfo*)> owner(found, &::freeaddrinfo);
  Addresses addresses;
  for (const addrinfo* at = found; at != nullptr; at = at->ai_next) {
    SocketAddress address;
    std::memcpy(&address.storage, at->ai_addr, at->ai_addrlen);
    address.size = at->ai_addrlen;
    addresses.push_back(address);
  }
  return addresses;
}

class Names {
 public:
  std::shared_ptr<Lookup> Of(const std::string& host) {
    std::lock_guard lock(mutex_);
    auto& lookup = lookups_[host];
    if (lookup && Usable(*lookup)) return lookup;
    if (lookups_.size() > kNamesMax)
      std::erase_if(lookups_, [&](const auto& e) { return e.first != host; });
    auto fresh = std::make_shared<Lookup>();
    lookups_[host] = fresh;
    std::thread([fresh, host] {
      auto answer = Ask(host, AI_ADDRCONFIG);
      std::lock_guard answer_lock(fresh->mutex);
      fresh->answer = std::move(answer);
      fresh->answered_at = SystemClock().Steady();
      fresh->answered.notify_all();
    }).detach();
    return fresh;
  }

 private:
  static bool Usable(Lookup& lookup) {
    std::lock_guard lock(lookup.mutex);
    if (!lookup.answer) return true;
    return *lookup.answer && SystemClock().Steady() - lookup.answered_at < kRemember;
  }

  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<Lookup>> lookups_;
};

Result<Addresses> Loopback() {
  auto v6 = Ask("::1", AI_NUMERICHOST);
  auto v4 = Ask("127.0.0.1", AI_NUMERICHOST);
  Addresses both = v4 ? *v4 : Addresses{};
  if (v6) both.insert(both.end(), v6->begin(), v6->end());
  return both;
}

Result<Addresses> Wait(const std::string& host, Micros deadline, std::stop_token stop) {
  // Never destroyed: a detached lookup may still be running when the process ends.
  static Names& names = *new Names;
  const std::shared_ptr<Lookup> lookup = names.Of(host);
  std::unique_lock lock(lookup->mutex);
  const Micros left = deadline - SystemClock().Steady();
  lookup->answered.wait_for(lock, stop, left, [&] { return lookup->answer.has_value(); });
  if (lookup->answer) return *lookup->answer;
  if (stop.stop_requested()) {
    return Fail(ErrorKind::kCancelled, "host name {}: stopped while looking it up", host);
  }
  return Fail(ErrorKind::kUnavailable, "host name {}: no answer from the name server in time",
              host);
}

void SetPort(SocketAddress& address, uint16_t port) {
  if (address.storage.ss_family == AF_INET6) {
    reinterpret_cast<sockaddr_in6&>(address.storage).sin6_port = htons(port);
  } else {
    reinterpret_cast<sockaddr_in&>(address.storage).sin_port = htons(port);
  }
}

}  // namespace

Result<std::vector<SocketAddress>> Resolve(const std::string& host, uint16_t port, Micros deadline,
                                           std::stop_token stop) {
  Result<Addresses> addresses =
      host == "localhost" || host.ends_with(".localhost") ? Loopback() : Ask(host, AI_NUMERICHOST);
  if (!addresses) addresses = Wait(host, deadline, std::move(stop));
  if (!addresses) return addresses;
  for (SocketAddress& address : *addresses) SetPort(address, port);
  return addresses;
}

}  // namespace pinlake
