// The default world lives: numbers stay in bounds over generations, for several seeds, and everything
// that is said of the animals really happens.
#include "games/herds/components.hpp"
#include "games/herds/constants.hpp"
#include "games/herds/herds.hpp"
#include "games/herds/start.hpp"
#include "games/herds/turn_year.hpp"
#include "sdk/open_world.hpp"
#include "shards/lockstep_world.hpp"

#include <gtest/gtest.h>

#include <array>
#include <fstream>
#include <map>
#include <memory>
#include <sstream>
#include <string>

namespace tessera {
namespace {

constexpr std::array<const game_definition*, 1> games{&herds::definition};
constexpr tick_number second = 20; // ticks
const std::string on_ground = "terrain = \"jacksboro_fault.toml\"\n";

/// `text` goes before the parameters, each of which is a line "name = value".
opened_world open(int width, int depth, std::uint64_t seed, const std::string& text,
                  const std::string& parameters) {
  std::ostringstream file;
  file << "name = \"test\"\ngame = \"herds\"\nseed = " << seed << "\nextent = [" << width << ", "
       << depth << "]\n"
       << text << "[parameters]\n"
       << parameters;
  auto config = parse_world_file(file.str(), TESSERA_SOURCE_DIR "/configs/worlds/test.toml");
  if (!config)
    throw std::runtime_error(config.error().message);
  auto world = open_world(*config, games);
  if (!world)
    throw std::runtime_error(world.error().message);
  return std::move(*world);
}

std::shared_ptr<const layout> cut(const opened_world& world, int rows, int columns) {
  return std::make_shared<const layout>(layout::grid(world.setup->extent, rows, columns).value());
}

struct animal {
  position place;
  herds::velocity speed;
  herds::presence look;
  herds::body body;
  bool is_grazer = false;
  float water = 1;
  bool flees = false;
  bool wounded = false;
};

using census = std::map<entity_id, animal>;

/// Every animal in the shards; with one shard, every animal there is.
census count(const lockstep_world& world, const schema& game) {
  auto id_of = [&](const char* name) {
    component_id id = 0;
    game.find_component(name, &id);
    return id;
  };
  component_id body = id_of("body");
  component_id grazer = id_of("grazer");
  census all;
  for (std::size_t s = 0; s < world.shard_count(); ++s) {
    const store& entities = world.at(s).entities();
    for (std::uint32_t t = 0; t < entities.archetype_count(); ++t) {
      const archetype& table = entities.at(t);
      if (!contains(table.mask(), body))
        continue;
      for (std::uint32_t row = 0; row < table.rows(); ++row) {
        animal a;
        a.place = table.column_as<position>(position_component)[row];
        a.speed = table.column_as<herds::velocity>(id_of("velocity"))[row];
        a.look = table.column_as<herds::presence>(id_of("presence"))[row];
        a.body = table.column_as<herds::body>(body)[row];
        a.is_grazer = contains(table.mask(), grazer);
        if (a.is_grazer)
          a.water = table.column_as<herds::grazer>(grazer)[row].water;
        handle who = entities.handle_at(t, row);
        a.flees = entities.has(who, id_of("fleeing"));
        a.wounded = entities.has(who, id_of("wound"));
        all[table.ids()[row]] = a;
      }
    }
  }
  return all;
}

std::int64_t grazers(const lockstep_world& world) {
  return world.history().back().world_values[0];
}
std::int64_t predators(const lockstep_world& world) {
  return world.history().back().world_values[1];
}
std::int64_t season(const lockstep_world& world) {
  return world.history().back().world_values[2];
}

/// Nobody under water, everybody on the ground, and what components.hpp says always holds.
void check_everybody(const census& all, const opened_world& world) {
  const auto& fixed = *static_cast<const herds::constants*>(world.setup->game->parameters.get());
  for (const auto& [id, a] : all) {
    double size = double{world.setup->cell_size_m};
    float ground = fixed.ground.height_m(size * a.place.where.x + double{a.place.x},
                                         size * a.place.where.z + double{a.place.z});
    if (world.setup->ground) {
      ASSERT_GE(ground, fixed.set.water_level_m) << id.value << " stands in the water";
    }
    ASSERT_NEAR(a.place.y, ground, 0.25) << id.value << " is not on the ground";
    ASSERT_TRUE(a.body.energy >= 0 && a.body.energy <= 1) << id.value << ": " << a.body.energy;
    ASSERT_TRUE(a.body.health > 0 && a.body.health <= 1) << id.value << ": " << a.body.health;
    ASSERT_TRUE(a.water >= 0 && a.water <= 1) << id.value << ": " << a.water;
    ASSERT_EQ(a.is_grazer, a.look.dread_m == 0) << id.value;
    ASSERT_EQ(a.flees, a.look.alarm > 0.5F) << id.value;
  }
}

// --- the long run

/// What happened to grazers between two looks at them.
struct events_seen {
  int drank = 0;
  int starved = 0;
  int of_age = 0;
  int bitten = 0;
  int fled = 0;
  int calved = 0;

