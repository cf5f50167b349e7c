// Who is near whom, as of the end of the last tick: a flat grid of bins over the shard's own entities,
// those that just left it, and the ghosts its neighbours sent.
//
// Always true between build() and the next:
// - an entry is everything that some shard ran in the last tick and that is now inside this shard's
//   cells or within one bin of them; each exactly once;
// - entries are sorted by (bin row, bin column, id); the order of rows never shows;
// - a position is kept relative to its bin, which is exact, and differences between entries are
//   (x_j + shift) - x_i, where shift is 0 or one bin: the arithmetic never sees shard or cell;
// - a bin is at least as wide as every query's radius and divides a cell, so a query looks at 3 x 3
//   bins and finds the same candidates in the same order under any layout.
//
// Built by one shard's tick (in parallel over an executor); read by many threads of that tick.
#pragma once

#include "core/cell.hpp"
#include "core/executor.hpp"
#include "core/ids.hpp"
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
  component_mask mask = 0;                 ///< of every row, where `masks` is null
  const component_mask* masks = nullptr;   ///< per row
  std::vector<const std::byte*> columns;   ///< by order of shared components; null: nobody has it
};

class neighbourhood {
public:
  static constexpr std::uint32_t no_row = ~std::uint32_t{0};

  struct entry {
    entity_id id;
    std::uint32_t row = no_row; ///< row of the shard's own table, or no_row for somebody else's
    std::uint32_t table = 0;    ///< archetype; meaningless without a row
  };

  neighbourhood() = default;
  neighbourhood(const schema& s, cell_rect region, float cell_size_m, float bin_size_m);

  bool enabled() const { return bin_size_ > 0; }

  /// Rebuilds from the sources; the first `own` of them are the shard's archetypes, in order, whose
  /// entries keep table and row.
  void build(std::span<const shared_rows> sources, std::size_t own, executor& workers,
             unsigned worker_count);

  std::size_t size() const { return entries_.size(); }
  const entry& at(std::size_t k) const { return entries_[k]; }
  entry& at(std::size_t k) { return entries_[k]; }
  component_mask mask(std::size_t k) const { return uniform_ ? uniform_mask_ : masks_[k]; }
  bool uniform() const { return uniform_; }

  std::int32_t columns() const { return nx_; }
  std::int32_t rows() const { return nz_; }
  float bin_size() const { return bin_size_; }
  std::uint32_t begin(std::int32_t bin) const { return starts_[static_cast<std::size_t>(bin)]; }
  std::uint32_t end(std::int32_t bin) const { return starts_[static_cast<std::size_t>(bin) + 1]; }

  /// Metres from the bin's corner, of entry k.
  const float* x() const { return x_.data(); }
  const float* y() const { return y_.data(); } ///< height, absolute
  const float* z() const { return z_.data(); }

  /// Values of one field of a shared component, an array over all entries (0 where it is absent).
  const std::byte* field(component_id component, std::uint32_t offset) const;

  /// Bin of a place, or -1 outside the region and its ring of one bin.
  std::int32_t bin_of(const position& p) const;
  /// The part of a coordinate that lies inside its bin; exact.
  float inside_bin(float local) const {
    return local - static_cast<float>(static_cast<std::int32_t>(local * inverse_bin_)) * bin_size_;
  }

  /// Entries of bins of the shard's own cells: [first, last) rows of bins, one bin in from the ring.
  std::int32_t first_inner() const { return 1; }
  std::int32_t last_inner_row() const { return nz_ - 1; }
  std::int32_t last_inner_column() const { return nx_ - 1; }

  std::size_t memory_bytes() const;

private:
  struct column {
    component_id component = 0;
    std::uint32_t offset = 0;   // of the field inside the component
    std::uint32_t stride = 0;   // size of the component
    std::uint32_t size = 0;     // of the field
    std::size_t shared = 0;     // index among shared components
    std::vector<std::byte> data;
  };

  struct source_row {
    entity_id id;
    std::uint32_t row;
    std::uint32_t source;
  };

  void count(std::span<const shared_rows> sources, std::size_t chunk, std::size_t chunks);
  void scatter(std::span<const shared_rows> sources, std::size_t chunk, std::size_t chunks);
  void finish(std::span<const shared_rows> sources, std::size_t own, std::uint32_t first,
              std::uint32_t last);
  void gather(std::span<const shared_rows> sources, std::uint32_t first, std::uint32_t last);
  void sum_counts(std::size_t chunks);

  cell_rect region_;
  float cell_size_ = 0;
  float bin_size_ = 0;
  float inverse_bin_ = 0;
  std::int32_t bins_per_cell_ = 0;
  std::int32_t nx_ = 0;
  std::int32_t nz_ = 0;
  bool uniform_ = true;
  component_mask uniform_mask_ = 0;
  std::vector<std::uint32_t> starts_; // of each bin, and the end of the last
  std::vector<std::uint32_t> counts_; // chunk-major histograms, then write positions
  std::vector<std::uint32_t> bin_of_row_;
  std::vector<source_row> order_;
  std::vector<entry> entries_;
  std::vector<component_mask> masks_;
  std::vector<float> x_;
  std::vector<float> y_;
  std::vector<float> z_;
  std::vector<column> columns_;
};

} // namespace tessera
