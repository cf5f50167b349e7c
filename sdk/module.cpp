#include "sdk/module.hpp"

#include <cstdio>
#include <cstring>
#include <dlfcn.h>
#include <map>
#include <mutex>
#include <string>

namespace tessera {

namespace {

tl::unexpected<error> refuse(const std::filesystem::path& path, const std::string& why) {
  return fail(error_code::bad_game, "module " + path.string() + ": " + why);
}

const std::string rebuild =
  "; rebuild the module with tessera_add_game_module against this tessera";

std::string hex(std::uint64_t value) {
  char text[17];
  std::snprintf(text, sizeof text, "%016llx", static_cast<unsigned long long>(value));
  return text;
}

/// Looks at plain C data only: nothing of the module's C++ may run before this has passed.
result<const game_definition*> check(const std::filesystem::path& path, const tessera_module* m) {
  if (m == nullptr || m->magic != module_magic)
    return refuse(path, "its tessera_game_module does not describe a game; make it with "
                        "TESSERA_GAME_MODULE(definition) from sdk/module.hpp");
  if (m->api_version != module_api_version)
    return refuse(path, "found module API version " + std::to_string(m->api_version) +
                          ", expected " + std::to_string(module_api_version) + rebuild);
  if (m->abi == nullptr || std::strcmp(m->abi, TESSERA_MODULE_ABI) != 0)
    return refuse(path, "found compiler ABI \"" + std::string(m->abi ? m->abi : "none") +
                          "\", expected \"" TESSERA_MODULE_ABI "\"" + rebuild);
  if (m->sdk_shape != sdk_shape())
    return refuse(path, "found SDK shape " + hex(m->sdk_shape) + ", expected " + hex(sdk_shape()) +
                          ": it was compiled against other headers" + rebuild);
  const auto* game = static_cast<const game_definition*>(m->game);
  if (game == nullptr || game->name == nullptr || game->define == nullptr)
    return refuse(path, "its game has no name or no define function");
  return game;
}

result<const game_definition*> open(const std::filesystem::path& path) {
  void* handle = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (handle == nullptr) {
    const char* why = dlerror();
    return refuse(path, "cannot be loaded: " + std::string(why ? why : "unknown reason"));
  }
  auto* entry =
    reinterpret_cast<tessera_game_module_function*>(dlsym(handle, "tessera_game_module"));
  if (entry == nullptr) {
    dlclose(handle);
    return refuse(path, "is no game: it has no function tessera_game_module; add "
                        "TESSERA_GAME_MODULE(definition) from sdk/module.hpp");
  }
  auto game = check(path, entry());
  if (!game)
    dlclose(handle);
  return game;
}

} // namespace

result<const game_definition*> load_module(const std::filesystem::path& path) {
  static std::mutex lock;
  static std::map<std::string, const game_definition*> loaded;
  std::error_code ec;
  // dlopen searches the system's folders for a name without a slash.
  auto whole = std::filesystem::canonical(path, ec);
  if (ec)
    return refuse(path, "no such file; a module's path is relative to the world file");
  std::scoped_lock held{lock};
  if (auto known = loaded.find(whole.string()); known != loaded.end())
    return known->second;
  auto game = open(whole);
  if (game)
    loaded.emplace(whole.string(), *game);
  return game;
}

} // namespace tessera
