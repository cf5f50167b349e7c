// Pictures themselves, drawn on the software driver under validation and synchronisation validation.
#include "games/games.hpp"
#include "render/culling.hpp"
#include "render/frame_data.hpp"
#include "render/models.hpp"
#include "sdk/open_world.hpp"
#include "sdk/world_file.hpp"
#include "tests/render/render_stage.hpp"
#include "tests/support/glb.hpp"
#include "tests/support/temporary_directory.hpp"
#include "tests/support/test_games.hpp"

#include <filesystem>
#include <random>

namespace tessera {
namespace {

using testing::add_body;
using testing::compare;
using testing::drawing;
using testing::flat_world;

frame_request small(double east_m, double south_m, double up_m, float bearing, float pitch) {
  frame_request r;
  r.from = {east_m, up_m, south_m, bearing, pitch};
  r.width = 320;
  r.height = 180;
  return r;
}

std::vector<const instance_columns*> pointers(const std::vector<instance_columns>& parts) {
  std::vector<const instance_columns*> out;
  for (const auto& part : parts)
    out.push_back(&part);
  return out;
}

TEST_F(drawing, the_sky_is_above_and_the_ground_below) {
  ASSERT_TRUE(drawn_by->show(flat_world(body_shape::cube)));
  const picture p = draw(small(1000, 1000, 20, 0, 0));
  ASSERT_EQ(p.rgba.size(), 320u * 180 * 4);
  auto blue_less_green = [&](std::size_t row) {
    const std::uint8_t* pixel = &p.rgba[(row * 320 + 160) * 4];
    return int{pixel[2]} - int{pixel[1]};
  };
  EXPECT_GT(blue_less_green(5), 0);
  EXPECT_LT(blue_less_green(170), 0);
}

TEST_F(drawing, the_same_request_gives_the_same_picture) {
  ASSERT_TRUE(drawn_by->show(flat_world(body_shape::grazer)));
  instance_columns bodies;
  for (int i = 0; i < 500; ++i)
    add_body(bodies, 1000 + i % 25 * 1.3, 960 - i / 25 * 1.7, 2);
  set_bodies(bodies);
  const auto request = small(1010, 975, 6, 0, -10);
  const picture first = draw(request);
  for (int i = 0; i < 3; ++i)
    EXPECT_EQ(draw(request), first);
}

TEST_F(drawing, a_world_gives_the_same_picture_under_every_layout) {
  auto setup = testing::make_world(wanderers::definition.define);
  ASSERT_TRUE(drawn_by->show(testing::shown_of(*setup)));
  std::optional<picture> first;
  for (const auto& [name, cut] : testing::layouts_of(*setup)) {
    lockstep_world world{setup, cut};
    world.run_to(25);
    const auto parts = testing::look_at_world(world, *setup);
    ASSERT_TRUE(drawn_by->set_bodies(pointers(parts)));
    const picture p = draw(small(128, 150, 5, 0, -12));
    EXPECT_GT(drawn_by->figures().by_level[0] + drawn_by->figures().by_level[1] +
                drawn_by->figures().by_level[2],
              20u);
    if (!first)
      first = p;
    EXPECT_EQ(p, *first) << name;
  }
}

/// Kinds of all shapes and sizes in turns, all over a flat world.
shown_world all_shapes() {
  shown_world world = flat_world(body_shape::cube);
  for (auto shape : {body_shape::arrow, body_shape::grazer, body_shape::predator}) {
    world.looks.kinds.push_back(world.looks.kinds[0]);
    world.looks.kinds.back().shape = shape;
  }
  return world;
}
instance_columns crowd(int count) {
  std::mt19937 random(7);
  std::uniform_real_distribution<double> anywhere(0, 2047);
  instance_columns out;
  for (int i = 0; i < count; ++i)
    add_body(out, anywhere(random), anywhere(random), 0.5F + static_cast<float>(i % 7),
             static_cast<std::uint32_t>(i) % 4);
  return out;
}

// The processor sorts bodies and enlarges pictures where it draws; a card does both by its shaders.
class by_shaders_alone : public drawing {
protected:
  void SetUp() override {
    drawing::SetUp();
    auto made = renderer::open({.validate = true, .shaders_alone = true});
    ASSERT_TRUE(made) << made.error().message;
    shaders = std::move(*made);
    for (renderer* by : {drawn_by.get(), shaders.get()}) {
      const instance_columns* parts[] = {&bodies};
      ASSERT_TRUE(by->show(all_shapes()));
      ASSERT_TRUE(by->set_bodies(parts));
    }
  }
  void TearDown() override {
    for (const auto& text : shaders->messages())
      ADD_FAILURE() << text;
    drawing::TearDown();
  }
  instance_columns bodies = crowd(20'000);
  std::unique_ptr<renderer> shaders;
};

TEST_F(by_shaders_alone, as_many_bodies_are_drawn_as_the_processor_counts) {
  std::array<std::uint32_t, gpu::detail_levels + 1> all{};
  for (float bearing : {0.0F, 45.0F, 190.0F, 300.0F}) {
    const auto request = small(1024, 1024, 5, bearing, -5);
    draw(request);
    ASSERT_TRUE(shaders->draw(request));
    EXPECT_EQ(shaders->figures().by_level, drawn_by->figures().by_level) << bearing;
    for (std::size_t level = 0; level < all.size(); ++level)
      all[level] += drawn_by->figures().by_level[level];
  }
  for (auto count : all)
    EXPECT_GT(count, 0u);
}

TEST_F(by_shaders_alone, the_picture_is_the_same) {
  for (float bearing : {0.0F, 190.0F}) {
    const auto request = small(1024, 1024, 15, bearing, -5);
    EXPECT_EQ(draw(request), *shaders->draw(request)) << bearing;
  }
  // Down to where there is no body, and no dot is left of the frame before.
  auto request = small(1024, 1024, 15, 0, 80);
  request.backdrop = false;
  EXPECT_EQ(draw(request), *shaders->draw(request));
}

TEST_F(by_shaders_alone, an_enlarged_picture_is_nearly_the_same) {
  auto request = small(1024, 1024, 15, 0, -5);
  request.scale = 0.4F;
  const auto both = compare(draw(request), *shaders->draw(request));
  EXPECT_LE(both.largest, 3);
  EXPECT_LT(both.mean, 0.5);
}

TEST(body_sorter, counts_who_is_seen_by_plain_geometry) {
  const instance_columns bodies = crowd(2'000);
  const frame_request request = small(1024, 1024, 15, 45, -5);
  const auto view = matrices_of(request.from, 320.0F / 180.0F);
  gpu::frame_data frame{};
  frame.cell_size_m = 64;
  describe_camera(frame, request, view, {});
  const std::vector<gpu::kind_data> kinds(4, gpu::kind_data{{}, 0, 0, 1, {}});
  const std::vector<gpu::mesh_range> meshes(gpu::mesh_buckets);
  std::vector<std::uint32_t> visible(bodies.places.size());
  std::vector<gpu::indexed_draw> draws(gpu::buckets);
  gpu::body_work work{};
  body_sorter{}.sort(frame, {bodies.places, bodies.materials, kinds}, meshes, visible, draws, work);
  std::uint32_t expected = 0;
  for (const auto& p : bodies.places) {
    const glm::dvec3 at{p.cell_x * 64.0 + p.x / 1024.0 - 1024, 0.4 * p.scale_m - 15,
                        p.cell_z * 64.0 + p.z / 1024.0 - 1024};
    bool seen = true;
    for (const auto& plane : view.frustum)
      seen = seen && glm::dot(glm::dvec3(plane), at) + plane.w > -double{p.scale_m};
    expected += seen ? 1 : 0;
  }
  std::uint32_t found = draws[gpu::dot_bucket].index_count;
  for (std::size_t b = 0; b < gpu::mesh_buckets; ++b) {
    found += draws[b].instance_count;
    const auto first = visible.begin() + draws[b].first_instance;
    EXPECT_TRUE(std::is_sorted(first, first + draws[b].instance_count));
  }
  EXPECT_GT(expected, 200u);
  EXPECT_NEAR(found, expected, 2); // who touches the edge of the view
  EXPECT_EQ(work.standing + draws[gpu::dot_bucket].index_count, found);
}

TEST_F(drawing, of_two_far_bodies_the_nearer_is_seen_whoever_comes_first) {
  ASSERT_TRUE(drawn_by->show(flat_world(body_shape::cube)));
  auto request = small(1024, 1400, 60, 0, -12);
  request.backdrop = false;
  auto draw_in_order = [&](bool backwards) {
    instance_columns bodies;
    for (int i = 0; i < 4000; ++i) {
      const int at = backwards ? 3999 - i : i;
      add_body(bodies, 900 + at % 61 * 4.1, 300 + at / 61 * 3.7, 1.5F);
      bodies.turns.back().variety = static_cast<std::uint16_t>(at * 16);
    }
    set_bodies(bodies);
    return draw(request);
  };
  const picture forwards = draw_in_order(false);
  EXPECT_GT(drawn_by->figures().by_level[3], 3000u);
  // No two are equally near here, so their order decides nothing.
  EXPECT_EQ(draw_in_order(true), forwards);
}

TEST_F(drawing, a_frame_leaves_nothing_of_the_one_before) {
  ASSERT_TRUE(drawn_by->show(flat_world(body_shape::cube)));
  auto request = small(1024, 1400, 60, 0, -12);
  instance_columns none;
  set_bodies(none);
  const picture empty = draw(request);
  instance_columns bodies;
  for (int i = 0; i < 3000; ++i)
    add_body(bodies, 900 + i % 61 * 4.1, 300 + i / 61 * 3.7, 1.5F);
  set_bodies(bodies);
  EXPECT_NE(draw(request), empty);
  set_bodies(none);
  EXPECT_EQ(draw(request), empty);
}

TEST_F(drawing, a_device_without_wide_atomics_gives_nearly_the_same_picture) {
  auto plain = renderer::open({.validate = true, .without_wide_atomics = true});
  ASSERT_TRUE(plain) << plain.error().message;
  instance_columns bodies;
  for (int i = 0; i < 4000; ++i)
    add_body(bodies, 900 + i % 61 * 4.1, 300 + i / 61 * 3.7, 1.5F);
  const instance_columns* parts[] = {&bodies};
  const auto request = small(1024, 1400, 60, 0, -12);
  std::vector<picture> both;
  for (renderer* by : {drawn_by.get(), plain->get()}) {
    ASSERT_TRUE(by->show(flat_world(body_shape::cube)));
    ASSERT_TRUE(by->set_bodies(parts));
    both.push_back(*by->draw(request));
    EXPECT_GT(by->figures().by_level[3], 3000u);
  }
  EXPECT_LT(compare(both[0], both[1]).mean, 1.0);
  EXPECT_EQ((*plain)->message_count(), 0u);
}

TEST_F(drawing, a_timed_frame_says_what_its_passes_took) {
  ASSERT_TRUE(drawn_by->show(flat_world(body_shape::cube)));
  auto request = small(1000, 1000, 20, 0, 0);
  draw(request);
  EXPECT_TRUE(drawn_by->figures().passes_ms.empty());
  request.timed = true;
  const picture timed = draw(request);
  double all = 0;
  for (const auto& [what, ms] : drawn_by->figures().passes_ms) {
    EXPECT_GE(ms, 0) << what;
    all += ms;
  }
  EXPECT_GT(all, 0);
  EXPECT_LE(all, drawn_by->figures().milliseconds);
  request.timed = false;
  EXPECT_EQ(draw(request), timed);
}

TEST_F(drawing, far_from_the_corner_of_the_world_nothing_trembles) {
  shown_world world = flat_world(body_shape::cube);
  world.extent = {0, 0, 65536, 65536};
  ASSERT_TRUE(drawn_by->show(world));
  auto draw_at = [&](double corner_m) {
    instance_columns bodies;
    for (int i = 0; i < 40; ++i)
      add_body(bodies, corner_m + 20 + i % 8 * 2.5, corner_m + 20 + i / 8 * 2.5, 1.5F);
    set_bodies(bodies);
    auto request = small(corner_m + 30, corner_m + 50, 5, 0, -12);
    request.grass = false;
    return draw(request);
  };
  // The patterns of the ground hang elsewhere there, so only the bodies' outlines are to be compared: both
  // corners are multiples of the patterns' period.
  const picture near = draw_at(65'536);
  const picture far = draw_at(65'536.0 * 60);
  EXPECT_LE(compare(near, far).largest, 3);
}

TEST_F(drawing, an_empty_world_and_a_change_of_size_are_fine) {
  ASSERT_TRUE(drawn_by->show({}));
  auto request = small(0, 0, 3, 10, -3);
  draw(request);
  for (std::uint32_t width : {64u, 333u, 128u}) {
    request.width = width;
    request.smooth = !request.smooth;
    EXPECT_EQ(draw(request).width, width);
  }
}

TEST_F(drawing, a_thousand_sizes_and_worlds_leave_nothing_behind) {
  auto setup = testing::make_world(wanderers::definition.define);
  auto request = small(1000, 1000, 20, 0, 0);
  auto pass = [&] {
    for (int i = 0; i < 250; ++i) {
      if (i % 10 == 0) {
        ASSERT_TRUE(drawn_by->show(flat_world(body_shape::cube)));
        instance_columns bodies;
        for (int k = 0; k < 100 * (i / 10 % 4); ++k)
          add_body(bodies, 1000 + k % 10, 990 - k / 10, 1);
        set_bodies(bodies);
      } else if (i % 10 == 5) {
        ASSERT_TRUE(drawn_by->show(testing::shown_of(*setup)));
      }
      request.width = 16 + static_cast<std::uint32_t>(i * 37 % 50);
      request.height = 16 + static_cast<std::uint32_t>(i * 53 % 40);
      request.grass = false;
      request.smooth = i % 3 == 0;
      request.shadows = i % 4 != 0;
      request.scale = i % 5 == 0 ? 0.5F : 1;
      request.raindrops = i % 7 == 0 ? 500 : 0;
      ASSERT_TRUE(drawn_by->draw_only(request));
    }
  };
  pass();
  const std::uint64_t after_one = drawn_by->figures().device_bytes;
  EXPECT_GT(after_one, 0u);
  for (int i = 0; i < 3; ++i)
    pass();
  EXPECT_EQ(drawn_by->figures().device_bytes, after_one);
}

/// Compares with tests/golden/render/NAME.png, or writes it anew where TESSERA_NEW_GOLDEN is set.
void expect_golden(const std::string& name, const picture& drawn) {
  const auto path =
    std::filesystem::path(TESSERA_SOURCE_DIR) / "tests/golden/render" / (name + ".png");
  if (std::getenv("TESSERA_NEW_GOLDEN") != nullptr) {
    std::filesystem::create_directories(path.parent_path());
    ASSERT_TRUE(write_png(path, drawn));
  }
  auto golden = read_png(path);
  ASSERT_TRUE(golden) << golden.error().message;
  const auto d = compare(drawn, *golden);
  EXPECT_LE(d.mean, 0.6) << name;
  EXPECT_LE(d.largest, 96) << name; // one pixel at the edge of something
}

TEST_F(drawing, golden_shapes) {
  const char* names[] = {"cube", "arrow", "grazer", "predator"};
  for (int shape = 1; shape < static_cast<int>(body_shapes); ++shape) {
    ASSERT_TRUE(drawn_by->show(flat_world(static_cast<body_shape>(shape))));
    instance_columns bodies;
    for (int i = 0; i < 60; ++i)
      add_body(bodies, 992 + i % 6 * 3.0, 1012 - i / 6 * 4.5, 2);
    set_bodies(bodies);
    auto request = small(1000, 1018, 3.2, 0, -12);
    request.grass = false;
    expect_golden(names[shape - 1], draw(request));
  }
}

std::shared_ptr<const body_model> model_of(const testing::glb_shape& shape) {
  const std::string file = shape.glb();
  auto model = read_model(std::as_bytes(std::span(file)), "m.glb");
  EXPECT_TRUE(model) << model.error().message;
  return std::make_shared<const body_model>(std::move(*model));
}

TEST_F(drawing, golden_deer) {
  auto deer = load_model(std::filesystem::path(TESSERA_SOURCE_DIR) / "configs/models/deer.glb");
  ASSERT_TRUE(deer) << deer.error().message;
  shown_world world = flat_world(body_shape::cube);
  world.models = {std::make_shared<const body_model>(std::move(*deer))};
  ASSERT_TRUE(drawn_by->show(world));
  instance_columns bodies;
  for (int i = 0; i < 60; ++i)
    add_body(bodies, 992 + i % 6 * 3.0, 1012 - i / 6 * 4.5, 2);
  set_bodies(bodies);
  auto request = small(1000, 1018, 3.2, 0, -12);
  request.grass = false;
  expect_golden("deer", draw(request));
  EXPECT_GT(drawn_by->figures().by_level[0], 0u);
  EXPECT_GT(drawn_by->figures().by_level[1], 0u);
}

TEST_F(drawing, only_kinds_with_a_model_change_and_another_world_has_none) {
  shown_world world = flat_world(body_shape::cube);
  world.looks.kinds.push_back(world.looks.kinds.front());
  auto draw_kind = [&](std::uint32_t kind) {
    instance_columns bodies;
    for (int i = 0; i < 5; ++i)
      add_body(bodies, 994 + i * 3.0, 1008, 2, kind);
    set_bodies(bodies);
    return draw(small(1000, 1018, 3.2, 0, -12));
  };
  ASSERT_TRUE(drawn_by->show(world));
  const picture cubes = draw_kind(0);
  EXPECT_EQ(draw_kind(1), cubes);
  world.models = {nullptr, model_of(testing::glb_ball(12))};
  ASSERT_TRUE(drawn_by->show(world));
  EXPECT_EQ(draw_kind(0), cubes);
  EXPECT_GT(compare(draw_kind(1), cubes).largest, 30);
  world.models.clear();
  ASSERT_TRUE(drawn_by->show(world));
  EXPECT_EQ(draw_kind(1), cubes);
}

TEST_F(drawing, the_last_of_twelve_models_is_drawn_in_its_own_colour) {
  shown_world world = flat_world(body_shape::cube);
  for (int i = 0; i < gpu::model_shapes; ++i) {
    auto box = testing::glb_box({-2, 0, -2}, {2, 4, 2});
    box.primitive = R"(,"material":0)";
    box.rest = R"(,"materials":[{"pbrMetallicRoughness":{"baseColorFactor":[)" +
               std::string(i == gpu::model_shapes - 1 ? "0.5,0,0" : "0,0.1,0.5") + ",1]}}]";
    world.models.push_back(model_of(box));
    world.looks.kinds.push_back(world.looks.kinds.front());
  }
  ASSERT_TRUE(drawn_by->show(world));
  for (int kind : {0, gpu::model_shapes - 1}) {
    instance_columns bodies;
    add_body(bodies, 1000, 1000, 4, static_cast<std::uint32_t>(kind));
    set_bodies(bodies);
    const picture p = draw(small(1000, 1010, 2, 0, 0));
    const std::uint8_t* middle = &p.rgba[(std::size_t{90} * 320 + 160) * 4];
    EXPECT_EQ(middle[0] > 2 * middle[2], kind != 0) << int{middle[0]} << ", " << int{middle[2]};
  }
}

TEST_F(drawing, a_high_model_is_seen_though_its_foot_is_not) {
  instance_columns bodies;
  add_body(bodies, 1000, 1000, 1);
  auto seen = [&](float height) {
    shown_world world = flat_world(body_shape::cube);
    world.models = {model_of(testing::glb_box({-1, 0, -1}, {1, 2 * height, 1}))};
    EXPECT_TRUE(drawn_by->show(world));
    set_bodies(bodies);
    draw(small(1000, 1006, 9, 0, 0));
    const auto& by = drawn_by->figures().by_level;
    return by[0] + by[1] + by[2];
  };
  EXPECT_EQ(seen(1), 0u);
  EXPECT_EQ(seen(10), 1u);
}

TEST_F(drawing, golden_valley) {
  auto config =
    load_world_file(std::filesystem::path(TESSERA_SOURCE_DIR) / "configs/worlds/herds.toml");
  ASSERT_TRUE(config);
  config->parameters["grazers"] = 200;
  config->parameters["predators"] = 5;
  auto opened = open_world(*config, built_in_games());
  ASSERT_TRUE(opened) << opened.error().message;
  ASSERT_TRUE(drawn_by->show(testing::shown_of(*opened->setup)));
  lockstep_world world{opened->setup, opened->cut};
  const auto parts = testing::look_at_world(world, *opened->setup);
  ASSERT_TRUE(drawn_by->set_bodies(pointers(parts)));
  auto request = small(12'000, 14'000, 900, 250, -9);
  request.width = 480;
  request.height = 270;
  expect_golden("valley", draw(request));
}

/// One pass each that the others do without.
TEST_F(drawing, golden_grass) {
  ASSERT_TRUE(drawn_by->show(flat_world(body_shape::cube)));
  auto request = small(1000, 1000, 1.4, 30, -6);
  request.time_s = 3;
  expect_golden("grass", draw(request));
}

TEST_F(drawing, golden_water) {
  auto config =
    load_world_file(std::filesystem::path(TESSERA_SOURCE_DIR) / "configs/worlds/herds.toml");
  ASSERT_TRUE(config);
  config->parameters["grazers"] = 1;
  config->parameters["predators"] = 0;
  auto opened = open_world(*config, built_in_games());
  ASSERT_TRUE(opened) << opened.error().message;
  auto world = testing::shown_of(*opened->setup);
  world.looks.water_level_m = 640;
  ASSERT_TRUE(drawn_by->show(world));
  set_bodies(instance_columns{});
  auto request = small(12'000, 14'000, 700, 250, -12);
  request.time_s = 3;
  expect_golden("water", draw(request));
}

TEST_F(drawing, golden_dots) {
  ASSERT_TRUE(drawn_by->show(flat_world(body_shape::grazer)));
  instance_columns bodies;
  for (int i = 0; i < 3000; ++i)
    add_body(bodies, 800 + i * 37 % 400, 300 + i * 53 % 397, 2);
  set_bodies(bodies);
  auto request = small(1000, 1000, 40, 0, -6);
  request.grass = false;
  const picture drawn = draw(request);
  EXPECT_GT(drawn_by->figures().by_level[3], 2000u);
  expect_golden("dots", drawn);
}

TEST_F(drawing, golden_particles) {
  ASSERT_TRUE(drawn_by->show(flat_world(body_shape::grazer)));
  instance_columns bodies;
  for (int i = 0; i < 12; ++i) {
    add_body(bodies, 990 + i % 4 * 4.0, 985 - i / 4 * 4.0, 2);
    bodies.turns.back().speed_cm_s = 700;
  }
  set_bodies(bodies);
  auto request = small(998, 1000, 3, 0, -5);
  request.grass = false;
  request.raindrops = 6000;
  request.time_s = 7;
  expect_golden("particles", draw(request));
}

TEST_F(drawing, golden_overlay) {
  ASSERT_TRUE(drawn_by->show(flat_world(body_shape::cube)));
  set_bodies(instance_columns{});
  auto request = small(1000, 1000, 20, 0, -10);
  request.grass = false;
  overlay_panel panel;
  panel.title = "figures";
  panel.corner = overlay_corner::upper_left;
  panel.lines = {"12.5 FPS", "60 600 bodies"};
  panel.curve = {10, 20, 15, 30, 12};
  panel.curve_mark = 33;
  panel.curve_top = 66;
  request.over.panels.push_back(panel);
  request.over.lines.push_back({200, 150, 300, 120, {255, 120, 60, 255}, 2});
  expect_golden("overlay", draw(request));
}

TEST(picture, a_png_gives_back_what_was_written) {
  testing::temporary_directory folder;
  picture p{7, 3, {}};
  for (int i = 0; i < 7 * 3 * 4; ++i)
    p.rgba.push_back(static_cast<std::uint8_t>(i % 4 == 3 ? 255 : i * 3));
  const auto path = std::filesystem::path(folder.path) / "p.png";
  ASSERT_TRUE(write_png(path, p));
  auto back = read_png(path);
  ASSERT_TRUE(back);
  EXPECT_EQ(*back, p);
  EXPECT_FALSE(write_png("/nowhere/p.png", p));
  EXPECT_FALSE(read_png(std::filesystem::path(folder.path) / "none.png"));
}

} // namespace
} // namespace tessera
