// A renderer on the software driver with validation on, and worlds to draw.
#pragma once

#include "render/renderer.hpp"
#include "shards/world_look.hpp"
#include "tests/support/worlds.hpp"

#include <algorithm>
#include <cstdlib>
#include <gtest/gtest.h>
#include <iostream>

namespace tessera::testing {

/// One for all tests of a fixture; none of them may leave a message of the layers.
class drawing : public ::testing::Test {
protected:
  static void SetUpTestSuite() {
    // The same pictures on every machine, graphics card or not.
    setenv("VK_ICD_FILENAMES", "/usr/share/vulkan/icd.d/lvp_icd.x86_64.json", 0);
    auto made = renderer::open({.validate = true});
    if (!made)
      std::cerr << made.error().message << '\n';
    else
      drawn_by = std::move(*made);
  }
  static void TearDownTestSuite() { drawn_by.reset(); }
  void SetUp() override {
    ASSERT_TRUE(drawn_by) << "mesa-vulkan-drivers and vulkan-validationlayers are needed";
  }
  void TearDown() override {
    for (const auto& text : drawn_by->messages())
      ADD_FAILURE() << text;
    ASSERT_EQ(drawn_by->message_count(), 0u);
  }

  static picture draw(const frame_request& request) {
    auto out = drawn_by->draw(request);
    if (!out)
      throw std::runtime_error(out.error().message);
    return std::move(*out);
  }
  static void set_bodies(const instance_columns& bodies) {
    const instance_columns* one[] = {&bodies};
    ASSERT_TRUE(drawn_by->set_bodies(one));
  }

  static std::unique_ptr<renderer> drawn_by;
};
inline std::unique_ptr<renderer> drawing::drawn_by;

/// Everything that a world shows, in the order of ids; covers behind.
inline std::vector<instance_columns> look_at_world(const lockstep_world& world,
                                                   const world_setup& setup) {
  return instances_of(world, appearance_of(*setup.game), setup.cell_size_m);
}

inline shown_world shown_of(const world_setup& setup) {
  return {setup.ground, setup.extent, setup.cell_size_m, appearance_of(*setup.game)};
}

/// A body of one kind at metres on a flat world of 64 m cells.
inline void add_body(instance_columns& to, double east_m, double south_m, float length_m,
                     std::uint32_t kind = 0) {
  instance_place p;
  p.cell_x = static_cast<std::uint16_t>(east_m / 64);
  p.cell_z = static_cast<std::uint16_t>(south_m / 64);
  p.x = static_cast<std::uint16_t>((east_m - p.cell_x * 64) * 1024);
  p.z = static_cast<std::uint16_t>((south_m - p.cell_z * 64) * 1024);
  p.scale_m = length_m;
  to.places.push_back(p);
  to.turns.push_back({32767, 0, 100, static_cast<std::uint16_t>(to.ids.size() * 40503u)});
  to.materials.push_back(kind);
  to.ids.push_back(entity_id{to.ids.size() + 1});
}

inline shown_world flat_world(body_shape shape) {
  shown_world world;
  world.extent = {0, 0, 32, 32};
  kind_appearance kind;
  kind.shape = shape;
  kind.colour = {0.8F, 0.3F, 0.2F};
  world.looks.kinds.push_back(kind);
  return world;
}

/// Largest and mean difference of a colour channel, in 255ths.
struct picture_difference {
  int largest = 255;
  double mean = 255;
};
inline picture_difference compare(const picture& l, const picture& r) {
  if (l.width != r.width || l.height != r.height)
    return {};
  picture_difference out{0, 0};
  for (std::size_t i = 0; i < l.rgba.size(); ++i) {
    const int d = std::abs(int{l.rgba[i]} - int{r.rgba[i]});
    out.largest = std::max(out.largest, d);
    out.mean += d;
  }
  out.mean /= static_cast<double>(l.rgba.size());
  return out;
}

} // namespace tessera::testing
