// The flags of commands that talk to MySQL or MariaDB.
#pragma once

#include <string>

#include "config/option_table.h"
#include "emulator/mysql_address.h"

namespace pinlake {

/// A flags struct derives from this and puts the rows below into its table.
struct MySqlFlags {
  std::string password_file, password_env, tls_ca;
  MySqlTls tls = MySqlTls::kAuto;
};

template <typename C>
Option<C> PasswordFileRow() {
  return {.name = "password-file",
          .field = Text(static_cast<std::string C::*>(&C::password_file)),
          .fallback = "",
          .doc = "File whose first line is the database's password."};
}
template <typename C>
Option<C> PasswordEnvRow() {
  return {.name = "password-env",
          .field = Text(static_cast<std::string C::*>(&C::password_env)),
          .fallback = "",
          .doc =
              "Variable of the environment that holds the database's password; "
              "PINLAKE_MYSQL_PASSWORD if none is named."};
}
template <typename C>
Option<C> TlsRow() {
  return {.name = "tls",
          .field = Enum(static_cast<MySqlTls C::*>(&C::tls), {{"auto", MySqlTls::kAuto},
                                                              {"off", MySqlTls::kOff},
                                                              {"require", MySqlTls::kRequire},
                                                              {"verify", MySqlTls::kVerify}}),
          .fallback = "auto",
          .doc = "Encryption to the database. auto: verify, but off for loopback and sockets."};
}
template <typename C>
Option<C> TlsCaRow() {
  return {.name = "tls-ca",
          .field = Text(static_cast<std::string C::*>(&C::tls_ca)),
          .fallback = "",
          .doc = "PEM file of the authorities that the database's certificate is checked against."};
}

/// \p text as an address with what the flags say. kInvalidArgument.
Result<MySqlAddress> MySqlAddressOf(const std::string& text, const MySqlFlags& flags);

}  // namespace pinlake
