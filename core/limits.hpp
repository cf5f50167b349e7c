// Every fixed limit of the engine, with the reason. A limit that is reached is an error that names it.
#pragma once

#include <cstddef>
#include <cstdint>

namespace tessera::limits {

/// A component set is one 64-bit mask, the built-in position included.
inline constexpr std::size_t components = 64;
/// Cells per axis: an entity id carries its birth cell in 16 + 16 bits.
inline constexpr std::int32_t cells_per_axis = 65536;
/// A shard is at least this many cells wide and deep, so that its neighbours within two cells are
/// those that touch it or touch its neighbour, and an entity needs two ticks to cross it.
inline constexpr std::int32_t min_shard_cells = 2;
/// An entity crosses at most this many cells in a tick; faster is a teleport.
inline constexpr std::int32_t cells_per_tick = 1;
/// Neighbours are owners of cells within this distance: one cell of halo, plus one that the target of
/// an event may cross in the tick in which the event is sent.
inline constexpr std::int32_t neighbour_cells = 2;
/// Far mail sent in tick t is read in tick t + this, and world values likewise; no grant passes the
/// slowest shard by more. Larger hides more jitter, smaller answers faster. 4 ticks are 0.2 s at 20 Hz.
inline constexpr std::uint64_t far_mail_ticks = 4;
/// Shards in a layout: the hot tables of the conductor stay in cache.
inline constexpr std::size_t shards = 16384;
/// Bytes of an event's payload: events are copied by value through packets.
inline constexpr std::size_t event_bytes = 64;
/// Bytes of a batch of commands: what a shard applies of one fits a record of its journal.
inline constexpr std::size_t batch_bytes = std::size_t{64} << 20;
/// Rows of a logical page: the unit of work inside a hot shard and of dirty tracking.
inline constexpr std::size_t page_rows = 1024;
/// Spare rows a column reserves address space for; memory is committed only as it grows.
inline constexpr std::size_t rows_per_archetype = std::size_t{1} << 26;

} // namespace tessera::limits
