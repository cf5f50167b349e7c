// A state that an older version of a game saved is read by the newer one, or refused with the name of
// what changed.
#include "shards/component_mapping.hpp"
#include "shards/state_codec.hpp"
#include "tests/support/worlds.hpp"

#include <gtest/gtest.h>

namespace older {

struct health {
  float hp = 0;
  std::uint32_t lives = 0;
};
constexpr auto describe(tessera::of<health>) {
  return tessera::describe_as("health", tessera::field<&health::hp>("hp"),
                              tessera::field<&health::lives>("lives"));
}
struct hat {
  std::uint16_t size = 0;
};
constexpr auto describe(tessera::of<hat>) {
  return tessera::describe_as("hat", tessera::field<&hat::size>("size"));
}
struct soil {
  std::uint32_t depth = 0;
};
constexpr auto describe(tessera::of<soil>) {
  return tessera::describe_as("soil", tessera::field<&soil::depth>("depth"));
}

void define(tessera::game_builder& game) {
  game.component<health>();
  game.component<hat>();
  game.cell_component<soil>();
  game.fill([](tessera::cell_start& cell) {
    auto number = static_cast<std::uint32_t>(cell.where().x * 100 + cell.where().z);
    cell.value<soil>().depth = number;
    cell.spawn(1, 0, 1, health{static_cast<float>(number), number + 7},
               hat{static_cast<std::uint16_t>(number)});
    cell.spawn(2, 0, 1, health{0.5F, 1});
  });
}

} // namespace older

namespace newer {

struct health { // hp is now points, lives came first, armour is new
  std::uint32_t lives = 0;
  float points = 0;
  float armour = 0;
};
constexpr auto describe(tessera::of<health>) {
  return tessera::describe_as("health", tessera::field<&health::lives>("lives"),
                              tessera::field<&health::points>("points"),
                              tessera::field<&health::armour>("armour"));
}
struct soil {
  std::uint32_t depth = 0;
  std::uint32_t wetness = 0;
};
constexpr auto describe(tessera::of<soil>) {
  return tessera::describe_as("soil", tessera::field<&soil::depth>("depth"),
                              tessera::field<&soil::wetness>("wetness"));
}

void define_nothing_said(tessera::game_builder& game) {
  game.version(2);
  game.cell_component<soil>();
  game.component<health>();
}

void define(tessera::game_builder& game) {
  define_nothing_said(game);
  game.renamed_field("health", "hp", "points");
  game.added_field("health", "armour");
  game.added_field("soil", "wetness");
  game.removed_component("hat");
}

} // namespace newer

namespace tessera::testing {
namespace {

std::vector<std::map<std::string, std::vector<std::byte>>> saved_by_the_older() {
  auto setup = make_world(older::define);
  lockstep_world world{setup, grid(*setup, 2, 2)};
  world.run_to(3);
  std::vector<std::map<std::string, std::vector<std::byte>>> parts;
  for (const auto& state : world.take_states()) {
    auto& sections = parts.emplace_back();
    for (const auto& s : write_sections(*setup->game, state))
      sections[s.name] = {s.bytes.begin(), s.bytes.end()};
  }
  auto& conductor = parts.emplace_back();
  conductor["conductor"] = write_conductor(world.known().save());
  conductor["schema"] = write_schema(*setup->game);
  return parts;
}

result<saved_part> read(const world_setup& setup,
                        const std::map<std::string, std::vector<std::byte>>& sections) {
  return read_part(*setup.game, [&](const std::string& name) -> result<std::vector<std::byte>> {
    auto at = sections.find(name);
    if (at == sections.end())
      return fail(error_code::bad_bytes, "no section " + name);
    return at->second;
  });
}

TEST(component_mapping, fields_that_were_renamed_moved_added_and_removed_are_carried_over) {
  auto parts = saved_by_the_older();
  auto setup = make_world(newer::define);
  std::vector<saved_part> read_parts;
  for (std::size_t i = 0; i + 1 < parts.size(); ++i) {
    auto part = read(*setup, parts[i]);
    ASSERT_TRUE(part) << part.error().message;
    read_parts.push_back(std::move(*part));
  }
  auto conductor = read_conductor(*setup->game, parts.back()["schema"], parts.back()["conductor"]);
  ASSERT_TRUE(conductor) << conductor.error().message;
  auto saved = saved_world::make(*setup, std::move(read_parts), std::move(*conductor));
  ASSERT_TRUE(saved) << saved.error().message;
  lockstep_world world{**saved, setup, grid(*setup, 1, 1)};
  component_id health_id = 0;
  ASSERT_NE(setup->game->find_component("health", &health_id), nullptr);
  const store& entities = world.at(0).entities();
  EXPECT_EQ(entities.size(), 512U);
  for (std::uint16_t x = 0; x < 16; ++x) {
    for (std::uint16_t z = 0; z < 16; ++z) {
      auto who = entities.find(entity_id::make(x, z, 1));
      ASSERT_TRUE(who);
      newer::health now;
      std::memcpy(&now, entities.get(*who, health_id), sizeof now);
      std::uint32_t number = x * 100U + z;
      EXPECT_EQ(now.points, static_cast<float>(number));
      EXPECT_EQ(now.lives, number + 7);
      EXPECT_EQ(now.armour, 0);
      newer::soil ground;
      const auto& cells = world.at(0).cells();
      std::memcpy(&ground, cells.now(0) + cells.index({x, z}) * sizeof ground, sizeof ground);
      EXPECT_EQ(ground.depth, number);
      EXPECT_EQ(ground.wetness, 0U);
    }
  }
  world.run_to(10);
}

TEST(component_mapping, an_undeclared_difference_is_refused_naming_component_and_field) {
  auto parts = saved_by_the_older();
  auto setup = make_world(newer::define_nothing_said);
  auto part = read(*setup, parts[0]);
  ASSERT_FALSE(part);
  EXPECT_EQ(part.error().code, error_code::wrong_code);
  EXPECT_NE(part.error().message.find("component health: field points"), std::string::npos)
    << part.error().message;
}

TEST(component_mapping, damaged_schemas_are_refused) {
  auto setup = make_world(older::define);
  auto bytes = write_schema(*setup->game);
  for (std::size_t keep = 0; keep < bytes.size(); ++keep)
    EXPECT_FALSE(map_components(*setup->game, std::span(bytes).first(keep))) << keep;
  std::size_t accepted = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    auto damaged = bytes;
    damaged[i] ^= std::byte{0x80};
    accepted += map_components(*setup->game, damaged).has_value();
  }
  EXPECT_LT(accepted, bytes.size() / 2); // a mark or a unit may differ without anybody minding
}

} // namespace
} // namespace tessera::testing
