// Reductions over a neighbourhood on eight lanes, for systems whose time is spent there.
//
//     struct flock_together {
//       using access = tessera::access<tessera::writes<velocity>, tessera::neighbours<velocity>>;
//       using gather = tessera::gather<&velocity::x, &velocity::z>;
//       static constexpr std::size_t sum_count = 3;
//       static void accumulate(const tessera::lane_neighbours<gather>& n,
//                              std::array<tessera::lanes, 3>& sums);
//       static void run(const tessera::entity<access>& self, const tessera::lane_sums<3>& sums);
//     };
//
// accumulate() is called for eight candidates at a time and adds what they contribute, masked by
// n.near; run() gets the sums, each reduced by the fixed tree of sum_lanes. Candidates come in canonical
// order, candidate k always in lane k mod 8, so the sums are the same under any layout.
#pragma once

#include "core/lanes.hpp"
#include "sdk/entity.hpp"

#include <array>
#include <cstdint>
#include <vector>

namespace tessera {

/// Float fields of shared components that a lane reduction reads of its neighbours.
template <auto... Members>
struct gather {
  static constexpr std::size_t size = sizeof...(Members);
};

template <class Gather>
struct lane_neighbours {
  lanes dx; ///< metres east from the asking entity
  lanes dz; ///< metres south
  lanes distance_squared;
  lane_ints near; ///< all ones where the candidate is another entity within the radius
  std::array<lanes, Gather::size> fields;
};

namespace detail {

/// Candidates of the bins of one cell in one row of bins, column by column: for each column the bins
/// above, of and below the row, one after another. The candidates of a bin are then three columns side
/// by side, and each is copied once per row, not once per bin. Coordinates are relative to the corner
/// of the cell. One buffer per thread, reused: no allocation once it has grown.
template <std::size_t Fields>
class candidate_buffer {
public:
  /// Forgets what it holds: the index was built anew.
  void begin(component_mask wanted, const std::array<const float*, Fields>& columns) {
    wanted_ = wanted;
    sources_ = columns;
    row_ = -1;
  }

  void enter_bin(const neighbourhood& around, std::int32_t bin) {
    std::int32_t nx = around.columns();
    std::int32_t column = bin % nx;
    std::int32_t row = bin / nx;
    std::int32_t per_cell = around.bins_per_cell();
    std::int32_t first = (column - 1) / per_cell * per_cell + 1;
    if (row != row_ || first != first_)
      gather(around, row, first);
    auto c = static_cast<std::size_t>(column - first);
    begin_ = columns_[c].start;
    count_ = columns_[c + 3].start - begin_;
    own_ = columns_[c + 1].own - begin_;
    own_entries_ = around.begin(bin) - first_entry_;
  }

  /// Place among the candidates of the i-th entry of the bin; -1 if it is none.
  std::int32_t self(std::uint32_t i) const {
    if (all_)
      return static_cast<std::int32_t>(own_ + i);
    std::int32_t place = own_places_[own_entries_ + i];
    return place < 0 ? -1 : place - static_cast<std::int32_t>(begin_);
  }

  std::uint32_t count() const { return count_; }
  const float* x() const { return x_.data() + begin_; }
  const float* z() const { return z_.data() + begin_; }
  const float* field(std::size_t f) const { return fields_[f].data() + begin_; }

private:
  struct column {
    std::uint32_t start = 0; ///< of its candidates in the buffer
    std::uint32_t own = 0;   ///< of those in the row itself, if all entries are candidates
  };

  void gather(const neighbourhood& around, std::int32_t row, std::int32_t first) {
    row_ = row;
    first_ = first;
    std::int32_t nx = around.columns();
    std::int32_t last = first + around.bins_per_cell(); // the column after the cell
    first_entry_ = around.begin(row * nx + first);
    all_ = around.uniform() && (around.size() == 0 || (around.mask(0) & wanted_) == wanted_);
    if (!all_)
      own_places_.assign(around.end(row * nx + last - 1) - first_entry_, -1);
    reserve(around, row, first - 1, last);
    const std::int32_t columns = last - first + 3; // one more than are gathered
    columns_.resize(static_cast<std::size_t>(columns));
    std::uint32_t count = 0;
    std::array<float, 3> shift_z;
    for (std::int32_t band = 0; band < 3; ++band)
      shift_z[static_cast<std::size_t>(band)] =
        static_cast<float>(around.cell_of(row + band - 1) - around.cell_of(row)) *
        around.cell_size();
    for (std::int32_t x = first - 1; x <= last; ++x) {
      const std::int32_t place = x - first + 1;
      column& c = columns_[static_cast<std::size_t>(place)];
      c.start = count;
      float shift_x =
        static_cast<float>(around.cell_of(x) - around.cell_of(first)) * around.cell_size();
      for (std::int32_t band = 0; band < 3; ++band) {
        std::int32_t bin = (row + band - 1) * nx + x;
        if (band == 1)
          c.own = count;
        bool own = band == 1 && x >= first && x < last;
        const float shift = shift_z[static_cast<std::size_t>(band)];
        count = all_ ? take_run(around, bin, shift_x, shift, count)
                     : take_matching(around, bin, shift_x, shift, count, own);
      }
    }
    columns_.back().start = count;
  }

