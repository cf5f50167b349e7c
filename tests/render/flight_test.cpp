#include "render/flight.hpp"

#include <cmath>
#include <gtest/gtest.h>

namespace tessera {
namespace {

double flat(double, double) {
  return 0;
}

TEST(flight, ahead_is_where_it_looks_and_right_is_to_the_right_of_it) {
  camera c;
  c.up_m = 10;
  c.bearing_deg = 90; // east
  flight_input input;
  input.ahead = 1;
  fly(c, input, 1, flat);
  EXPECT_GT(c.east_m, 5);
  EXPECT_NEAR(c.south_m, 0, 1e-3);
  input = {};
  input.right = 1;
  fly(c, input, 1, flat);
  EXPECT_GT(c.south_m, 5);
}

TEST(flight, it_never_goes_below_the_ground) {
  camera c;
  c.up_m = 30;
  c.pitch_deg = -80;
  flight_input input;
  input.nearer = 100;
  fly(c, input, 0.1, flat);
  EXPECT_GT(c.up_m, 1);
}

TEST(flight, it_turns_through_north_and_not_over_its_head) {
  camera c;
  c.bearing_deg = 359;
  flight_input input;
  input.turn_right_deg = 3;
  input.turn_up_deg = 200;
  fly(c, input, 0.1, flat);
  EXPECT_FLOAT_EQ(c.bearing_deg, 2);
  EXPECT_FLOAT_EQ(c.pitch_deg, 89);
}

TEST(flight, the_body_under_the_pixel_is_picked_and_of_two_the_nearer) {
  camera c;
  c.east_m = 100;
  c.south_m = 200;
  c.up_m = 1;
  instance_columns bodies;
  auto put = [&](std::uint16_t x, std::uint16_t z) {
    bodies.places.push_back({1, 2, x, z, 0.6F, 1});
  };
  // Cell (1, 2) of 64 m begins at 64, 128; the camera is 36 m east and 72 m south of there.
  put(36 * 1024, 20 * 1024); // 52 m to the north
  put(36 * 1024, 40 * 1024); // 32 m
  put(46 * 1024, 40 * 1024); // to the right
  const auto hit = pick(bodies, 64, c, 800, 600, 400, 300);
  ASSERT_TRUE(hit);
  EXPECT_EQ(*hit, 1u);
  const double unit_px = 300 / std::tan(25 * 3.14159265 / 180);
  EXPECT_EQ(pick(bodies, 64, c, 800, 600, 400 + unit_px * 10 / 32, 300), 2u);
  EXPECT_FALSE(pick(bodies, 64, c, 800, 600, 100, 100));
}

TEST(flight, what_it_follows_is_in_the_middle_of_the_picture) {
  camera c;
  c.bearing_deg = 45;
  c.pitch_deg = -20;
  follow(c, 500, 12, 700, 30);
  const glm::vec3 forward = c.forward();
  EXPECT_NEAR(c.east_m + 30 * double{forward.x}, 500, 1e-3);
  EXPECT_NEAR(c.up_m + 30 * double{forward.y}, 12, 1e-3);
  EXPECT_NEAR(c.south_m + 30 * double{forward.z}, 700, 1e-3);
}

} // namespace
} // namespace tessera
