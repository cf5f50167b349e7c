// Identities. An entity id never changes and is never reused; it carries the cell it was born in, so
// that serials can be handed out per cell, under any layout, without anybody agreeing on anything.
#pragma once

#include <compare>
#include <cstdint>
#include <functional>

namespace tessera {

/// Simulation step number, counted from 0. One tick lasts 1 / tick_rate_hz seconds.
using tick_number = std::uint64_t;

/// Index of a shard in its layout.
using shard_id = std::uint32_t;

/// Who sends commands: one player, tool or SDK connection.
using session_id = std::uint64_t;

/// 16 + 16 bits of birth cell and a 32-bit serial, counted from 1 within that cell. 0 names nobody.
struct entity_id {
  std::uint64_t value = 0;

  static constexpr entity_id make(std::uint16_t cell_x, std::uint16_t cell_z,
                                  std::uint32_t serial) {
    return {std::uint64_t{cell_x} << 48 | std::uint64_t{cell_z} << 32 | serial};
  }
  constexpr std::uint16_t birth_cell_x() const { return static_cast<std::uint16_t>(value >> 48); }
  constexpr std::uint16_t birth_cell_z() const { return static_cast<std::uint16_t>(value >> 32); }
  constexpr std::uint32_t serial() const { return static_cast<std::uint32_t>(value); }
  constexpr explicit operator bool() const { return value != 0; }
  constexpr auto operator<=>(const entity_id&) const = default;
};

} // namespace tessera

template <>
struct std::hash<tessera::entity_id> {
  std::size_t operator()(tessera::entity_id id) const noexcept {
    return static_cast<std::size_t>(id.value * 0x9E3779B97F4A7C15ull >> 16);
  }
};
