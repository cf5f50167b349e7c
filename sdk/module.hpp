// A game as a module: a shared object that a world file names, with one C function that says what
// it is.
//
//     const tessera::game_definition definition{"sparks", "lights that jump", &define};
//     TESSERA_GAME_MODULE(definition)
//
// Always true: before any C++ of a module is called, its API version, the ABI it was compiled for
// and the shape of the SDK it was compiled against have been found equal to ours. Where one
// differs, the same bytes would mean different things on the two sides, so the module is refused.
// (dlopen runs a module's static constructors; a game should have none that do anything.)
#pragma once

#include "core/error.hpp"
#include "core/hash.hpp"
#include "core/limits.hpp"
#include "sdk/game_builder.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>

extern "C" {

/// What a module says of itself. magic and api_version keep their places for ever; what follows may
/// change with the API version.
struct tessera_module {
  std::uint32_t magic;       ///< tessera::module_magic
  std::uint32_t api_version; ///< tessera::module_api_version of the SDK it was compiled against
  const char* abi;           ///< TESSERA_MODULE_ABI as its compiler saw it
  std::uint64_t sdk_shape;   ///< tessera::sdk_shape() as its compiler saw it
  const void* game;          ///< const tessera::game_definition*
};

/// Type of the one function that a module exports, tessera_game_module.
using tessera_game_module_function = const tessera_module*();

} // extern "C"

namespace tessera {

inline constexpr std::uint32_t module_magic = 0x54455353; // "TESS"

/// Rises whenever a module compiled before must be compiled again: with any change to what sdk/
/// compiles into games that sdk_shape() does not notice.
inline constexpr std::uint32_t module_api_version = 1;

/// Sizes of all that crosses between the command and a module, folded into one number.
constexpr std::uint64_t sdk_shape() {
  std::uint64_t shape = hash_key_0;
  for (std::size_t size : {sizeof(game_definition),
                           sizeof(game_builder),
                           sizeof(world_facts),
                           sizeof(parameter_info),
                           sizeof(schema),
                           sizeof(component_info),
                           sizeof(cell_component_info),
                           sizeof(event_info),
                           sizeof(system_info),
                           sizeof(handler_info),
                           sizeof(world_value_info),
                           sizeof(access_set),
                           sizeof(field_info),
                           sizeof(system_call),
                           sizeof(handler_call),
                           sizeof(tick_context),
                           sizeof(cell_filler),
                           sizeof(store),
                           sizeof(archetype),
                           sizeof(cell_table),
                           sizeof(neighbourhood),
                           sizeof(outbox),
                           sizeof(event_record),
                           sizeof(spawn_order),
                           sizeof(change_order),
                           sizeof(position),
                           sizeof(tick_failure),
                           limits::components,
                           limits::event_bytes,
                           std::size_t{limits::far_mail_ticks},
                           limits::page_rows})
    shape = hash_combine(shape, size);
  return shape;
}

/// Loads a module, once per path and process; it stays loaded, since worlds keep pointers into it.
/// Errors are of bad_game and say what was found, what was expected and what to do. Any thread.
result<const game_definition*> load_module(const std::filesystem::path& path);

} // namespace tessera

// The ABI as text: compiler, standard library, instruction set, and what changes arithmetic or
// layout.
#define TESSERA_TEXT_OF(x) #x
#define TESSERA_TEXT(x) TESSERA_TEXT_OF(x)

#if defined(__clang__)
#define TESSERA_ABI_COMPILER "clang " TESSERA_TEXT(__clang_major__)
#else
#define TESSERA_ABI_COMPILER "gcc " TESSERA_TEXT(__GNUC__)
#endif

#if defined(_LIBCPP_VERSION)
#define TESSERA_ABI_LIBRARY ", libc++ " TESSERA_TEXT(_LIBCPP_VERSION)
#else
#define TESSERA_ABI_LIBRARY                                                                        \
  ", libstdc++ " TESSERA_TEXT(_GLIBCXX_RELEASE) " cxx11=" TESSERA_TEXT(_GLIBCXX_USE_CXX11_ABI)
#endif

#if defined(__AVX512F__)
#define TESSERA_ABI_ARCH ", x86-64-v4"
#elif defined(__AVX2__)
#define TESSERA_ABI_ARCH ", x86-64-v3"
#elif defined(__SSE4_2__)
#define TESSERA_ABI_ARCH ", x86-64-v2"
#elif defined(__x86_64__)
#define TESSERA_ABI_ARCH ", x86-64"
#else
#define TESSERA_ABI_ARCH ", other"
#endif

#if defined(__FAST_MATH__)
#define TESSERA_ABI_MATHS ", fast-math"
#else
#define TESSERA_ABI_MATHS ""
#endif

#if defined(_GLIBCXX_DEBUG)
#define TESSERA_ABI_CONTAINERS ", debug containers"
#else
#define TESSERA_ABI_CONTAINERS ""
#endif

#define TESSERA_MODULE_ABI                                                                         \
  TESSERA_ABI_COMPILER TESSERA_ABI_LIBRARY ", C++ " TESSERA_TEXT(__cplusplus)                      \
    TESSERA_ABI_ARCH TESSERA_ABI_MATHS TESSERA_ABI_CONTAINERS

/// Makes the shared object around it a module of this game. Once per module, at namespace scope.
#define TESSERA_GAME_MODULE(definition)                                                            \
  extern "C" [[gnu::visibility("default")]] const tessera_module* tessera_game_module() {          \
    static constexpr tessera_module self{tessera::module_magic, tessera::module_api_version,       \
                                         TESSERA_MODULE_ABI, tessera::sdk_shape(), &(definition)}; \
    return &self;                                                                                  \
  }
