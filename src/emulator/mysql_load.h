// The generated data set into a MySQL or MariaDB database.
#pragma once

#include <functional>
#include <stop_token>

#include "emulator/dataset.h"
#include "emulator/mysql_address.h"

namespace pinlake {

struct MySqlLoadOptions {
  MySqlAddress address;
  int64_t rows = Dataset::kDefaultRows;
  uint64_t seed = 1;
  bool replace = false;  ///< drop tables of these names that the data set did not make
};

struct MySqlLoadedTable {
  std::string name;
  int64_t rows = 0;
  bool was_there = false;  ///< already held exactly these rows; nothing was done
};

/// Makes the tables of Dataset::Tables() and fills them. A table's comment says what it holds, so
/// that a second run does nothing and one that was cut off is begun anew. kAlreadyExists: a table
/// of that name that the data set did not make, without \p replace. \p progress gets table and rows
/// so far.
Result<std::vector<MySqlLoadedTable>> LoadDataset(
    const MySqlLoadOptions& options, std::stop_token stop,
    const std::function<void(const std::string&, int64_t)>& progress = {});

}  // namespace pinlake
