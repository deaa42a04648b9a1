// An option whose spaces count.
#pragma once

#include <string>

#include "config/option_table.h"

namespace pinlake {

/// Any text as it is given: a tab is a separator too.
template <typename C, typename M>
Field<C> Verbatim(M C::*member) {
  return option_internal::Make(
      "text", "", member, [](const ConfigEntry& entry) -> Read<std::string> { return entry.value; },
      [](const std::string& value) { return value; });
}

}  // namespace pinlake
