# tessera::build_info: the header tessera_build_info.hpp with what `tessera info` and reports say about
# this build. Written anew by every build, so the commit is never that of the last configuration; its
# date moves only when its text does.
string(JOIN " " build_info_compiler ${CMAKE_CXX_COMPILER_ID} ${CMAKE_CXX_COMPILER_VERSION})
set(build_info_header ${PROJECT_BINARY_DIR}/generated/tessera_build_info.hpp)
add_custom_target(tessera_write_build_info
  COMMAND ${CMAKE_COMMAND} -D OUT=${build_info_header} -D SOURCE_DIR=${PROJECT_SOURCE_DIR}
          -D VERSION=${PROJECT_VERSION} -D "COMPILER=${build_info_compiler}"
          -D "TYPE=${CMAKE_BUILD_TYPE}" -D "ARCH=${TESSERA_ARCH}" -D "SANITIZE=${TESSERA_SANITIZE}"
          -D "CAF=${CAF_VERSION}" -D "TBB=${TBB_VERSION}" -D "SPDLOG=${spdlog_VERSION}"
          -D "TOML11=${toml11_VERSION}"
          -P ${PROJECT_SOURCE_DIR}/cmake/write_build_info.cmake
  BYPRODUCTS ${build_info_header}
  VERBATIM)
add_library(tessera_build_info INTERFACE)
add_library(tessera::build_info ALIAS tessera_build_info)
add_dependencies(tessera_build_info tessera_write_build_info)
target_include_directories(tessera_build_info INTERFACE ${PROJECT_BINARY_DIR}/generated)
