// The REST Proxy's error object.
#pragma once

#include <string>
#include <string_view>

namespace pinlake {

/// `{"error_code":…,"message":"…"}` with an HTTP status. Codes of five digits begin with the
/// status, but for 40001.
struct RestError {
  int status = 500;
  int code = 500;
  std::string message;
  bool operator==(const RestError&) const = default;
};

std::string RenderRestError(const RestError& error);

}  // namespace pinlake
