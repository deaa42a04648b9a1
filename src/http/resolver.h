// Host names to addresses, without waiting longer than asked.
#pragma once

#include <sys/socket.h>

#include <stop_token>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace pinlake {

struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t size = 0;
};

/// The addresses of \p host in the system's order of preference. Addresses in digits and names
/// under `localhost` (RFC 6761) ask nobody. A name that was found is remembered for five seconds.
///
/// kUnavailable: no such name, or no answer until \p deadline (of SystemClock().Steady());
/// kCancelled.
Result<std::vector<SocketAddress>> Resolve(const std::string& host, uint16_t port, Micros deadline,
                                           std::stop_token stop);

}  // namespace pinlake
