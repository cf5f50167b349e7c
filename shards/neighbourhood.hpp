// Who is near whom, as of the end of the last tick: a flat grid of bins over the shard's own entities,
// those that just left it, and the ghosts its neighbours sent.
//
// Always true between build() and the next:
// - an entry is everything that some shard ran in the last tick and that is now inside this shard's
//   cells or within one bin of them; each exactly once;
// - entries are sorted by (bin row, bin column, id); the order of rows never shows;
// - a position is kept relative to its cell, and differences between entries are
//   (x_j + shift) - x_i, where shift is 0 or one cell: the arithmetic never sees a shard;
// - a bin is at least as wide as every query's radius and divides a cell, so a query looks at 3 x 3
//   bins and finds the same candidates in the same order under any layout.
//
// Built by one shard's tick (in parallel over an executor); read by many threads of that tick.
#pragma once

#include "core/cell.hpp"
#include "core/executor.hpp"
#include "core/ids.hpp"
#include "core/lanes.hpp"
#include "shards/schema.hpp"

#include <cstdint>
#include <span>
#include <vector>

namespace tessera {

/// Width of a bin in metres: the smallest power-of-two part of a cell that holds `radius_m`, but not
/// smaller than a 64th of a cell. 0 if nobody asks for neighbours.
float bin_size_for(float radius_m, float cell_size_m);

/// Rows that the index takes in: an archetype's columns, or a packet's.
struct shared_rows {
  std::size_t count = 0;
  const entity_id* ids = nullptr;
  const position* places = nullptr;
  component_mask mask = 0;               ///< of every row, where `masks` is null
  const component_mask* masks = nullptr; ///< per row
  const std::uint32_t* bins = nullptr;   ///< bin_of(places[i]), where somebody knows it already
  std::vector<const std::byte*> columns; ///< by order of shared components; null: nobody has it
};

/// The memory an index lives in while a tick runs. It is lent to one shard's index after another on the
/// same thread, so that it stays in that core's cache; nothing in it outlives a tick.
struct neighbourhood_memory;

class neighbourhood {
public:
  /// `table` of an entry that is not the shard's own.
  static constexpr std::uint32_t foreign = 0x80000000u;

  struct entry {
    entity_id id;
    std::uint32_t row = 0; ///< row of the shard's own table
    std::uint32_t table =
      0; ///< its archetype; with the bit `foreign`: somebody else's, no row here
    bool own() const { return table < foreign; }
  };

  neighbourhood() = default;
  neighbourhood(const schema& s, cell_rect region, float cell_size_m, float bin_size_m);

  bool enabled() const { return bin_size_ > 0; }

  /// Takes or gives back memory: what is in it is unspecified until build() or clear().
  void swap(neighbourhood_memory& memory);
  /// Nobody is anywhere.
  void clear();

  /// Rebuilds from the sources; the first `own` of them are the shard's archetypes, in order, whose
  /// entries keep table and row.
  void build(std::span<const shared_rows> sources, std::size_t own, executor& workers,
             unsigned worker_count);

  std::size_t size() const { return count_; }
  const entry& at(std::size_t k) const { return entries_[k]; }
  entry& at(std::size_t k) { return entries_[k]; }
  component_mask mask(std::size_t k) const { return uniform_ ? uniform_mask_ : masks_[k]; }
  bool uniform() const { return uniform_; }

  std::int32_t columns() const { return nx_; }
  std::int32_t rows() const { return nz_; }
  float bin_size() const { return bin_size_; }
  std::uint32_t begin(std::int32_t bin) const { return starts_[static_cast<std::size_t>(bin)]; }
  std::uint32_t end(std::int32_t bin) const { return starts_[static_cast<std::size_t>(bin) + 1]; }

  /// Metres from the corner of the cell of entry k. Readable lane_count values past the last.
  const float* x() const { return x_.data(); }
  const float* y() const { return y_.data(); } ///< height, absolute
  const float* z() const { return z_.data(); }

  /// Values of one field of a shared component, an array over all entries (0 where it is absent).
  const std::byte* field(component_id component, std::uint32_t offset) const;