  void reserve(const neighbourhood& around, std::int32_t row, std::int32_t first,
               std::int32_t last) {
    std::size_t most = 2 * lane_count; // whole lanes are stored and loaded, past the end too
    for (std::int32_t z = row - 1; z <= row + 1; ++z)
      most += around.end(z * around.columns() + last) - around.begin(z * around.columns() + first);
    if (x_.size() < most) {
      x_.resize(most * 2);
      z_.resize(most * 2);
      for (auto& f : fields_)
        f.resize(most * 2);
    }
  }

  std::uint32_t take_run(const neighbourhood& around, std::int32_t bin, float shift_x,
                         float shift_z, std::uint32_t count) {
    // Whole lanes are read and written, past the run's end too; the next run overwrites the surplus.
    std::uint32_t begin = around.begin(bin);
    std::uint32_t end = around.end(bin);
    for (std::uint32_t k = begin; k < end; k += lane_count) {
      std::uint32_t to = count + (k - begin);
      store_lanes(x_.data() + to, load_lanes(around.x() + k) + splat(shift_x));
      store_lanes(z_.data() + to, load_lanes(around.z() + k) + splat(shift_z));
      for (std::size_t f = 0; f < Fields; ++f)
        store_lanes(fields_[f].data() + to, load_lanes(sources_[f] + k));
    }
    return count + (end - begin);
  }

  std::uint32_t take_matching(const neighbourhood& around, std::int32_t bin, float shift_x,
                              float shift_z, std::uint32_t count, bool own) {
    for (std::uint32_t k = around.begin(bin); k < around.end(bin); ++k) {
      if ((around.mask(k) & wanted_) != wanted_)
        continue;
      if (own)
        own_places_[k - first_entry_] = static_cast<std::int32_t>(count);
      x_[count] = around.x()[k] + shift_x;
      z_[count] = around.z()[k] + shift_z;
      for (std::size_t f = 0; f < Fields; ++f)
        fields_[f][count] = sources_[f][k];
      ++count;
    }
    return count;
  }

  component_mask wanted_ = 0;
  std::array<const float*, Fields> sources_{};
  std::int32_t row_ = -1;   // of bins
  std::int32_t first_ = -1; // column of the cell's first bin
  std::uint32_t first_entry_ = 0;
  bool all_ = true;
  std::uint32_t begin_ = 0;
  std::uint32_t count_ = 0;
  std::uint32_t own_ = 0;
  std::uint32_t own_entries_ = 0;
  std::vector<column> columns_; // of the cell's bins and one more on either side, and an end
  std::vector<float> x_;
  std::vector<float> z_;
  std::array<std::vector<float>, Fields> fields_;
  std::vector<std::int32_t> own_places_; // by entry of the row, -1: no candidate
};

template <class Access, auto... Members>
std::array<const float*, sizeof...(Members)>
gathered_columns(const neighbourhood& around, const std::uint16_t* slots, gather<Members...>) {
  return {reinterpret_cast<const float*>(around.field(
    static_cast<component_id>(
      slots[Access::template component_slot<typename member_pointer<decltype(Members)>::owner>]),
    offset_of_member<Members>()))...};
}

/// Sums over the buffer for one entity at (x, z).
template <class S, std::size_t Fields>
[[gnu::always_inline]] inline void reduce(const candidate_buffer<Fields>& buffer, float x, float z,
                                          std::int32_t self, float limit,
                                          lane_sums<S::sum_count>& out) {
  std::array<lanes, S::sum_count> sums{};
  lanes own_x = splat(x);
  lanes own_z = splat(z);
  lanes most = splat(limit);
  lane_ints index{0, 1, 2, 3, 4, 5, 6, 7};
  lane_ints me = splat_int(self);
  auto add = [&](std::uint32_t k, lane_ints candidates) __attribute__((always_inline)) {
    lane_neighbours<typename S::gather> n;
    n.dx = load_lanes(buffer.x() + k) - own_x;
    n.dz = load_lanes(buffer.z() + k) - own_z;
    n.distance_squared = n.dx * n.dx + n.dz * n.dz;
    n.near = (n.distance_squared <= most) & candidates;
    for (std::size_t f = 0; f < Fields; ++f)
      n.fields[f] = load_lanes(buffer.field(f) + k);
    S::accumulate(n, sums);
  };
  std::uint32_t count = buffer.count();
  std::uint32_t k = 0;
  for (; k + lane_count <= count; k += lane_count) {
    add(k, index != me);
    index += static_cast<std::int32_t>(lane_count);
  }
  // Lanes past the last candidate hold what follows in the buffer, which is none.
  if (k < count)
    add(k, (index != me) & (index < static_cast<std::int32_t>(count)));
  sum_lanes_of(sums, out);
}

} // namespace detail
} // namespace tessera
