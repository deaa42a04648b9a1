// Where clients reach this gateway, for the addresses in answers.
#pragma once

#include <string>

#include "gateway/call.h"

namespace pinlake {

/// "http://host:port" and the base path that the request came by, without a slash at the end. The
/// first of `advertised.listeners`, else `host.name` and `port`, else the request's Host.
std::string SelfUrl(const Call& call);

}  // namespace pinlake
