// The tables of a MySQL or MariaDB database as a source of rows.
#pragma once

#include "base/clock.h"
#include "emulator/mysql_address.h"
#include "emulator/row_source.h"

namespace pinlake {

struct MySqlSourceOptions {
  MySqlAddress address;
  std::vector<MySqlTable> tables;
  /// How long a lost server is tried to be reached again.
  Millis reconnect_for{60'000};
};

/// Looks rows up by the tables' number columns. Where the first table has no such column, by place,
/// as the reference's script does (`LIMIT n, 1`).
class MySqlSource final : public RowSource {
 public:
  /// Connects once: counts, and finds what is wrong with address, password and tables.
  static Result<std::unique_ptr<MySqlSource>> Open(MySqlSourceOptions options, Clock& clock,
                                                   std::stop_token stop);

  const std::vector<std::string>& topic_suffixes() const override { return suffixes_; }
  int64_t first_number() const override { return first_; }
  int64_t last_number() const override { return last_; }
  Result<std::unique_ptr<RowReader>> NewReader(std::stop_token stop) override;
  std::string Describe() const override { return options_.address.Describe(); }

 private:
  MySqlSource(MySqlSourceOptions options, Clock& clock)
      : options_(std::move(options)), clock_(clock) {}
  Status FindNumbers(std::stop_token stop);

  const MySqlSourceOptions options_;
  Clock& clock_;
  std::vector<std::string> suffixes_;
  bool by_place_ = false;
  int64_t first_ = 0;
  int64_t last_ = 0;
};

}  // namespace pinlake
