// The flock without an engine: what a good single-thread program over plain arrays does. Agents are
// counting-sorted into 8 m bins every tick, all arrays re-ordered with them; then each agent looks at
// the three runs of its 3 x 3 bins.
//
// Two inner loops: a branchless scalar one, and one on the same eight lanes as the engine's kernel.
#pragma once

#include "core/lanes.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace tessera::bench {

class raw_flock {
public:
  raw_flock(std::size_t agents, double side_m, std::uint64_t seed);

  void tick_scalar();
  void tick_lanes();

  std::size_t size() const { return x_.size(); }
  double checksum() const;

private:
  static constexpr float radius_m = 8;
  static constexpr float dt_s = 0.05F;

  void sort_into_bins();
  template <class Sum>
  void each_agent(Sum&& sum);
  void steer(std::size_t i, const float* sums);

  float side_;
  std::int32_t bins_;
  std::vector<float> x_, z_, vx_, vz_;     // current
  std::vector<float> sx_, sz_, svx_, svz_; // sorted, as of the last tick
  std::vector<std::uint32_t> bin_, starts_, write_;
};

inline raw_flock::raw_flock(std::size_t agents, double side_m, std::uint64_t seed)
  : side_(static_cast<float>(side_m)), bins_(static_cast<std::int32_t>(side_m / radius_m) + 1) {
  std::uint64_t state = seed;
  auto next = [&] {
    state = state * 6364136223846793005ull + 1442695040888963407ull;
    return static_cast<float>(state >> 40) * 0x1p-24F;
  };
  for (auto* v : {&x_, &z_, &vx_, &vz_})
    v->resize(agents);
  for (auto* v : {&sx_, &sz_, &svx_, &svz_})
    v->resize(agents + lane_count); // whole lanes are read past the end
  bin_.resize(agents);
  starts_.resize(static_cast<std::size_t>(bins_) * static_cast<std::size_t>(bins_) + 1);
  for (std::size_t i = 0; i < agents; ++i) {
    x_[i] = next() * side_;
    z_[i] = next() * side_;
    vx_[i] = next() * 2 - 1;
    vz_[i] = next() * 2 - 1;
  }
}

inline void raw_flock::sort_into_bins() {
  std::size_t n = x_.size();
  std::fill(starts_.begin(), starts_.end(), 0);
  for (std::size_t i = 0; i < n; ++i) {
    auto bx = static_cast<std::int32_t>(x_[i] * (1 / radius_m));
    auto bz = static_cast<std::int32_t>(z_[i] * (1 / radius_m));
    bin_[i] = static_cast<std::uint32_t>(bz * bins_ + bx);
    ++starts_[bin_[i] + 1];
  }
  for (std::size_t b = 1; b < starts_.size(); ++b)
    starts_[b] += starts_[b - 1];
  write_.assign(starts_.begin(), starts_.end() - 1);
  for (std::size_t i = 0; i < n; ++i) {
    std::uint32_t to = write_[bin_[i]]++;
    sx_[to] = x_[i];
    sz_[to] = z_[i];
    svx_[to] = vx_[i];
    svz_[to] = vz_[i];
  }
}

inline void raw_flock::steer(std::size_t i, const float* sums) {
  float fx = 12 * sums[0];
  float fz = 12 * sums[1];
  if (sums[6] > 0) {
    float share = 1 / sums[6];
    fx += (sums[2] * share - svx_[i]) + 0.5F * (sums[4] * share);
    fz += (sums[3] * share - svz_[i]) + 0.5F * (sums[5] * share);
  }
  float vx = svx_[i] + fx * dt_s;
  float vz = svz_[i] + fz * dt_s;
  float squared = vx * vx + vz * vz;
  if (squared > 36) {
    float scale = 6 / std::sqrt(squared);
    vx *= scale;
    vz *= scale;
  }
  float x = sx_[i] + vx * dt_s;
  float z = sz_[i] + vz * dt_s;
  auto reflect = [&](float& p, float& v) {
    if (p < 0) {
      p = -p;
      v = -v;
    } else if (p >= side_) {
      p = 2 * side_ - p;
      v = -v;
    }
  };
  reflect(x, vx);
  reflect(z, vz);
  x_[i] = x;
  z_[i] = z;
  vx_[i] = vx;
  vz_[i] = vz;
}

