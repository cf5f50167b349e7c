# Run by the target tessera_write_build_info.
execute_process(COMMAND git -C ${SOURCE_DIR} describe --always --dirty --abbrev=12
                OUTPUT_VARIABLE COMMIT OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
if(NOT COMMIT)
  set(COMMIT unknown)
endif()
file(CONFIGURE OUTPUT ${OUT} @ONLY CONTENT [[
// Written by cmake/write_build_info.cmake.
#pragma once

#define TESSERA_VERSION "@VERSION@"
#define TESSERA_BUILD_COMMIT "@COMMIT@"
#define TESSERA_BUILD_COMPILER "@COMPILER@"
#define TESSERA_BUILD_TYPE "@TYPE@"
#define TESSERA_BUILD_ARCH "@ARCH@"
#define TESSERA_BUILD_SANITIZE "@SANITIZE@"
#define TESSERA_CAF_VERSION "@CAF@"
#define TESSERA_TBB_VERSION "@TBB@"
#define TESSERA_SPDLOG_VERSION "@SPDLOG@"
#define TESSERA_TOML11_VERSION "@TOML11@"
]])
