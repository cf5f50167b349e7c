// Rain and dust: worked out in C++ and on the device, and without any state.
#include "render/particle_mixing.hpp"
#include "render/particles.hpp"
#include "tests/render/render_stage.hpp"

#include <algorithm>
#include <bit>
#include <cstdlib>

namespace tessera {
namespace {

using testing::add_body;
using testing::drawing;
using testing::flat_world;

class particles : public drawing {};

frame_request of_a_field() {
  frame_request r;
  r.from = {1010, 4, 980, 0, -8};
  r.width = 320;
  r.height = 180;
  r.grass = false;
  r.smooth = false;
  r.time_s = 12.5;
  return r;
}

instance_columns runners() {
  instance_columns out;
  for (int i = 0; i < 40; ++i) {
    add_body(out, 1000 + i % 8 * 2.5, 960 - i / 8 * 3.0, 2);
    out.turns.back().speed_cm_s = 600;
  }
  return out;
}

/// In a channel, by more than so many 255ths.
std::size_t pixels_that_differ(const picture& l, const picture& r, int by = 0) {
  std::size_t out = 0;
  for (std::size_t i = 0; i < l.rgba.size(); i += 4) {
    int most = 0;
    for (std::size_t channel = i; channel < i + 4; ++channel)
      most = std::max(most, std::abs(int{l.rgba[channel]} - int{r.rgba[channel]}));
    out += most > by ? 1 : 0;
  }
  return out;
}

TEST_F(particles, rain_is_seen_and_depends_on_the_time_alone) {
  ASSERT_TRUE(drawn_by->show(flat_world(body_shape::grazer)));
  auto request = of_a_field();
  const picture dry = draw(request);
  request.raindrops = 20'000;
  const picture wet = draw(request);
  EXPECT_EQ(drawn_by->figures().particles, 20'000u);
  EXPECT_GT(pixels_that_differ(dry, wet), 1000u);
  request.time_s = 13.1;
  EXPECT_NE(draw(request), wet);
  request.time_s = 12.5;
  EXPECT_EQ(draw(request), wet) << "something was left of other frames";
  request.raindrops = 0;
  EXPECT_EQ(draw(request), dry);
}

TEST_F(particles, who_runs_raises_dust_and_who_walks_does_not) {
  ASSERT_TRUE(drawn_by->show(flat_world(body_shape::grazer)));
  auto request = of_a_field();
  instance_columns bodies = runners();
  set_bodies(bodies);
  const picture dusty = draw(request);
  EXPECT_EQ(drawn_by->figures().particles, 40u * gpu::dust_motes);
  request.dust = false;
  EXPECT_GT(pixels_that_differ(draw(request), dusty), 100u);
  request.dust = true;
  for (auto& turn : bodies.turns)
    turn.speed_cm_s = 100;
  set_bodies(bodies);
  draw(request);
  EXPECT_EQ(drawn_by->figures().particles, 0u);
}

TEST_F(particles, a_device_of_its_own_makes_the_same_ones) {
  auto on_device = renderer::open({.validate = true, .shaders_alone = true});
  ASSERT_TRUE(on_device) << on_device.error().message;
  const instance_columns bodies = runners();
  const instance_columns* parts[] = {&bodies};
  auto request = of_a_field();
  request.raindrops = 5'000;
  std::vector<picture> both;
  for (renderer* by : {drawn_by.get(), on_device->get()}) {
    ASSERT_TRUE(by->show(flat_world(body_shape::grazer)));
    ASSERT_TRUE(by->set_bodies(parts));
    both.push_back(*by->draw(request));
    both.push_back(*by->draw(request));
  }
  EXPECT_EQ(both[0], both[1]);
  EXPECT_EQ(both[2], both[3]);
  // Rounding may put one into the pixel beside, and C++ mixes colours by tables.
  EXPECT_LT(pixels_that_differ(both[0], both[2], 2), 320u * 180 / 200);
  request.raindrops = 0;
  request.dust = false;
  EXPECT_GT(pixels_that_differ(draw(request), both[0]), 1000u);
  EXPECT_EQ((*on_device)->message_count(), 0u);
}

TEST_F(particles, before_and_behind_a_body_both_ways_are_the_same) {
  auto on_device = renderer::open({.validate = true, .shaders_alone = true});
  ASSERT_TRUE(on_device) << on_device.error().message;
  instance_columns bodies;
  for (int i = 0; i < 9; ++i)
    add_body(bodies, 1000 + i * 2.5, 975 - i, 3);
  const instance_columns* parts[] = {&bodies};
  auto request = of_a_field();
  request.raindrops = 30'000;
  for (bool shadows : {false, true}) { // with a stencil beside the depth
    request.shadows = shadows;
    std::vector<picture> both;
    for (renderer* by : {drawn_by.get(), on_device->get()}) {
      ASSERT_TRUE(by->show(flat_world(body_shape::cube)));
      ASSERT_TRUE(by->set_bodies(parts));
      both.push_back(*by->draw(request));
    }
    EXPECT_LT(pixels_that_differ(both[0], both[1], 2), 320u * 180 / 200) << shadows;
  }
  EXPECT_EQ((*on_device)->message_count(), 0u);
}

TEST(particle_mixer, puts_what_is_nearer_than_what_was_drawn_and_takes_it_away) {
  constexpr std::uint32_t width = 40;
  constexpr std::uint32_t height = 35; // parts of squares, parts of columns
  std::vector<std::uint64_t> words(particle_words(width, height));
  std::vector<std::uint32_t> tiles(4, 1);
  const particle_picture seen{words, tiles, width, height};
  std::vector<float> depth(std::size_t{width} * height, 0.5F);
  std::vector<std::uint8_t> pixels(depth.size() * 4, 100);
  auto put = [&](std::uint32_t x, std::uint32_t y, float how_near, std::uint32_t colour) {
    words[(std::size_t{y} / 8 * width + x) * 8 + y % 8] =
      std::uint64_t{std::bit_cast<std::uint32_t>(how_near)} << 32 | colour;
  };
  const std::uint32_t all_white = 0xFFFFFFFF;
  put(3, 4, 0.6F, all_white);
  put(39, 34, 0.6F, all_white);
  put(20, 20, 0.4F, all_white); // behind
  put(21, 20, 0.5F, all_white); // as near
  put(5, 4, 0.6F, 0x00FFFFFF);  // of no opacity
  put(6, 4, 0.6F, 0x80000000);  // half of black
  gpu::frame_data frame{};
  frame.sky_light = {100, 100, 100};
  particle_mixer{}.mix(frame, seen, depth.data(), {pixels.data(), 4 * width, width, height});
  for (std::uint32_t y = 0; y < height; ++y)
    for (std::uint32_t x = 0; x < width; ++x) {
      const std::size_t at = (std::size_t{y} * width + x) * 4;
      const bool white = (x == 3 && y == 4) || (x == 39 && y == 34);
      // 100 of 255 are 0.1274 of the light; half of that is stored as 72.
      const int expected = white ? 255 : x == 6 && y == 4 ? 72 : 100;
      for (std::size_t channel = 0; channel < 3; ++channel)
        ASSERT_NEAR(pixels[at + channel], expected, 1) << x << " " << y;
      ASSERT_EQ(pixels[at + 3], 100);
    }
  EXPECT_EQ(words, std::vector<std::uint64_t>(words.size()));
  EXPECT_EQ(tiles, std::vector<std::uint32_t>(4));
}

TEST(particle_sources, are_near_and_bounded_in_number) {
  instance_columns bodies;
  for (int i = 0; i < gpu::dust_sources_most + 500; ++i) {
    add_body(bodies, 1000 + i % 50 * 0.5, 1000 + i / 50 * 0.5, 1);
    bodies.turns.back().speed_cm_s = 500;
  }
  add_body(bodies, 1400, 1000, 1);
  bodies.turns.back().speed_cm_s = 500;
  std::vector<runner> all;
  find_runners(bodies, all);
  EXPECT_EQ(all.size(), bodies.places.size());
  gpu::frame_data frame{};
  frame.cell_size_m = 64;
  frame.camera_cell = {15, 15};
  frame.camera_in_cell_m = {40, 40};
  std::vector<gpu::dust_source> out;
  find_dust(frame, all, out);
  EXPECT_EQ(out.size(), static_cast<std::size_t>(gpu::dust_sources_most));
  frame.camera_cell = {21, 15};
  find_dust(frame, all, out);
  EXPECT_EQ(out.size(), 1u) << "only the one that stands apart is near";
  EXPECT_NEAR(out[0].from_camera.x, 1400 - 21 * 64 - 40, 0.01);
  EXPECT_NEAR(out[0].velocity_m_s.x, 5, 0.01);
}

} // namespace
} // namespace tessera
