#include "gateway/cors.h"

#include <algorithm>

namespace pinlake {
namespace {

constexpr std::string_view kPreflightSeconds = "1800";

std::string Joined(const std::vector<std::string>& items) {
  std::string out;
  for (const auto& item : items) out.append(out.empty() ? "" : ",").append(item);
  return out;
}

bool Contains(const std::vector<std::string>& items, std::string_view item) {
  return std::find(items.begin(), items.end(), item) != items.end();
}

}  // namespace

void AddCorsFields(const GatewayOptions& options, const RequestHead& request, Answer* answer) {
  if (options.cors_origins.empty()) return;
  const auto origin = request.Find("origin");
  const bool any = Contains(options.cors_origins, "*");
  if (!any) answer->fields.emplace_back("Vary", "Origin");
  if (!origin || (!any && !Contains(options.cors_origins, *origin))) return;
  answer->fields.emplace_back("Access-Control-Allow-Origin", any ? "*" : std::string(*origin));
  if (request.method() == "OPTIONS" && request.Find("access-control-request-method")) {
    answer->fields.emplace_back("Access-Control-Max-Age", kPreflightSeconds);
    answer->fields.emplace_back("Access-Control-Allow-Methods", Joined(options.cors_methods));
    answer->fields.emplace_back("Access-Control-Allow-Headers", Joined(options.cors_headers));
  } else if (!options.cors_exposed.empty()) {
    answer->fields.emplace_back("Access-Control-Expose-Headers", Joined(options.cors_exposed));
  }
}

}  // namespace pinlake
