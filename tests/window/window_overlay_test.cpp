// What lies over the picture, as data: where lines and areas fall, and what the panels say.
#include "apps/window_overlay.hpp"
#include "apps/window_panels.hpp"

#include <cmath>
#include <gtest/gtest.h>

namespace tessera::testing {
namespace {

TEST(frame_times, of_the_last_frames_the_slowest_hundredth_counts_by_itself) {
  frame_times times;
  for (int i = 0; i < 1000; ++i)
    times.add(i == 900 || i == 950 ? 0.1 : 0.01);
  const auto now = times.now();
  EXPECT_NEAR(now.longest_ms, 100, 1e-6);
  EXPECT_NEAR(now.per_second, 300 / (298 * 0.01 + 0.2), 1e-6);
  EXPECT_NEAR(now.low_per_second, 3 / 0.21, 1e-6);
  EXPECT_EQ(times.curve().size(), frame_times::shown);
}

TEST(borders, are_where_the_shards_meet_and_none_is_drawn_behind_the_camera) {
  shown_world flat;
  flat.extent = {0, 0, 8, 8};
  std::vector<instance_columns> shards(2);
  shards[0].region = {0, 0, 4, 8};
  shards[1].region = {4, 0, 8, 8};
  camera from;
  from.east_m = 4 * 64;
  from.south_m = 8 * 64 - 30;
  from.up_m = 20;
  from.pitch_deg = -20; // looks north along the border between them
  overlay_content over;
  add_borders(over, shards, flat, from, 800, 600);
  ASSERT_FALSE(over.lines.empty());
  int along = 0;
  for (const auto& line : over.lines)
    if (std::abs(line.from_x - 400) < 1 && std::abs(line.to_x - 400) < 1)
      ++along;
  EXPECT_EQ(along, 7) << "of the border's 8 cells one reaches behind the camera";
}

/// 8 x 8 cells in two shards; the camera looks north along the border between them.
struct two_shards {
  two_shards() {
    world.extent = {0, 0, 8, 8};
    world.looks.kinds.push_back({});
    world.looks.kinds.back().name = "sheep";
    shards[0].region = {0, 0, 4, 8};
    shards[1].region = {4, 0, 8, 8};
    from.east_m = 4 * 64;
    from.south_m = 8 * 64 - 30;
    from.up_m = 20;
    from.pitch_deg = -20;
  }
  std::size_t add(double east_m, double south_m) {
    instance_place p;
    p.cell_x = static_cast<std::uint16_t>(east_m / 64);
    p.cell_z = static_cast<std::uint16_t>(south_m / 64);
    p.x = static_cast<std::uint16_t>((east_m / 64 - p.cell_x) * 65536);
    p.z = static_cast<std::uint16_t>((south_m / 64 - p.cell_z) * 65536);
    bodies.places.push_back(p);
    bodies.turns.push_back({});
    bodies.materials.push_back(0);
    bodies.ids.push_back(entity_id::make(p.cell_x, p.cell_z, 1));
    return bodies.places.size() - 1;
  }
  shown_world world;
  std::vector<instance_columns> shards{2};
  instance_columns bodies;
  camera from;
};

TEST(ghosts, are_those_within_a_bin_of_a_neighbours_cells_the_nearest_first) {
  two_shards two;
  two.add(4 * 64 - 20, 400); // too far from the border
  const auto west = two.add(4 * 64 - 15, 300);
  const auto east = two.add(4 * 64 + 15, 400);
  two.add(4 * 64 + 17, 400);
  two.add(1, 1);      // beside the world's edge
  two.add(4 * 64, 5); // too far from the camera
  EXPECT_EQ(ghosts_near(two.bodies, two.shards, 16, two.world, two.from),
            (std::vector{east, west}));
  overlay_content over;
  add_ghosts(over, ghosts_near(two.bodies, two.shards, 16, two.world, two.from), two.bodies,
             two.world, two.from, 800, 600);
  EXPECT_EQ(over.areas.size(), 2u);
}

TEST(ghosts, are_marked_in_no_more_than_a_bounded_number) {
  two_shards two;
  for (int i = 0; i < 1000; ++i)
    two.add(4 * 64 + 1, 400 - i * 0.1);
  const auto found = ghosts_near(two.bodies, two.shards, 16, two.world, two.from);
  ASSERT_EQ(found.size(), most_ghosts);
  EXPECT_EQ(found.front(), 0u);
  EXPECT_EQ(found.back(), most_ghosts - 1);
}

TEST(loads, colour_the_ground_of_their_cells_and_what_is_behind_the_camera_is_cut_off) {
  two_shards two;
  std::vector<cell_load> loads(3);
  loads[0].where = {4, 6}; // before the camera
  loads[0].level = 0;
  loads[1].where = {4, 7}; // below it
  loads[1].level = 0.5;
  loads[2].where = {0, 0}; // far to the left
  loads[2].level = 5;
  overlay_content over;
  add_loads(over, loads, two.world, two.from, 800, 600);
  ASSERT_EQ(over.areas.size(), 3u);
  const auto& green = over.areas[0].colour;
  const auto& yellow = over.areas[1].colour;
  const auto& red = over.areas[2].colour;
  EXPECT_GT(green[1], 2 * green[0]);
  EXPECT_GT(std::min(yellow[0], yellow[1]), 200);
  EXPECT_GT(red[0], 3 * red[1]);
  EXPECT_GT(yellow[3], green[3]) << "what does more is seen better";
  EXPECT_NEAR(over.areas[0].corners[3][0], 400, 1) << "the border is in the middle";
  EXPECT_GE(over.areas[1].count, 3u);
  for (const auto& area : over.areas)
    for (std::size_t i = 0; i < area.count; ++i)
      EXPECT_TRUE(std::isfinite(area.corners[i][0]) && std::isfinite(area.corners[i][1]));
  two.from.bearing_deg = 180; // looks away from all of them
  overlay_content behind;
  add_loads(behind, std::span(loads).first(1), two.world, two.from, 800, 600);
  EXPECT_TRUE(behind.areas.empty());
}

TEST(loads, are_of_cells_near_the_camera_and_in_the_world) {
  two_shards two;
  EXPECT_EQ(cells_near(two.world, two.from, 1e6), (cell_rect{0, 0, 8, 8}));
  EXPECT_EQ(cells_near(two.world, two.from, 65), (cell_rect{2, 6, 6, 8}));
  EXPECT_EQ(load_reach_m(two.world), 2000);
  two.world.cell_size_m = 4;
  EXPECT_EQ(load_reach_m(two.world), 128) << "small cells would be too many";
  two.from.east_m = -1e9;
  const cell_rect none = cells_near(two.world, two.from, 100);
  EXPECT_TRUE(none.x0 >= none.x1);
}

std::string all_of(const overlay_panel& panel) {
  std::string out;
  for (const auto& line : panel.lines)
    out += line + "\n";
  return out;
}

TEST(panels, the_figures_are_all_there) {
  frame_times times;
  for (int i = 0; i < 200; ++i)
    times.add(0.04);
  onlooker_news news;
  for (int i = 0; i < 8; ++i)
    news.phases.push_back({"phase" + std::to_string(i), 9.0 - i});
  auto figures = std::make_shared<shard_figures>();
  figures->shards.resize(64);
  figures->shards[12].busy_ns = 7'250'000;
  figures->shards[3].busy_ns = 4'000'000;
  news.shards = figures;
  news.shard_bytes = 38 << 20;
  news.process_bytes = 300 << 20;
  frame_budget budget;
  frame_budget::times ms{};
  ms[static_cast<std::size_t>(frame_part::drawing)] = 80;
  budget.add(ms, 0);
  frame_facts facts;
  facts.tick = 1234;
  facts.tick_interval_ms = 50.5;
  facts.tick_busy_ms = 7.25;
  facts.drawn.bodies = 60'000;
  facts.drawn.by_level = {1, 20, 300, 4000};
  facts.drawn.draw_calls = 17;
  facts.drawn.device_bytes = 130 << 20;
  facts.window_bytes = 5 << 20;
  facts.device = "a device";
  facts.news = &news;
  facts.budget = &budget;
  const auto panel = performance_panel(times, facts);
  const std::string all = all_of(panel);
  for (const char* part :
       {"25.0 FPS, slowest hundredth 25.0, longest frame 40.0 ms", "4 321 of 60 000 bodies",
        "17 draw calls", "tick 1234: 7.25 ms, one in 50.5 ms (50 wanted)",
        "phase0 9.00, phase1 8.00, phase2 7.00", "of 64; slowest", "12: 7.25, 3: 4.00",
        "shards 38.0", "window 5.0", "device 130.0", "process 300.0", "drawing",
        "80.00 of 20.0 ms  far over", "last warning: drawing took 80.0 ms", "a device"})
    EXPECT_NE(all.find(part), std::string::npos) << part << " in\n" << all;
  EXPECT_EQ(all.find("phase6"), std::string::npos) << "the small ones are left out";
  EXPECT_EQ(panel.curve.size(), frame_times::shown);
  facts.news = nullptr;
  facts.budget = nullptr;
  facts.drawn.draw_calls = 0;
  EXPECT_EQ(all_of(performance_panel(times, facts)).find("draw calls"), std::string::npos);
}

TEST(panels, an_entitys_fields_follow_once_they_are_known) {
  two_shards two;
  const auto row = two.add(300, 300);
  onlooker_news news;
  EXPECT_EQ(entity_panel(two.bodies, row, two.world, false, news).lines.size(), 4u);
  entity_fields fields;
  fields.id = two.bodies.ids[row];
  fields.tick = 77;
  fields.shard = 1;
  fields.lines = {"needs.hunger  0.25", "tags  asleep"};
  news.entity = fields;
  const std::string all = all_of(entity_panel(two.bodies, row, two.world, true, news));
  for (const char* part : {"sheep 0004000400000001, followed", "cell 4, 4",
                           "shard 1, tick 77:", "needs.hunger  0.25", "tags  asleep"})
    EXPECT_NE(all.find(part), std::string::npos) << part << " in\n" << all;
  news.entity->id = entity_id::make(1, 1, 1);
  EXPECT_EQ(entity_panel(two.bodies, row, two.world, false, news).lines.size(), 4u)
    << "those of somebody else are not shown";
  news.entity->id = two.bodies.ids[row];
  news.entity->lines.assign(100, "x");
  EXPECT_LT(entity_panel(two.bodies, row, two.world, false, news).lines.size(), 40u);
}

TEST(panels, help_names_every_key) {
  const std::string all = all_of(help_panel());
  for (const char* key :
       {"W A S D", "E Q", "drag", "wheel", "click", "F  ", "B  ", "L  ", "F3", "F5", "H  ", "Esc"})
    EXPECT_NE(all.find(key), std::string::npos) << key;
}

} // namespace
} // namespace tessera::testing
