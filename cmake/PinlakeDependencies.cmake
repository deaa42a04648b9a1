# Third-party libraries. Debian's come from the system, the others from build/deps, where
# scripts/bootstrap puts them. docs/dependencies.md says why each is here.
find_package(fmt REQUIRED)
find_package(tl-expected REQUIRED)
find_package(OpenSSL REQUIRED)
find_package(Threads REQUIRED)
find_package(ZLIB REQUIRED)
set(PINLAKE_DEPS ${CMAKE_SOURCE_DIR}/build/deps CACHE PATH "Where scripts/bootstrap put the fetched parts")

# yyjson: two files, compiled as they come.
if(EXISTS ${PINLAKE_DEPS}/yyjson/yyjson.c)
  add_library(yyjson STATIC ${PINLAKE_DEPS}/yyjson/yyjson.c)
  target_include_directories(yyjson SYSTEM PUBLIC ${PINLAKE_DEPS}/yyjson)
  target_compile_options(yyjson PRIVATE -O2)
endif()
