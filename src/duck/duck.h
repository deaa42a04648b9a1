// DuckDB, behind plain values: the one place that talks to it. Its library is opened on first use.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/disk.h"
#include "base/result.h"

namespace pinlake {

struct DuckOptions {
  uint64_t memory_bytes_max = uint64_t{512} << 20;
  /// Where DuckDB spills what is over memory_bytes_max. Made if absent.
  Path temp_directory;
  /// 0: one per core.
  int threads = 0;
};

/// What the text of a cell means.
enum class DuckKind {
  kBoolean,  ///< true, false
  kInteger,  ///< any width, digits
  kDecimal,  ///< digits with a point, exact
  kReal,     ///< shortest digits that give the same double; nan, inf, -inf
  kText,     ///< text, dates (2026-11-22), date-times (2026-11-22 10:00:00[.ffffff]), UUIDs, ...
  kJson,     ///< lists, structs and maps, and DuckDB's JSON type: JSON
};

struct DuckColumn {
  std::string name;
  DuckKind kind = DuckKind::kText;
  bool operator==(const DuckColumn&) const = default;
};

/// None is NULL.
using DuckCell = std::optional<std::string>;
using DuckRow = std::vector<DuckCell>;

struct DuckTable {
  std::vector<DuckColumn> columns;
  std::vector<DuckRow> rows;
};

/// Gets the rows of an answer as they come.
class DuckRowSink {
 public:
  virtual ~DuckRowSink() = default;
  /// Once, before the first row. An error ends the query.
  virtual Status OnColumns(const std::vector<DuckColumn>& columns) = 0;
  virtual Status OnRow(const DuckRow& row) = 0;
};

/// A database in memory that spills to a directory of its own. Extensions are neither installed nor
/// loaded by themselves. One caller at a time.
/// Errors: kInvalidArgument (the SQL; DuckDB's sentence), kOutOfSpace (memory or disk),
/// kCancelled, kUnavailable (no library).
class Duck {
 public:
  static Result<std::unique_ptr<Duck>> Open(const DuckOptions& options);
  ~Duck();

  /// Runs one statement or several and drops their answers.
  Status Execute(std::string_view sql, std::stop_token stop = {});
  /// Runs exactly one statement and hands over its answer row by row, in bounded memory.
  Status Stream(std::string_view sql, DuckRowSink& sink, std::stop_token stop = {});
  /// The whole answer, at most \p rows_max rows: more is kOutOfSpace.
  Result<DuckTable> Query(std::string_view sql, std::stop_token stop = {},
                          size_t rows_max = 1'000'000);
  /// From here on no SQL reaches a file, the network, an extension or the configuration.
  Status Seal();

 private:
  struct Impl;
  explicit Duck(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

/// `it''s` between single quotes.
std::string SqlText(std::string_view text);
/// `a ""b""` between double quotes.
std::string SqlName(std::string_view name);

}  // namespace pinlake
