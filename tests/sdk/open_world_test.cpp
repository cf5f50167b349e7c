#include "sdk/open_world.hpp"

#include "sdk/game.hpp"
#include "shards/lockstep_world.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string>

namespace tessera {
namespace {

struct stone {
  std::uint32_t number = 0;
};
constexpr auto describe(of<stone>) {
  return describe_as("stone", field<&stone::number>("number"));
}

void define_stones(game_builder& game) {
  auto count =
    static_cast<std::uint32_t>(game.parameter("stones", 3, 0, 10, "stones in each cell"));
  game.component<stone>();
  game.fill([count](cell_start& cell) {
    for (std::uint32_t i = 0; i < count; ++i)
      cell.spawn(1, 0, 1, stone{i});
  });
}

const game_definition stones{"stones", "stones that lie", &define_stones};
const std::array<const game_definition*, 1> games{&stones};

world_config config_of(const std::string& text) {
  auto config = parse_world_file(text, TESSERA_SOURCE_DIR "/configs/worlds/test.toml");
  EXPECT_TRUE(config) << config.error().message;
  return config ? *config : world_config{};
}

const std::string whole = "name = \"quarry\"\ngame = \"stones\"\nseed = 9\nextent = [8, 6]\n"
                          "tick_rate_hz = 25\ncell_size_m = 32\nshards = \"3x2\"\n";

error refusal(const std::string& text) {
  auto world = open_world(config_of(text), games);
  return world ? error{} : world.error();
}

TEST(open_world, a_world_is_as_its_file_says) {
  auto world = open_world(config_of(whole + "[parameters]\nstones = 2\n"), games);
  ASSERT_TRUE(world) << world.error().message;
  EXPECT_EQ(world->game, &stones);
  EXPECT_EQ(world->setup->seed, 9u);
  EXPECT_EQ(world->setup->tick_rate_hz, 25);
  EXPECT_EQ(world->setup->cell_size_m, 32);
  EXPECT_EQ(world->setup->extent, (cell_rect{0, 0, 8, 6}));
  EXPECT_EQ(world->setup->game->game, "stones");
  EXPECT_EQ(world->setup->ground, nullptr);
  EXPECT_EQ(world->cut->size(), 6u);
  EXPECT_EQ(world->cut->name(), "3x2");
  ASSERT_EQ(world->parameters.size(), 1u);
  EXPECT_EQ(world->parameters[0].name, "stones");
  EXPECT_TRUE(world->notes.empty());

  lockstep_world running{world->setup, world->cut, {}};
  running.run_to(2);
  EXPECT_EQ(running.history().back().entities, 8u * 6 * 2);
}

TEST(open_world, rectangles_cut_as_they_are_given) {
  auto world = open_world(config_of("name = \"q\"\ngame = \"stones\"\nextent = [8, 6]\n"
                                    "[[shard]]\nx = 0\nz = 0\nwidth = 5\ndepth = 6\n"
                                    "[[shard]]\nx = 5\nz = 0\nwidth = 3\ndepth = 6\n"),
                          games);
  ASSERT_TRUE(world) << world.error().message;
  EXPECT_EQ(world->cut->size(), 2u);
  EXPECT_EQ(world->cut->rect(1), (cell_rect{5, 0, 8, 6}));
}

TEST(open_world, ground_that_is_smaller_than_the_world_is_noted) {
  const std::string ground =
    "name = \"q\"\ngame = \"stones\"\nterrain = \"jacksboro_fault.toml\"\n";
  auto fits = open_world(config_of(ground + "extent = [464, 496]\n"), games);
  ASSERT_TRUE(fits) << fits.error().message;
  EXPECT_NE(fits->setup->ground, nullptr);
  EXPECT_TRUE(fits->notes.empty());
  auto wide = open_world(config_of(ground + "extent = [1000, 496]\n"), games);
  ASSERT_TRUE(wide) << wide.error().message;
  ASSERT_EQ(wide->notes.size(), 1u);
  EXPECT_NE(wide->notes[0].find("edge's height"), std::string::npos);
}

TEST(open_world, an_unknown_game_names_those_there_are) {
  auto why = refusal("name = \"q\"\ngame = \"chess\"\nextent = [4, 4]\n");
  EXPECT_EQ(why.code, error_code::bad_game);
  EXPECT_NE(why.message.find("found \"chess\"; built in are stones"), std::string::npos)
    << why.message;
}

TEST(open_world, parameters_are_checked_against_the_game) {
  auto high = refusal(whole + "[parameters]\nstones = 11\n");
  EXPECT_EQ(high.code, error_code::bad_world_file);
  EXPECT_NE(high.message.find("test.toml: parameters.stones"), std::string::npos) << high.message;
  auto unknown = refusal(whole + "[parameters]\nrocks = 1\n");
  EXPECT_EQ(unknown.code, error_code::bad_world_file);
  EXPECT_NE(unknown.message.find("it has: stones"), std::string::npos) << unknown.message;
}

TEST(open_world, a_model_needs_a_kind_that_the_game_shows) {
  auto why = refusal(whole + "[models]\npebble = \"p.glb\"\n");
  EXPECT_EQ(why.code, error_code::bad_world_file);
  EXPECT_NE(why.message.find("models.pebble"), std::string::npos) << why.message;
  EXPECT_NE(why.message.find("allowed: entity"), std::string::npos) << why.message;
  // The file itself is opened by whoever draws.
  EXPECT_EQ(refusal(whole + "[models]\nentity = \"nowhere.glb\"\n").message, "");
}

TEST(open_world, a_game_that_throws_at_registration_is_a_bad_game) {
  auto why = refusal("name = \"q\"\ngame = \"" TESSERA_MODULE_DIR
                     "/throws_at_registration.so\"\nextent = [4, 4]\n");
  EXPECT_EQ(why.code, error_code::bad_game);
  EXPECT_NE(why.message.find("no idea what to register"), std::string::npos) << why.message;
}

TEST(open_world, a_module_runs_like_a_built_in_game) {
  auto world = open_world(config_of("name = \"q\"\ngame = \"" TESSERA_MODULE_DIR
                                    "/ten_minutes.so\"\nextent = [4, 4]\nshards = \"2x2\"\n"),
                          games);
  ASSERT_TRUE(world) << world.error().message;
  lockstep_world cut{world->setup, world->cut, {}};
  cut.run_to(60);
  auto one = layout::grid(world->setup->extent, 1, 1);
  ASSERT_TRUE(one);
  lockstep_world whole_world{world->setup, std::make_shared<const layout>(*one), {}};
  whole_world.run_to(60);
  EXPECT_EQ(cut.history().back().hash, whole_world.history().back().hash);
  EXPECT_GT(cut.history().back().events_sent, 0u);
}

TEST(open_world, parameters_of_a_game_are_listed_without_a_world) {
  auto listed = parameters_of(stones);
  ASSERT_TRUE(listed);
  ASSERT_EQ(listed->size(), 1u);
  EXPECT_EQ((*listed)[0].fallback, 3);
  EXPECT_EQ((*listed)[0].most, 10);
}

} // namespace
} // namespace tessera
