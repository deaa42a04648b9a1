// The functions of libduckdb.so that we call, looked up when the first query needs them.
#pragma once

#include <duckdb.h>

#include "base/result.h"

// One row a function; adding one here is all it takes.
// clang-format off
#define PINLAKE_DUCKDB_FUNCTIONS(F) \
  F(array_type_array_size) F(array_type_child_type) F(array_vector_get_child) F(close) \
  F(column_count) F(column_logical_type) F(column_name) F(connect) F(create_config) \
  F(data_chunk_get_column_count) F(data_chunk_get_size) F(data_chunk_get_vector) \
  F(decimal_internal_type) F(decimal_scale) F(destroy_config) F(destroy_data_chunk) \
  F(destroy_extracted) F(destroy_logical_type) F(destroy_pending) F(destroy_prepare) \
  F(destroy_result) F(disconnect) F(enum_dictionary_value) F(enum_internal_type) \
  F(execute_pending) F(extract_statements) F(extract_statements_error) F(fetch_chunk) F(free) \
  F(from_date) F(from_time) F(get_type_id) F(interrupt) F(is_finite_date) F(library_version) \
  F(list_type_child_type) F(list_vector_get_child) F(logical_type_get_alias) \
  F(map_type_key_type) F(map_type_value_type) F(open_ext) F(pending_error) \
  F(pending_execute_task) F(pending_execution_is_finished) F(pending_prepared_streaming) \
  F(prepare_error) F(prepare_extracted_statement) F(result_error) F(set_config) \
  F(string_t_data) F(string_t_length) F(struct_type_child_count) F(struct_type_child_name) \
  F(struct_type_child_type) F(struct_vector_get_child) F(validity_row_is_valid) \
  F(vector_get_column_type) F(vector_get_data) F(vector_get_validity)
// clang-format on

namespace pinlake {

struct DuckLibrary {
#define PINLAKE_DUCKDB_MEMBER(name) decltype(&duckdb_##name) name = nullptr;
  PINLAKE_DUCKDB_FUNCTIONS(PINLAKE_DUCKDB_MEMBER)
#undef PINLAKE_DUCKDB_MEMBER
};

/// Opens the library once for the process. Looked for in $PINLAKE_DUCKDB_LIBRARY, then
/// `../lib/pinlake/libduckdb.so` beside the binary, then where the build found it. kUnavailable
/// names all of them; kUnsupported for another version.
Result<const DuckLibrary*> LoadDuckLibrary();

}  // namespace pinlake
