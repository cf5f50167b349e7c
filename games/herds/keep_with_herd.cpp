#include "games/herds/keep_with_herd.hpp"

#include "games/herds/seek.hpp"
#include "games/herds/walk.hpp"

namespace herds {

namespace {

using sums_of = tessera::lane_sums<keep_with_herd::sum_count>;
using rule = keep_with_herd;

// Inside a herd of even density r the pushes cancel; at its edge they are 64 * push * r outwards (over
// the half disc of 32 m), against 13.6 * pull inwards. The two are equal at r = 0.21 * pull / push:
// these keep about one grazer per 90 square metres.
constexpr float push = 0.9F;  ///< m^2/s
constexpr float pull = 0.05F; ///< 1/s
constexpr float follow = 0.3F;
/// Share of the neighbours' mean alarm that jumps over; below 1, or a fright would never end.
constexpr float contagion = 0.9F;
constexpr float calm_agility_per_s = 2;
constexpr float flight_agility_per_s = 5;
/// Wanting less than this, it stands and grazes.
constexpr float shuffle_m_per_s = 0.15F;

/// A command may have set any velocity; nobody follows these.
constexpr float absurd = 1e6F;

struct wanted {
  float x;
  float z;
};

wanted in_peace(const sums_of& s, float share, const drive& own, float fastest) {
  wanted w{own.x + push * s[rule::push_x], own.z + push * s[rule::push_z]};
  w.x += (pull * s[rule::centre_x] + follow * s[rule::speed_x]) * share;
  w.z += (pull * s[rule::centre_z] + follow * s[rule::speed_z]) * share;
  float pace = length(w.x, w.z);
  if (pace < shuffle_m_per_s)
    return {0, 0};
  if (!(pace < absurd))
    return {0, 0};
  if (pace > fastest)
    return {w.x / pace * fastest, w.z / pace * fastest};
  return w;
}

/// Away from what it sees; with the others when it only takes their word; on as it runs otherwise.
wanted in_fright(const sums_of& s, float share, const velocity& v, float fastest) {
  wanted w{v.x * 0.1F, v.z * 0.1F};
  float fear = length(s[rule::dread_x], s[rule::dread_z]);
  if (fear > 0) {
    w.x += 3 * s[rule::dread_x] / fear;
    w.z += 3 * s[rule::dread_z] / fear;
  }
  w.x += s[rule::speed_x] * share * 0.2F + push * s[rule::push_x];
  w.z += s[rule::speed_z] * share * 0.2F + push * s[rule::push_z];
  float pace = length(w.x, w.z);
  if (!(pace > 1e-6F && pace < absurd))
    return {0, 0};
  return {w.x / pace * fastest, w.z / pace * fastest};
}

} // namespace

void keep_with_herd::run(const tessera::entity<access>& self,
                         const tessera::lane_sums<sum_count>& sums) {
  auto world = self.world();
  const auto& fixed = world.parameters<constants>();
  const float dt = world.dt_s();
  const float share = sums[others] > 0 ? 1 / sums[others] : 0.0F;
  self.get<grazer>().company = sums[others];

  presence& look = self.get<presence>();
  const bool fled = look.alarm > 0.5F;
  bool sees = sums[dread_x] != 0 || sums[dread_z] != 0;
  float caught = sees ? 1.0F : contagion * sums[alarms] * share;
  look.alarm = share_of(std::max(look.alarm - dt / fixed.set.grazer_calm_s, caught), 0, 1);
  const bool flees = look.alarm > 0.5F;
  if (flees && !fled)
    self.add(fleeing{});
  if (fled && !flees)
    self.remove<fleeing>();

  velocity& v = self.get<velocity>();
  if (flees) {
    // Wounds and hunger slow it.
    const body& b = self.get<body>();
    float fit = 0.5F + 0.3F * b.health + 0.2F * std::min(1.0F, b.energy * 4);
    wanted w = in_fright(sums, share, v, fixed.set.grazer_run_m_per_s * fit);
    turn_towards(v, w.x, w.z, flight_agility_per_s, dt);
  } else {
    wanted w = in_peace(sums, share, self.get<drive>(), fixed.set.grazer_trot_m_per_s);
    turn_towards(v, w.x, w.z, calm_agility_per_s, dt);
  }
  walk(world, fixed, self.get<tessera::position>(), v);
}

} // namespace herds
