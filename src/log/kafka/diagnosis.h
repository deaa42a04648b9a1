// What stands behind trouble with a connection, in the words of the properties that a user has
// written.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace pinlake::kafka {

/// What was asked for.
struct ConnectionFacts {
  std::string protocol;   ///< librdkafka's name; empty: plaintext
  std::string mechanism;  ///< empty: no SASL
  bool msk = false;       ///< signs in with tokens of MSK
};

struct Diagnosis {
  ErrorKind kind = ErrorKind::kUnavailable;
  /// Asking again is answered the same.
  bool final = false;
  /// "property: cause; what to do".
  std::string text;
};

/// \p said is librdkafka's text of a connection's error, "" if brokers were silent. What no row
/// knows gets a text with the property `bootstrap.servers`. Pure.
Diagnosis Diagnose(std::string_view said, const ConnectionFacts& facts);

/// The other side ended the connection, which says little; how it is told depends on what was under
/// way just then.
bool WasCut(std::string_view said);

/// \p said without how long it took and how often it was seen.
std::string_view WithoutCounts(std::string_view said);

/// How the text of a refused certificate begins; what OpenSSL has against it follows.
inline constexpr std::string_view kCertificateRefused = "broker certificate refused: ";

}  // namespace pinlake::kafka
