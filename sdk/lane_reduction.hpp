// Reductions over a neighbourhood on eight lanes, for systems whose time is spent there.
//
//     struct flock_together {
//       using access = tessera::access<tessera::writes<velocity>, tessera::neighbours<velocity>>;
//       using gather = tessera::gather<&velocity::x, &velocity::z>;
//       static constexpr std::size_t sum_count = 3;
//       static void accumulate(const tessera::lane_neighbours<gather>& n,
//                              std::array<tessera::lanes, 3>& sums);
//       static void run(const tessera::entity<access>& self, const std::array<float, 3>& sums);
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
  lanes dx;       ///< metres east from the asking entity
  lanes dz;       ///< metres south
  lanes distance_squared;
  lane_ints near; ///< all ones where the candidate is another entity within the radius
  std::array<lanes, Gather::size> fields;
};

namespace detail {

/// Candidates of one bin: its nine bins, one after another, relative to the bin's own corner, padded
/// with far-away points. One per thread, reused: no allocation once it has grown.
template <std::size_t Fields>
class candidate_buffer {
public:
  static constexpr float far_away = 1e18F;

  void gather(const neighbourhood& around, std::int32_t bin, component_mask wanted,
              const std::array<const float*, Fields>& columns) {
    count_ = 0;
    std::int32_t nx = around.columns();
    reserve(around, bin);
    bool all = around.uniform() && (around.size() == 0 || (around.mask(0) & wanted) == wanted);
    for (std::int32_t dz = -1; dz <= 1; ++dz) {
      for (std::int32_t dx = -1; dx <= 1; ++dx) {
        std::int32_t b = bin + dz * nx + dx;
        float shift_x = static_cast<float>(dx) * around.bin_size();
        float shift_z = static_cast<float>(dz) * around.bin_size();
        if (dx == 0 && dz == 0)
          centre_ = count_;
        if (all)
          take_run(around, around.begin(b), around.end(b), shift_x, shift_z, columns);
        else
          take_matching(around, around.begin(b), around.end(b), shift_x, shift_z, wanted, columns,
                        dx == 0 && dz == 0);
      }
    }
    all_ = all;
    store_lanes(x_.data() + count_, splat(far_away));
    store_lanes(z_.data() + count_, splat(far_away));
    for (auto& f : fields_)
      store_lanes(f.data() + count_, splat(0));
  }

  /// Place in the buffer of the entry with offset `i` in the centre bin; -1 if it is no candidate.
  std::int32_t self(std::uint32_t i) const {
    return all_ ? static_cast<std::int32_t>(centre_ + i) : own_places_[i];
  }

  std::uint32_t count() const { return count_; }
  const float* x() const { return x_.data(); }
  const float* z() const { return z_.data(); }
  const float* field(std::size_t f) const { return fields_[f].data(); }

private:
  void reserve(const neighbourhood& around, std::int32_t bin) {
    std::size_t most = 0;
    for (std::int32_t dz = -1; dz <= 1; ++dz) {
      std::int32_t b = bin + dz * around.columns();
      most += around.end(b + 1) - around.begin(b - 1);
    }
    most += 2 * lane_count; // a run is stored in whole lanes, and so is the padding
    if (x_.size() < most) {
      x_.resize(most * 2);
      z_.resize(most * 2);
      for (auto& f : fields_)
        f.resize(most * 2);
    }
  }

  void take_run(const neighbourhood& around, std::uint32_t begin, std::uint32_t end, float shift_x,
                float shift_z, const std::array<const float*, Fields>& columns) {
    // Whole lanes are read and written, past the run's end too; the next run overwrites the surplus.
    for (std::uint32_t k = begin; k < end; k += lane_count) {
      std::uint32_t to = count_ + (k - begin);
      store_lanes(x_.data() + to, load_lanes(around.x() + k) + splat(shift_x));
      store_lanes(z_.data() + to, load_lanes(around.z() + k) + splat(shift_z));
      for (std::size_t f = 0; f < Fields; ++f)
        store_lanes(fields_[f].data() + to, load_lanes(columns[f] + k));
    }
    count_ += end - begin;
  }

  void take_matching(const neighbourhood& around, std::uint32_t begin, std::uint32_t end,
                     float shift_x, float shift_z, component_mask wanted,
                     const std::array<const float*, Fields>& columns, bool centre) {
    if (centre)
      own_places_.assign(end - begin, -1);
    for (std::uint32_t k = begin; k < end; ++k) {
      if ((around.mask(k) & wanted) != wanted)
        continue;
      if (centre)
        own_places_[k - begin] = static_cast<std::int32_t>(count_);
      x_[count_] = around.x()[k] + shift_x;
      z_[count_] = around.z()[k] + shift_z;
      for (std::size_t f = 0; f < Fields; ++f)
        fields_[f][count_] = columns[f][k];
      ++count_;
    }
  }

  std::uint32_t count_ = 0;
  std::uint32_t centre_ = 0;
  bool all_ = true;
  std::vector<float> x_;
  std::vector<float> z_;
  std::array<std::vector<float>, Fields> fields_;
  std::vector<std::int32_t> own_places_;
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
[[gnu::always_inline]] inline std::array<float, S::sum_count>
reduce(const candidate_buffer<Fields>& buffer, float x, float z, std::int32_t self, float limit) {
  std::array<lanes, S::sum_count> sums{};
  lanes own_x = splat(x);
  lanes own_z = splat(z);
  lanes most = splat(limit);
  lane_ints index{0, 1, 2, 3, 4, 5, 6, 7};
  lane_ints me = splat_int(self);
  std::uint32_t count = buffer.count();
  for (std::uint32_t k = 0; k < count; k += lane_count) {
    lane_neighbours<typename S::gather> n;
    n.dx = load_lanes(buffer.x() + k) - own_x;
    n.dz = load_lanes(buffer.z() + k) - own_z;
    n.distance_squared = n.dx * n.dx + n.dz * n.dz;
    n.near = (n.distance_squared <= most) & (index != me);
    for (std::size_t f = 0; f < Fields; ++f)
      n.fields[f] = load_lanes(buffer.field(f) + k);
    S::accumulate(n, sums);
    index += static_cast<std::int32_t>(lane_count);
  }
  std::array<float, S::sum_count> out;
  for (std::size_t i = 0; i < S::sum_count; ++i)
    out[i] = sum_lanes(sums[i]);
  return out;
}

} // namespace detail
} // namespace tessera
