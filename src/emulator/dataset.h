// The generated data set: posts, places and users as the pipeline's source database holds them.
#pragma once

#include <cstdint>
#include <vector>

#include "emulator/row.h"

namespace pinlake {

/// Rows of three tables, made from a seed: row \p number of a table is a pure function of (seed,
/// table, number), so that any number of rows needs no memory and the same seed gives the same
/// bytes on every machine. Holds what real data holds: placeholders, `26k`, `1.5k`, nulls, all of
/// Unicode, users that come back under the same name and age.
class Dataset {
 public:
  static constexpr int64_t kDefaultRows = 11'000;

  /// Rows 0 … \p rows − 1. \p rows at least 1.
  Dataset(int64_t rows, uint64_t seed) : rows_(rows), seed_(seed) {}

  /// pin, geo, user, in the order in which a round posts them.
  static const std::vector<TableDef>& Tables();
  int64_t rows() const { return rows_; }
  /// The row of Tables()[\p table] with \p number. Thread-safe.
  Row At(size_t table, int64_t number) const;

 private:
  int64_t rows_;
  uint64_t seed_;
};

}  // namespace pinlake
