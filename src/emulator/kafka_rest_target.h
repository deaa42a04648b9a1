// Posts to a Kafka REST Proxy (v2), as the reference's script does.
#pragma once

#include "emulator/post_target.h"
#include "http/client.h"
#include "http/url.h"

namespace pinlake {

/// `POST <base>/topics/<topic>` with `application/vnd.kafka.json.v2+json` and
/// `{"records": [{"value": …}, …]}`.
/// \see reference/rest-proxy.md section 4 for the answers.
class KafkaRestTarget final : public PostTarget {
 public:
  /// \p client outlives the target.
  KafkaRestTarget(HttpClient& client, HttpUrl base);
  PostOutcome Post(std::string_view topic, const std::vector<std::string_view>& values) override;
  std::string Show(std::string_view topic,
                   const std::vector<std::string_view>& values) const override;

 private:
  ClientRequest Request(std::string_view topic) const;

  HttpClient& client_;
  const HttpUrl base_;
  const std::string prefix_;  ///< path of the base without a slash at its end
};

/// The body for \p values.
std::string ProduceBody(const std::vector<std::string_view>& values);
/// Reads the answer to a request with \p records records. An answer that does not fit makes all of
/// them retriable and the outcome ambiguous.
PostOutcome ReadProduceAnswer(const ClientResponse& answer, size_t records);

}  // namespace pinlake
