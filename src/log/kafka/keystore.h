// Key stores of clients, looked at before librdkafka does: it does not say which password is wrong.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace pinlake::kafka {

struct KeyStoreProblem {
  std::string_view property;  ///< the one to correct, e.g. "ssl.key.password"
  std::string text;           ///< what is wrong and what to do; holds no secret
};

/// What keeps the PKCS12 or PEM store \p bytes from being used; none: it holds a private key and a
/// certificate, and the passwords open them. \p location is for the texts. A JKS store is refused
/// with the command that converts it.
std::optional<KeyStoreProblem> FindKeyStoreProblem(std::string_view bytes,
                                                   const std::string& location,
                                                   const std::string& store_password,
                                                   const std::string& key_password);

/// Whether \p bytes are a PEM text rather than a binary store.
bool IsPem(std::string_view bytes);

}  // namespace pinlake::kafka
