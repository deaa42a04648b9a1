// Cross-origin requests from web pages.
#pragma once

#include <string>
#include <vector>

#include "gateway/gateway_options.h"
#include "http/server_message.h"

namespace pinlake {

/// Adds to \p answer what tells a browser that the page that sent \p request may read it; nothing
/// without the option, without an Origin, or for one that is not allowed. Credentials are never
/// allowed. \see Jetty's CrossOriginFilter, which the original uses.
void AddCorsFields(const GatewayOptions& options, const RequestHead& request, Answer* answer);

}  // namespace pinlake
