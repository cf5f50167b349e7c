// Game `store`: an entity store for measurement, driven by commands alone.
#pragma once

#include "sdk/game_builder.hpp"

namespace store_game {

/// 32 bytes that mean nothing.
struct value {
  std::uint64_t a = 0;
  std::uint64_t b = 0;
  std::uint64_t c = 0;
  std::uint64_t d = 0;
};
constexpr auto describe(tessera::of<value>) {
  return tessera::describe_as("value", tessera::marks::replicated, tessera::field<&value::a>("a"),
                              tessera::field<&value::b>("b"), tessera::field<&value::c>("c"),
                              tessera::field<&value::d>("d"));
}

extern const tessera::game_definition definition;

} // namespace store_game
