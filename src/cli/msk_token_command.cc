#include <fmt/format.h>

#include <cstdio>

#include "aws/iso_time.h"
#include "aws/msk_iam.h"
#include "aws/profile_credentials.h"
#include "base/clock.h"
#include "cli/commands.h"
#include "config/interpolation.h"
#include "config/option_table.h"

namespace pinlake {
namespace {

struct Flags {
  std::string region, user_agent, profile;
  std::optional<std::string> signing_time;
  bool json = false;
};

const OptionTable<Flags>& Table() {
  using C = Flags;
  static const OptionTable<C> table{
      {.name = "region",
       .field = Text(&C::region),
       .fallback = "",
       .doc = "Region of the cluster. None: AWS_REGION, else the profile's."},
      {.name = "signing-time",
       .field = Text(&C::signing_time, 1),
       .doc = "Sign as of then: 2024-03-01T12:30:45Z. None: now."},
      {.name = "user-agent",
       .field = Text(&C::user_agent, 1),
       .fallback = "pinlake",
       .doc = "Told to the broker, not signed."},
      {.name = "profile",
       .field = Text(&C::profile),
       .fallback = "",
       .doc = "AWS profile to sign with. None: the usual chain."},
      {.name = "json",
       .field = Bool(&C::json),
       .fallback = "false",
       .doc = "Print token and expiry as JSON."},
  };
  return table;
}

/// A name that can stand in a host name.
bool IsRegion(const std::string& text) {
  return !text.empty() &&
         text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") == std::string::npos;
}

int Run(const CommandCall& call) {
  const auto parsed = Table().Parse(call.flags);
  if (!parsed) return WrongUsage(call, parsed.error());
  const Flags& flags = parsed->config;
  const LookUpVariable variables = ProcessEnvironment();
  const std::string region = flags.region.empty()
                                 ? RegionInForce(FindProfile(flags.profile, variables), variables)
                                 : flags.region;
  if (!IsRegion(region)) {
    return WrongUsage(call, Error(ErrorKind::kInvalidArgument,
                                  "--region: '" + region + "' is no AWS region; write us-east-1"));
  }
  int64_t now_ms = SystemClock().WallMs();
  if (flags.signing_time) {
    const auto at = ParseIsoTime(*flags.signing_time);
    if (!at) {
      return WrongUsage(
          call, Error(ErrorKind::kInvalidArgument, "--signing-time: '" + *flags.signing_time +
                                                       "' is not a time (2024-03-01T12:30:45Z)"));
    }
    now_ms = *at;
  }
  const auto credentials = DefaultCredentials(flags.profile, variables, SystemClock())->Get();
  if (!credentials) return Failed(call, credentials.error());
  const MskToken token = SignMskToken(*credentials, region, now_ms, flags.user_agent);
  // The token is what was asked for. It is base64url: nothing to escape.
  const std::string text =
      flags.json ? fmt::format("{{\"token\":\"{}\",\"expires_ms\":{}}}\n", token.token.reveal(),
                               token.expires_ms)
                 : fmt::format("{}\nexpires_ms {}\n", token.token.reveal(), token.expires_ms);
  std::fputs(text.c_str(), stdout);
  return 0;
}

}  // namespace

Command MskTokenCommand() {
  return {
      .name = "msk-token",
      .summary = "Prints a token with which a Kafka client signs in to Amazon MSK.",
      .details =
          "For SASL/OAUTHBEARER; it holds for 15 minutes. Asks no broker. Whoever has the token "
          "can sign in with it.\n\n"
          "  pinlake msk-token --region us-east-1 --json",
      .options = []() -> const OptionRows& { return Table().rows(); },
      .log_level = LogLevel::kWarn,
      .run = Run};
}

}  // namespace pinlake
