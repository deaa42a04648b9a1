// Certificates of Java trust stores as PEM.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace pinlake::kafka {

/// The trusted certificates in a JKS or PKCS12 store, as PEM texts one after another.
/// JKS: the whole-store digest is checked when \p password is given. kInvalidArgument: neither
/// format, a wrong password, no certificates, or private keys inside a JKS (those are encrypted in
/// a way of Java's own). \see sun.security.provider.JavaKeyStore
Result<std::string> TrustStorePem(std::string_view bytes, std::string_view password);

}  // namespace pinlake::kafka