  /// Bin of a place, or -1 outside the region and its ring of one bin.
  std::int32_t bin_of(const position& p) const;
  /// Bins of eight places that lie in the region, given by cell (x below, z above), x and z.
  TESSERA_LANES_INLINE lane_ints bins_of(lane_ints cells, lanes x, lanes z) const {
    const lane_ints cell_x = (cells & splat_int(0xFFFF)) - splat_int(region_.x0);
    const lane_ints cell_z = ((cells >> 16) & splat_int(0xFFFF)) - splat_int(region_.z0);
    const lanes per_metre = splat(inverse_bin_);
    const lane_ints column = cell_x * splat_int(bins_per_cell_) + whole(x * per_metre);
    const lane_ints row = cell_z * splat_int(bins_per_cell_) + whole(z * per_metre);
    return (row + splat_int(1)) * splat_int(nx_) + column + splat_int(1);
  }
  /// Column and row of the cell of a column and row of bins, from the region's first; -1 and the
  /// region's width or depth in the ring.
  std::int32_t cell_of(std::int32_t bin_column_or_row) const {
    return bin_column_or_row == 0 ? -1 : (bin_column_or_row - 1) >> bins_per_cell_log2_;
  }
  float cell_size() const { return cell_size_; }
  std::int32_t bins_per_cell() const { return bins_per_cell_; }

  /// Share of own entries whose row is far from that of the entry before: 0 after sort_rows-like
  /// re-ordering, near 1 when rows are in any order.
  float disorder() const { return disorder_; }
  /// Rows of table `t` in the order of entries. Only right after build().
  void rows_in_order(std::uint32_t table, std::vector<std::uint32_t>& out) const;
  /// The table's rows were re-ordered by rows_in_order.
  void rows_were_ordered(std::uint32_t table);

  std::size_t memory_bytes() const;

private:
  struct column {
    component_id component = 0;
    std::uint32_t offset = 0; // of the field inside the component
    std::uint32_t stride = 0; // size of the component
    std::uint32_t size = 0;   // of the field
    std::size_t shared = 0;   // index among shared components
    std::vector<std::byte> data;
  };

  void count(std::span<const shared_rows> sources, std::size_t chunk, std::size_t chunks);
  void scatter(std::span<const shared_rows> sources, std::size_t chunk, std::size_t chunks);
  void sort_bins(std::size_t first_bin, std::size_t last_bin);
  std::uint32_t finish(std::span<const shared_rows> sources, std::size_t own, std::uint32_t first,
                       std::uint32_t last);
  void gather(std::span<const shared_rows> sources, std::uint32_t first, std::uint32_t last);
  void sum_counts(std::size_t chunks);

  cell_rect region_;
  float cell_size_ = 0;
  float bin_size_ = 0;
  float inverse_bin_ = 0;
  std::int32_t bins_per_cell_ = 0;
  std::int32_t bins_per_cell_log2_ = 0;
  float disorder_ = 0;
  std::int32_t nx_ = 0;
  std::int32_t nz_ = 0;
  bool uniform_ = true;
  component_mask uniform_mask_ = 0;
  std::size_t bins_ = 0;
  std::size_t count_ = 0;             // entries; the vectors may be longer
  std::size_t rows_ = 0;              // of all sources
  std::vector<std::uint32_t> starts_; // of each bin, and the end of the last
  std::vector<std::uint32_t> counts_; // chunk-major histograms, then write positions
  std::vector<std::uint32_t> bin_of_row_;
  std::vector<entry> entries_; // during build(), `table` is the number of the source
  std::vector<component_mask> masks_;
  std::vector<float> x_;
  std::vector<float> y_;
  std::vector<float> z_;
  std::vector<column> columns_;
};

struct neighbourhood_memory {
  std::vector<std::uint32_t> starts;
  std::vector<std::uint32_t> counts;
  std::vector<std::uint32_t> bin_of_row;
  std::vector<neighbourhood::entry> entries;
  std::vector<component_mask> masks;
  std::vector<float> x;
  std::vector<float> y;
  std::vector<float> z;
  std::vector<std::vector<std::byte>> fields;
};

} // namespace tessera
