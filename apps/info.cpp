// `tessera info`: what this build is and what it was built with.
#include "apps/subcommands.hpp"
#include "sdk/module.hpp"

#include <cstdio>
#include <gnu/libc-version.h>
#include <nlohmann/json.hpp>
#include <string>
#include <tessera_build_info.hpp>

namespace tessera {

namespace {

#define TESSERA_DOTTED(major, minor, patch)                                                        \
  TESSERA_TEXT(major) "." TESSERA_TEXT(minor) "." TESSERA_TEXT(patch)

void row(const char* name, const std::string& value) {
  std::printf("  %-14s %s\n", name, value.c_str());
}

exit_code print_info() {
  std::printf("tessera %s\n", TESSERA_VERSION);
  row("commit", TESSERA_BUILD_COMMIT);
  row("compiler", TESSERA_BUILD_COMPILER);
  row("build type", TESSERA_BUILD_TYPE);
  row("instructions", TESSERA_BUILD_ARCH);
  if (*TESSERA_BUILD_SANITIZE != '\0')
    row("sanitizers", TESSERA_BUILD_SANITIZE);
  row("module API", std::to_string(module_api_version));
  row("module ABI", TESSERA_MODULE_ABI);
  std::printf("dependencies\n");
  row("CAF", TESSERA_CAF_VERSION);
  if (*TESSERA_TBB_VERSION != '\0')
    row("TBB", TESSERA_TBB_VERSION);
  row("spdlog", TESSERA_SPDLOG_VERSION);
  row("toml11", TESSERA_TOML11_VERSION);
  row("CLI11", CLI11_VERSION);
  row("nlohmann_json", TESSERA_DOTTED(NLOHMANN_JSON_VERSION_MAJOR, NLOHMANN_JSON_VERSION_MINOR,
                                      NLOHMANN_JSON_VERSION_PATCH));
  row("glibc", gnu_get_libc_version());
  return exit_code::fine;
}

} // namespace

void add_info(CLI::App& app, exit_code& code) {
  CLI::App* command =
    app.add_subcommand("info", "Show version, build, and the versions of the dependencies");
  command->callback([&code] { code = print_info(); });
}

} // namespace tessera
