# Compiler and linker settings for every target of the project.
add_library(pinlake_options INTERFACE)
target_compile_options(pinlake_options INTERFACE -Wall -Wextra -Wpedantic -Werror -fno-omit-frame-pointer)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # GCC 12 reports these falsely inside std::variant, std::optional and std::string at -O2.
  target_compile_options(pinlake_options INTERFACE -Wno-maybe-uninitialized -Wno-restrict
                                                   -Wno-array-bounds -Wno-stringop-overflow
                                                   -Wno-stringop-overread -Wno-missing-field-initializers)
else()
  target_compile_options(pinlake_options INTERFACE -Wno-missing-field-initializers)
endif()
target_include_directories(pinlake_options INTERFACE ${CMAKE_SOURCE_DIR}/src)

set(PINLAKE_SANITIZE "" CACHE STRING "Sanitizers, e.g. address,undefined or thread")
if(PINLAKE_SANITIZE)
  add_compile_options(-fsanitize=${PINLAKE_SANITIZE} -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${PINLAKE_SANITIZE})
endif()
if(NOT PINLAKE_SANITIZE AND CMAKE_BUILD_TYPE STREQUAL "RelWithDebInfo")
  add_compile_options(-fstack-protector-strong)
  add_compile_definitions($<$<COMPILE_LANGUAGE:CXX>:_GLIBCXX_ASSERTIONS>)
  add_link_options(-Wl,-z,relro,-z,now)
endif()

find_program(PINLAKE_CCACHE ccache)
if(PINLAKE_CCACHE)
  set(CMAKE_C_COMPILER_LAUNCHER ${PINLAKE_CCACHE})
  set(CMAKE_CXX_COMPILER_LAUNCHER ${PINLAKE_CCACHE})
endif()
find_program(PINLAKE_MOLD mold)
if(PINLAKE_MOLD)
  add_link_options(-fuse-ld=mold)
endif()
