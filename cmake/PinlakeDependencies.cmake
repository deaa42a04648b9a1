# Third-party libraries. Debian's come from the system, the others from build/deps, where
# scripts/bootstrap puts them. docs/dependencies.md says why each is here.
find_package(fmt REQUIRED)
find_package(tl-expected REQUIRED)
find_package(OpenSSL REQUIRED)
find_package(Threads REQUIRED)
find_package(ZLIB REQUIRED)
set(PINLAKE_DEPS ${CMAKE_SOURCE_DIR}/build/deps CACHE PATH "Where scripts/bootstrap put the fetched parts")

if(NOT EXISTS ${PINLAKE_DEPS}/duckdb/duckdb.h)
  execute_process(COMMAND ${CMAKE_SOURCE_DIR}/scripts/bootstrap --link-only)
endif()
if(NOT EXISTS ${PINLAKE_DEPS}/yyjson/yyjson.c OR NOT EXISTS ${PINLAKE_DEPS}/duckdb/duckdb.h)
  message(FATAL_ERROR "${PINLAKE_DEPS} lacks fetched parts; run scripts/bootstrap")
endif()

# yyjson: two files, compiled as they come.
add_library(yyjson STATIC ${PINLAKE_DEPS}/yyjson/yyjson.c)
target_include_directories(yyjson SYSTEM PUBLIC ${PINLAKE_DEPS}/yyjson)
target_compile_options(yyjson PRIVATE -O2)

# DuckDB: its header only. The library is opened when the first query needs it: beside the binary, or here.
add_library(duckdb_header INTERFACE)
target_include_directories(duckdb_header SYSTEM INTERFACE ${PINLAKE_DEPS}/duckdb)
target_compile_definitions(duckdb_header INTERFACE PINLAKE_DUCKDB_LIBRARY="${PINLAKE_DEPS}/duckdb/lib/libduckdb.so")
target_link_libraries(duckdb_header INTERFACE ${CMAKE_DL_LIBS})

# librdkafka: the static library that scripts/bootstrap compiled.
if(EXISTS ${PINLAKE_DEPS}/librdkafka/lib/librdkafka.a)
  add_library(rdkafka STATIC IMPORTED)
  set_target_properties(rdkafka PROPERTIES IMPORTED_LOCATION ${PINLAKE_DEPS}/librdkafka/lib/librdkafka.a)
  target_include_directories(rdkafka SYSTEM INTERFACE ${PINLAKE_DEPS}/librdkafka/include)
  target_link_libraries(rdkafka INTERFACE OpenSSL::SSL OpenSSL::Crypto ZLIB::ZLIB zstd Threads::Threads m dl)
endif()
