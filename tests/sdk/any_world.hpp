// Worlds of all kinds that a world file can say, for properties that hold of every one.
//
// Always true of a world made here: parse_world_file() could have given it. RapidCheck makes every
// choice, so a failing run shrinks.
#pragma once

#include "sdk/world_file.hpp"

#include <rapidcheck.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tessera::testing {

/// Whole numbers over all of [least, most], whatever RapidCheck's size is.
template <class T>
rc::Gen<T> any_of(T least, T most) {
  return rc::gen::map(rc::gen::resize(rc::kNominalSize, rc::gen::arbitrary<std::uint64_t>()),
                      [=](std::uint64_t x) {
                        const auto span = static_cast<std::uint64_t>(most - least);
                        return static_cast<T>(least + static_cast<T>(x % (span + 1)));
                      });
}

/// Text without control characters, with many that TOML wants escaped. Names are ASCII.
inline std::string any_text(std::size_t most, bool ascii) {
  static const std::vector<std::string> others = {"\xC3\xA4", "\xE2\x82\xAC", "\xF0\x9F\x90\x8E"};
  std::string text;
  for (std::size_t left = *any_of<std::size_t>(1, most); left > 0; --left) {
    const int character = *rc::gen::weightedOneOf<int>(
      {{6, any_of(32, ascii ? 126 : 129)}, {1, rc::gen::element<int>('"', '\'', '\\')}});
    const std::string one = character < 127 ? std::string(1, static_cast<char>(character))
                                            : others[static_cast<std::size_t>(character - 127)];
    if (text.size() + one.size() <= most)
      text += one;
  }
  return text.empty() ? "-" : text;
}

inline std::string any_identifier() {
  static constexpr std::string_view letters = "abcdefghijklmnopqrstuvwxyz0123456789_";
  std::string text;
  for (int left = *any_of(1, 64); left > 0; --left)
    text += letters[*any_of<std::size_t>(0, letters.size() - 1)];
  return text;
}

inline double any_parameter() {
  if (*any_of(0, 1) == 0)
    return *any_of(-1000000, 1000000);
  const auto value = std::bit_cast<double>(*any_of<std::uint64_t>(0, ~std::uint64_t{0} - 1));
  return std::isfinite(value) ? value : -0.0;
}

/// Cuts off columns, rows or nothing until a rectangle is small or chance ends it.
inline void cut(const cell_rect& r, int depth, std::vector<cell_rect>& out) {
  const int way = depth == 0 ? 2 : *any_of(0, 3);
  if (way == 0 && r.width() >= 4) {
    const int x = *any_of(r.x0 + 2, r.x1 - 2);
    cut({r.x0, r.z0, x, r.z1}, depth - 1, out);
    cut({x, r.z0, r.x1, r.z1}, depth - 1, out);
  } else if (way == 1 && r.depth() >= 4) {
    const int z = *any_of(r.z0 + 2, r.z1 - 2);
    cut({r.x0, z, r.x1, r.z1}, depth - 1, out);
    cut({r.x0, r.z0, r.x1, z}, depth - 1, out);
  } else {
    out.push_back(r);
  }
}

inline layout_spec any_layout(int extent_x, int extent_z) {
  if (*any_of(0, 1) == 0)
    return {*any_of(1, std::min(extent_z / 2, 128)), *any_of(1, std::min(extent_x / 2, 128)), {}};
  layout_spec spec;
  cut({0, 0, extent_x, extent_z}, 4, spec.rectangles);
  return spec;
}

inline persistence_spec any_persistence() {
  persistence_spec spec;
  spec.durability =
    *rc::gen::element(durability_mode::sync, durability_mode::interval, durability_mode::none);
  spec.flush_interval_ms = *any_of<std::uint32_t>(1, 60000);
  spec.recovery_target_s = *any_of(1, 3599) + *any_of(0, 1 << 20) / static_cast<double>(1 << 20);
  spec.retention = *any_of<std::uint64_t>(0, 1000000000);
  spec.border_log = *any_of(0, 1) == 0;
  if (*any_of(0, 1) == 0)
    spec.directory = any_text(200, false);
  return spec;
}

struct any_world {
  world_config config;
  std::string terrain_name;
};

inline any_world make_any_world() {
  any_world out;
  auto& c = out.config;
  c.path = "worlds/w.toml";
  c.name = any_text(64, true);
  c.game = *any_of(0, 1) == 0 ? any_identifier() : any_text(200, false) + ".so";
  c.seed = *rc::gen::weightedOneOf<std::uint64_t>(
    {{3, any_of<std::uint64_t>(0, ~std::uint64_t{0} - 1)},
     {1, rc::gen::element(std::uint64_t{0}, (~std::uint64_t{0} >> 1), (~std::uint64_t{0} >> 1) + 1,
                          ~std::uint64_t{0})}});
  c.tick_rate_hz = *any_of<std::uint32_t>(1, 1000);
  c.cell_size_m = static_cast<float>(1 << *any_of(3, 10));
  c.extent_x = *any_of(2, 65536);
  c.extent_z = *any_of(2, 65536);
  if (*any_of(0, 1) == 0) {
    out.terrain_name = any_text(200, false);
    c.terrain = c.path.parent_path() / out.terrain_name;
  }
  c.shards = any_layout(c.extent_x, c.extent_z);
  c.workers = *any_of(0u, 1024u);
  for (int left = *any_of(0, 5); left > 0; --left)
    c.parameters[any_identifier()] = any_parameter();
  for (int left = *any_of(0, 3); left > 0; --left)
    c.models[any_text(64, true)] = any_text(200, false) + (*any_of(0, 1) == 0 ? ".glb" : ".gltf");
  c.persistence = any_persistence();
  return out;
}

} // namespace tessera::testing