/// sum(i, begin, end, sums) adds the candidates [begin, end) for agent i; called per row of bins.
template <class Sum>
void raw_flock::each_agent(Sum&& sum) {
  for (std::int32_t bz = 0; bz < bins_; ++bz) {
    for (std::int32_t bx = 0; bx < bins_; ++bx) {
      std::size_t bin = static_cast<std::size_t>(bz * bins_ + bx);
      std::uint32_t begins[3];
      std::uint32_t ends[3];
      int runs = 0;
      for (std::int32_t z = std::max(bz - 1, 0); z <= std::min(bz + 1, bins_ - 1); ++z) {
        begins[runs] = starts_[static_cast<std::size_t>(z * bins_ + std::max(bx - 1, 0))];
        ends[runs++] =
          starts_[static_cast<std::size_t>(z * bins_ + std::min(bx + 1, bins_ - 1)) + 1];
      }
      for (std::uint32_t i = starts_[bin]; i < starts_[bin + 1]; ++i)
        sum(i, begins, ends, runs);
    }
  }
}

inline void raw_flock::tick_scalar() {
  sort_into_bins();
  each_agent([this](std::uint32_t i, const std::uint32_t* begins, const std::uint32_t* ends,
                    int runs) {
    float px = sx_[i];
    float pz = sz_[i];
    float push_x = 0, push_z = 0, speed_x = 0, speed_z = 0, centre_x = 0, centre_z = 0, others = 0;
    for (int r = 0; r < runs; ++r) {
      for (std::uint32_t k = begins[r]; k < ends[r]; ++k) {
        float dx = sx_[k] - px;
        float dz = sz_[k] - pz;
        float d2 = dx * dx + dz * dz;
        // A third of the candidates are near, in no pattern: a branch would be mispredicted.
        auto near = -static_cast<std::uint32_t>((d2 <= radius_m * radius_m) & (k != i));
        auto keep_near = [near](float v) {
          return std::bit_cast<float>(std::bit_cast<std::uint32_t>(v) & near);
        };
        float w = keep_near(1.0F / (d2 + 0.01F));
        push_x -= dx * w;
        push_z -= dz * w;
        speed_x += keep_near(svx_[k]);
        speed_z += keep_near(svz_[k]);
        centre_x += keep_near(dx);
        centre_z += keep_near(dz);
        others += keep_near(1.0F);
      }
    }
    float s[7] = {push_x, push_z, speed_x, speed_z, centre_x, centre_z, others};
    steer(i, s);
  });
}

inline void raw_flock::tick_lanes() {
  sort_into_bins();
  each_agent(
    [this](std::uint32_t i, const std::uint32_t* begins, const std::uint32_t* ends, int runs) {
      lanes px = splat(sx_[i]);
      lanes pz = splat(sz_[i]);
      lanes s[7] = {};
      lane_ints me = splat_int(static_cast<std::int32_t>(i));
      for (int r = 0; r < runs; ++r) {
        lane_ints end = splat_int(static_cast<std::int32_t>(ends[r]));
        lane_ints index =
          lane_ints{0, 1, 2, 3, 4, 5, 6, 7} + splat_int(static_cast<std::int32_t>(begins[r]));
        for (std::uint32_t k = begins[r]; k < ends[r]; k += lane_count) {
          lanes dx = load_lanes(&sx_[k]) - px;
          lanes dz = load_lanes(&sz_[k]) - pz;
          lanes d2 = dx * dx + dz * dz;
          lane_ints near = (d2 <= radius_m * radius_m) & (index != me) & (index < end);
          lanes w = keep(near, 1.0F / (d2 + 0.01F));
          s[0] -= dx * w;
          s[1] -= dz * w;
          s[2] += keep(near, load_lanes(&svx_[k]));
          s[3] += keep(near, load_lanes(&svz_[k]));
          s[4] += keep(near, dx);
          s[5] += keep(near, dz);
          s[6] += keep(near, splat(1));
          index += 8;
        }
      }
      float sums[7];
      for (int j = 0; j < 7; ++j)
        sums[j] = sum_lanes(s[j]);
      steer(i, sums);
    });
}

inline double raw_flock::checksum() const {
  double sum = 0;
  for (std::size_t i = 0; i < x_.size(); ++i)
    sum += double{x_[i]} + double{z_[i]};
  return sum;
}

} // namespace tessera::bench
