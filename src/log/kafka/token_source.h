// Where the tokens of SASL/OAUTHBEARER come from.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "aws/credentials.h"
#include "aws/msk_iam.h"
#include "log/kafka/client_properties.h"

namespace pinlake::kafka {

/// A fresh token. Thread-safe; called by threads of librdkafka, may block for seconds.
using TokenSource = std::function<Result<MskToken>()>;

/// "us-east-1" of "b-1.x.kafka.us-east-1.amazonaws.com:9098,…": the first label that looks like an
/// AWS region; empty if none does.
std::string RegionOfBrokers(std::string_view servers);

/// Tokens for MSK by the options of IAMLoginModule. The region is that of \p servers, else the one
/// in force. Options without effect go to \p warnings. kInvalidArgument: no region.
/// \see docs/kafka.md
Result<TokenSource> MskTokenSource(const MskIamOptions& iam, std::string_view servers,
                                   const LookUpVariable& variables,
                                   std::vector<std::string>* warnings);

}  // namespace pinlake::kafka
