#include "aws/msk_iam.h"

#include <span>

#include "aws/sigv4.h"

namespace pinlake {
namespace {

std::string Base64Url(std::string_view text) {
  const auto* data = reinterpret_cast<const unsigned char*>(text.data());
  std::string encoded = Base64(std::span<const unsigned char>(data, text.size()));
  while (encoded.ends_with('=')) encoded.pop_back();
  for (char& c : encoded) {
    if (c == '+') c = '-';
    if (c == '/') c = '_';
  }
  return encoded;
}

}  // namespace

MskToken SignMskToken(const Credentials& credentials, std::string_view region, int64_t wall_ms,
                      std::string_view user_agent) {
  SigV4Signer signer(std::string(region), "kafka-cluster", {});
  const std::string host = fmt::format("kafka.{}.amazonaws.com", region);
  const std::string query =
      signer.PresignedQuery(credentials, wall_ms, "GET", host, "/",
                            {{"Action", "kafka-cluster:Connect"}}, kMskTokenSeconds);
  const std::string url =
      fmt::format("https://{}/?{}&User-Agent={}", host, query, UriEncode(user_agent, false));
  return {Secret(Base64Url(url)), (wall_ms / 1000 + kMskTokenSeconds) * 1000};
}

}  // namespace pinlake
