// Where a MySQL or MariaDB server is and how to talk to it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/disk.h"
#include "base/result.h"
#include "base/secret.h"

namespace pinlake {

enum class MySqlTls {
  kAuto,  ///< verify, but off for loopback and sockets
  kOff,
  kRequire,  ///< encrypted; whoever answers is believed
  kVerify,   ///< encrypted; the certificate must be trusted and name the host
};

struct MySqlAddress {
  std::string user;
  std::string host;  ///< empty with a socket
  uint16_t port = 3306;
  Path socket;
  std::string database;
  Secret password;
  MySqlTls tls = MySqlTls::kAuto;
  Path ca_file;  ///< PEM; empty: the system's

  /// kOff, kRequire or kVerify.
  MySqlTls EffectiveTls() const;
  /// "mysql://user@host:port/database", for messages. Without the password.
  std::string Describe() const;
};

/// Parses `mysql://user@host[:port]/database[?socket=/path]`; parts may hold %XX. kInvalidArgument:
/// among others a password in the address, because other users of the machine see command lines.
Result<MySqlAddress> ParseMySqlAddress(std::string_view text);

/// The password: the first line of \p file if one is named, else the environment's \p variable
/// (empty name: PINLAKE_MYSQL_PASSWORD, if set), else none.
/// kInvalidArgument: a named variable that is not set; both are named. Errors of reading the file.
Result<Secret> ReadMySqlPassword(const Path& file, const std::string& variable);

/// A table to read rounds from: `pinterest_data:index=pin` is table, number column and topic
/// suffix.
struct MySqlTable {
  std::string name;
  std::string number_column;
  std::string topic_suffix;
  bool operator==(const MySqlTable&) const = default;
};

/// Each of \p texts as `table:column=suffix`. kInvalidArgument.
Result<std::vector<MySqlTable>> ParseMySqlTables(const std::vector<std::string>& texts);
/// The data set's own: pinterest_data:index=pin, geolocation_data:ind=geo, user_data:ind=user.
std::vector<MySqlTable> DatasetMySqlTables();

}  // namespace pinlake