  void compare(const census& before, const census& after) {
    for (const auto& [id, a] : before) {
      if (!a.is_grazer)
        continue;
      auto later = after.find(id);
      if (later == after.end()) {
        // Gone within the second: what it was about to die of is what it died of.
        bool starves = a.body.energy <= 0.01F && a.body.health < 0.1F;
        bool old = herds::hazard_per_s(a.body.age_s + 1.3F, 480) > 0;
        starved += starves && !old && !a.wounded ? 1 : 0;
        of_age += old && a.body.health > 0.9F ? 1 : 0;
        continue;
      }
      const animal& b = later->second;
      drank += b.water > a.water + 0.1F ? 1 : 0;
      bitten += b.wounded && !a.wounded ? 1 : 0;
      fled += b.flees && !a.flees ? 1 : 0;
      calved +=
        a.body.gestation_s > 0 && a.body.gestation_s < 1.3F && b.body.gestation_s == 0 ? 1 : 0;
    }
  }
};

class generations : public ::testing::TestWithParam<std::uint64_t> {};

TEST_P(generations, numbers_stay_in_bounds_for_20000_ticks_and_all_of_life_happens) {
  // As many grazers to a square as in the default world, and twice the predators, or there would be
  // too few to tell luck from fate; and lakes.
  constexpr std::int64_t some_grazers = 1300;
  constexpr std::int64_t some_predators = 26;
  opened_world world =
    open(72, 72, GetParam(), on_ground, "grazers = 1300\npredators = 26\nwater_level_m = 385\n");
  lockstep_world running{world.setup, cut(world, 1, 1)};
  ASSERT_EQ(grazers(running), some_grazers);
  ASSERT_EQ(predators(running), some_predators);
  events_seen seen;
  std::int64_t least_season = 1000;
  std::int64_t most_season = 1000;
  census before = count(running, *world.setup->game);
  while (running.tick() < 20000) {
    running.run(second);
    ASSERT_GT(grazers(running), some_grazers / 2) << "at tick " << running.tick();
    ASSERT_LT(grazers(running), some_grazers * 2) << "at tick " << running.tick();
    ASSERT_GT(predators(running), some_predators / 5) << "at tick " << running.tick();
    ASSERT_LT(predators(running), some_predators * 4) << "at tick " << running.tick();
    least_season = std::min(least_season, season(running));
    most_season = std::max(most_season, season(running));
    census after = count(running, *world.setup->game);
    ASSERT_NO_FATAL_FAILURE(check_everybody(after, world)) << "at tick " << running.tick();
    seen.compare(before, after);
    before = std::move(after);
  }
  std::uint64_t born = 0;
  std::uint64_t died = 0;
  std::uint64_t far_mail = 0;
  for (const auto& h : running.history()) {
    born += h.born;
    died += h.died;
    far_mail += h.far_mail;
  }
  // About two generations in 1000 seconds.
  EXPECT_GT(born, 2000u);
  EXPECT_GT(died, 2000u);
  EXPECT_EQ(running.history().back().entities, some_grazers + some_predators + 1 + born - died);
  EXPECT_GT(seen.calved, 1500);
  EXPECT_GT(seen.of_age, 500);
  EXPECT_GT(seen.starved, 20);
  EXPECT_GT(seen.drank, 2000);
  EXPECT_GT(seen.bitten, 100);
  EXPECT_GT(seen.fled, 1000);
  EXPECT_GT(far_mail, 5u) << "nobody bled to death away from its biter";
  EXPECT_LT(least_season, 700);
  EXPECT_GT(most_season, 1200);
}

INSTANTIATE_TEST_SUITE_P(herds, generations, ::testing::Values(1u, 2u, 3u));

// --- one thing each

TEST(herds, a_world_without_predators_knows_no_fear) {
  opened_world world = open(24, 24, 5, "", "grazers = 300\npredators = 0\n");
  lockstep_world running{world.setup, cut(world, 1, 1)};
  running.run(30 * second);
  for (const auto& h : running.history())
    ASSERT_EQ(h.events_sent, 0u);
  for (const auto& [id, a] : count(running, *world.setup->game))
    ASSERT_FALSE(a.flees || a.wounded) << id.value;
}

TEST(herds, without_grass_all_grazers_starve_and_then_all_predators) {
  opened_world world = open(24, 24, 5, "", "grazers = 300\npredators = 6\ngrass_kg_per_m2 = 0\n");
  lockstep_world running{world.setup, cut(world, 1, 1)};
  running.run(60 * second);
  EXPECT_GT(grazers(running), 150);
  running.run(100 * second);
  EXPECT_EQ(grazers(running), 0);
  running.run(300 * second);
  EXPECT_EQ(predators(running), 0);
  EXPECT_EQ(running.history().back().entities, 1u) << "only the sky is left";
}

TEST(herds, without_a_drink_in_reach_grazers_die_of_thirst) {
  // One spring in 100 x 100 km of flat pasture: but for those near it, nobody ever drinks.
  opened_world world = open(200, 200, 5, "",
                            "grazers = 300\npredators = 0\nspring_spacing_m = 100000\n"
                            "grazer_thirst_s = 60\ngrazer_life_s = 100000\n");
  lockstep_world running{world.setup, cut(world, 1, 1)};
  running.run(120 * second);
  EXPECT_LT(grazers(running), 200);
}

TEST(herds, who_is_bitten_to_death_feeds_its_biter) {
  opened_world world = open(24, 24, 5, "",
                            "grazers = 300\npredators = 10\npredator_bite = 10\n"
                            "predator_courtship_s = 100000\n");
  lockstep_world running{world.setup, cut(world, 1, 1)};
  int meals = 0;
  census before = count(running, *world.setup->game);
  for (int s = 0; s < 60; ++s) {
    running.run(second);
    census after = count(running, *world.setup->game);
    for (const auto& [id, a] : after) {
      auto then = before.find(id);
      if (!a.is_grazer && then != before.end() && a.body.energy > then->second.body.energy + 0.1F)
        ++meals;
    }
    before = std::move(after);
  }
  std::uint64_t died = 0;
  for (const auto& h : running.history())
    died += h.died;
  EXPECT_GT(meals, 5);
  EXPECT_GE(died, static_cast<std::uint64_t>(meals));
}

TEST(herds, bites_and_herds_cross_borders_and_no_layout_shows) {
  // Shards of 64 to 96 m, so that many animals live beside a border.
  opened_world world = open(32, 32, 7, "cell_size_m = 32\n" + on_ground,
                            "grazers = 900\npredators = 200\nwater_level_m = 400\n"
                            "predator_bite = 0.02\npredator_hunger_s = 60\n");
  lockstep_world one{world.setup, cut(world, 1, 1)};
  lockstep_world many{world.setup, cut(world, 12, 16), {.order_seed = 3}};
  one.run_to(600);
  many.run_to(600);
  std::uint64_t crossing = 0;
  std::uint64_t migrations = 0;
  for (tick_number t = 0; t <= 600; ++t) {
    ASSERT_EQ(one.history()[t].hash, many.history()[t].hash) << "after tick " << t;
    crossing += many.history()[t].events_crossing;
    migrations += many.history()[t].migrations;
  }
  EXPECT_GT(crossing, 5u);
  EXPECT_GT(migrations, 500u);
}

// --- the start

TEST(herds, a_world_of_any_size_starts_with_the_animals_asked_for) {
  for (auto [width, depth] : {std::pair{2, 2}, {8, 8}, {31, 5}, {464, 496}}) {
    for (const std::string& ground : {std::string{}, on_ground}) {
      opened_world world = open(width, depth, 11, ground, "grazers = 2000\npredators = 20\n");
      lockstep_world running{world.setup, cut(world, 1, 1)};
      EXPECT_EQ(grazers(running), 2000) << width << " x " << depth;
      EXPECT_EQ(predators(running), 20) << width << " x " << depth;
      ASSERT_NO_FATAL_FAILURE(check_everybody(count(running, *world.setup->game), world));
      running.run(5);
    }
  }
}

TEST(herds, a_world_under_water_starts_empty) {
  opened_world world = open(8, 8, 11, on_ground, "grazers = 100\nwater_level_m = 5000\n");
  lockstep_world running{world.setup, cut(world, 1, 1)};
  EXPECT_EQ(grazers(running), 0);
  EXPECT_EQ(predators(running), 0);
  running.run(40);
}

TEST(herds, seeds_make_other_worlds) {
  opened_world a = open(16, 16, 1, on_ground, "grazers = 200\npredators = 5\n");
  opened_world b = open(16, 16, 2, on_ground, "grazers = 200\npredators = 5\n");
  EXPECT_NE(lockstep_world(a.setup, cut(a, 1, 1)).hash(),
            lockstep_world(b.setup, cut(b, 1, 1)).hash());
}

TEST(herds, any_tick_rate_and_cell_size_will_do) {
  for (const char* rate : {"1", "7", "60", "1000"}) {
    for (const char* size : {"16", "64", "512"}) {
      opened_world world =
        open(16, 16, 3,
             "tick_rate_hz = " + std::string{rate} + "\ncell_size_m = " + size + "\n" + on_ground,
             "grazers = 200\npredators = 10\n");
      lockstep_world running{world.setup, cut(world, 2, 2)};
      running.run(200);
      EXPECT_GT(grazers(running), 20) << rate << " Hz, cells of " << size << " m";
    }
  }
}

// --- words

TEST(herds, the_year_has_a_good_and_a_bad_half) {
  herds::settings set;
  set.season_s = 100;
  set.seasonality = 0.5F;
  EXPECT_EQ(herds::growth_permille(set, 0, 1), 1000);
  EXPECT_EQ(herds::growth_permille(set, 100, 1), 1500);
  EXPECT_EQ(herds::growth_permille(set, 300, 1), 500);
  EXPECT_EQ(herds::growth_permille(set, 500, 1), 1500);
  EXPECT_EQ(herds::growth_permille(set, 100, 0.8F), 1200);
}

/// Whole numbers in full, others as short as they go.
std::string plain(double number) {
  std::ostringstream out;
  if (number == static_cast<double>(static_cast<std::int64_t>(number)))
    out << static_cast<std::int64_t>(number);
  else
    out << number;
  return out.str();
}

TEST(herds, the_manual_names_every_parameter_in_the_games_own_words) {
  std::ifstream file(TESSERA_SOURCE_DIR "/docs/manual/herds.md");
  std::stringstream text;
  text << file.rdbuf();
  std::size_t at = 0;
  for (const herds::setting& s : herds::setting_table()) {
    std::ostringstream row;
    row << "| `" << s.name << "` | " << s.words << " | " << plain(s.fallback) << " | "
        << plain(s.least) << " to " << plain(s.most) << " |\n";
    std::size_t found = text.str().find(row.str(), at);
    ASSERT_NE(found, std::string::npos)
      << "missing or out of order in docs/manual/herds.md: " << row.str();
    at = found;
  }
}

} // namespace
} // namespace tessera
