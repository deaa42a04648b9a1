#include "protocol/rest_error.h"

#include <fmt/format.h>

#include "codec/json.h"

namespace pinlake {

std::string RenderRestError(const RestError& error) {
  std::string text = fmt::format("{{\"error_code\":{},\"message\":", error.code);
  AppendJsonString(error.message, &text);
  text += '}';
  return text;
}

}  // namespace pinlake
