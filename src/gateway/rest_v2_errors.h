// What the kinds of errors are in REST Proxy v2: the one place.
#pragma once

#include "base/result.h"
#include "protocol/rest_error.h"
#include "protocol/rest_v2_produce.h"

namespace pinlake {

/// For a request about a topic as a whole.
RestError RestErrorOf(const Error& error);

/// For a request about a consumer instance.
RestError ConsumerErrorOf(const Error& error);

/// For one record of a produce request.
RecordRefusal RecordRefusalOf(const Error& error);

}  // namespace pinlake
