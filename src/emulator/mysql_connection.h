// One connection to MySQL or MariaDB, and its answers as cells.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "emulator/mysql_address.h"
#include "emulator/row.h"

namespace pinlake {

struct MySqlAnswer {
  std::vector<ColumnDef> columns;
  std::vector<Row> rows;
};

/// Not thread-safe. Errors of every call: kUnavailable (no server, connection lost: a new
/// connection may help), kUnauthenticated, kPermissionDenied, kNotFound (database, table),
/// kInvalidArgument (column, syntax). Messages name the server's address, never the password.
class MySqlConnection {
 public:
  /// Waits at most 10 s. Passwords are sent in no plugin's clear text; no local file is ever sent.
  static Result<std::unique_ptr<MySqlConnection>> Open(const MySqlAddress& address);
  ~MySqlConnection();

  Status Execute(const std::string& sql);
  /// Numbers keep the digits that the server writes (doubles get a `.0` if they have none, as in
  /// Python); date-times are `YYYY-MM-DD HH:MM:SS`, without fractions; binary columns are
  /// hexadecimal digits.
  Result<MySqlAnswer> Query(const std::string& sql);
  /// `'it\'s'`, NULL or digits.
  std::string Literal(const Cell& cell);
  /// "TLSv1.3", or empty without TLS.
  std::string TlsVersion() const;

 private:
  struct Impl;
  explicit MySqlConnection(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

/// `` `na``me` ``.
std::string MySqlName(std::string_view name);

}  // namespace pinlake
