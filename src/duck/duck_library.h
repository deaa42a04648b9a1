// The functions of libduckdb.so that we call, looked up when the first query needs them.
#pragma once

#include <duckdb.h>

#include "base/result.h"

// One row a function; adding one here is all it takes.
#define PINLAKE_DUCKDB_FUNCTIONS(F)                                                                \
  F(open_ext)                                                                                      \
  F(close) F(connect) F(disconnect) F(interrupt) F(library_version) F(free) F(create_config)       \
      F(set_config) F(destroy_config) F(extract_statements) F(prepare_extracted_statement) F(      \
          destroy_extracted) F(prepare_error) F(destroy_prepare) F(pending_prepared_streaming)     \
          F(pending_error) F(execute_pending) F(destroy_pending) F(pending_execution_is_finished)  \
              F(result_error) F(result_error_type) F(fetch_chunk) F(destroy_data_chunk)            \
                  F(column_count) F(column_name) F(column_logical_type) F(data_chunk_get_size)     \
                      F(data_chunk_get_column_count) F(vector_get_data) F(vector_get_validity)     \
                          F(validity_row_is_valid) F(vector_get_column_type) F(get_type_id)        \
                              F(logical_type_get_alias) F(destroy_logical_type) F(decimal_scale)   \
                                  F(decimal_internal_type) F(enum_internal_type)                   \
                                      F(enum_dictionary_value) F(list_vector_get_child)            \
                                          F(array_vector_get_child) F(array_type_array_size) F(    \
                                              struct_type_child_count) F(struct_type_child_name)   \
                                              F(list_type_child_type) F(map_type_key_type)         \
                                                  F(map_type_value_type) F(struct_type_child_type) \
                                                      F(from_date) F(from_time) F(from_timestamp)  \
                                                          F(is_finite_date) F(is_finite_timestamp) \
                                                              F(string_t_length) F(string_t_data)

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
