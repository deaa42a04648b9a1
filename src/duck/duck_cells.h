// Cells of DuckDB's vectors as text.
#pragma once

#include <vector>

#include "duck/duck.h"
#include "duck/duck_library.h"

namespace pinlake {

/// Reads one column of a chunk. The chunk outlives it.
class DuckCellReader {
 public:
  /// kUnsupported for types without a text here; the message says which cast helps.
  static Result<DuckKind> KindOf(const DuckLibrary& library, duckdb_logical_type type,
                                 std::string_view column);

  DuckCellReader(const DuckLibrary& library, duckdb_vector vector);
  ~DuckCellReader();
  DuckCellReader(DuckCellReader&& other) noexcept;
  DuckCellReader(const DuckCellReader&) = delete;

  bool IsNull(idx_t row) const;
  /// The text of a cell that is not null.
  void Append(idx_t row, std::string* out) const;
  /// The cell inside of a JSON text, null included.
  void AppendJson(idx_t row, std::string* out) const;

 private:
  template <typename T>
  const T& At(idx_t row) const {
    return static_cast<const T*>(data_)[row];
  }
  template <typename T>
  void AppendNumber(idx_t row, std::string* out) const;
  void AppendDecimal(idx_t row, std::string* out) const;
  void AppendEnum(idx_t row, std::string* out) const;
  void AppendTimestamp(idx_t row, int64_t units_per_second, std::string_view zone,
                       std::string* out) const;
  void AppendList(uint64_t offset, uint64_t length, std::string* out) const;
  void AppendStruct(idx_t row, std::string* out) const;
  void AppendMap(idx_t row, std::string* out) const;
  std::string_view Text(idx_t row) const;
  bool IsQuotedInJson() const;

  const DuckLibrary* library_;
  duckdb_logical_type type_ = nullptr;
  duckdb_type id_ = DUCKDB_TYPE_INVALID;
  bool is_json_ = false;
  void* data_ = nullptr;
  uint64_t* validity_ = nullptr;
  std::vector<DuckCellReader> children_;
  std::vector<std::string> child_names_;
};

}  // namespace pinlake
