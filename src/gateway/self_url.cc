#include "gateway/self_url.h"

#include <fmt/format.h>

#include "gateway/request_path.h"

namespace pinlake {
namespace {

// TLS is ended before this process, if anywhere.
constexpr std::string_view kScheme = "http://";

std::string Authority(const Call& call) {
  const GatewayOptions& options = call.context.options;
  for (const std::string& listener : options.advertised_listeners) {
    if (listener.starts_with(kScheme)) return listener.substr(kScheme.size());
  }
  if (!options.host_name.empty()) return options.host_name;
  const auto host = call.request.head.Find("host");
  return host && !host->empty() ? std::string(*host) : options.listen;
}

}  // namespace

std::string SelfUrl(const Call& call) {
  return fmt::format("{}{}{}", kScheme, Authority(call),
                     BasePathOf(call.request.head.target(), call.context.options.base_paths));
}

}  // namespace pinlake
