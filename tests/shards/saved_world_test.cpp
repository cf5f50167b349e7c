// A world that is saved between two ticks goes on under any layout as if nothing had happened.
#include "shards/component_mapping.hpp"
#include "shards/state_codec.hpp"
#include "tests/support/test_games.hpp"
#include "tests/support/worlds.hpp"

#include <gtest/gtest.h>

namespace tessera::testing {
namespace {

constexpr tick_number ticks = 120;

using section_map = std::map<std::string, std::vector<std::byte>>;

section_source source_of(const section_map& sections) {
  return [&sections](const std::string& name) -> result<std::vector<std::byte>> {
    auto at = sections.find(name);
    if (at == sections.end())
      return fail(error_code::bad_bytes, "no section " + name);
    return at->second;
  };
}

section_map sections_of(const schema& game, const shard_state& state) {
  section_map out;
  for (const auto& s : write_sections(game, state))
    EXPECT_TRUE(out.emplace(s.name, std::vector<std::byte>(s.bytes.begin(), s.bytes.end())).second)
      << s.name << " is there twice";
  return out;
}

/// Through bytes, as a checkpoint does it.
std::shared_ptr<const saved_world> save(const world_setup& setup, const lockstep_world& world) {
  const schema& game = *setup.game;
  std::vector<saved_part> parts;
  for (const auto& state : world.take_states()) {
    auto sections = sections_of(game, state);
    auto part = read_part(game, source_of(sections));
    if (!part)
      throw std::runtime_error(part.error().message);
    parts.push_back(std::move(*part));
  }
  auto conductor = read_conductor(game, write_schema(game), write_conductor(world.known().save()));
  EXPECT_TRUE(conductor) << conductor.error().message;
  auto made = saved_world::make(setup, std::move(parts), std::move(*conductor));
  if (!made)
    throw std::runtime_error(made.error().message);
  return *made;
}

void submit_from(lockstep_world& world, const std::vector<command>& commands, tick_number from) {
  for (const auto& c : commands)
    if (c.tick >= from) {
      ASSERT_TRUE(world.submit(c));
    }
}

std::vector<std::uint64_t> hashes_from(const lockstep_world& world, tick_number from) {
  std::vector<std::uint64_t> out;
  for (const auto& state : world.history())
    if (state.tick >= from)
      out.push_back(state.hash);
  return out;
}

struct saved_and_loaded : ::testing::TestWithParam<tick_number> {};

TEST_P(saved_and_loaded, the_world_goes_on_under_every_layout_with_the_same_hashes) {
  tick_number at = GetParam();
  world_options options;
  auto setup = make_world(wanderers::definition.define, options);
  auto commands = wanderers_commands(*setup, 11, 200, ticks);
  auto layouts = layouts_of(*setup);
  std::uint64_t events = 0;
  std::uint64_t migrations = 0;
  for (std::size_t i = 0; i < layouts.size(); ++i) {
    lockstep_world original{setup, layouts[i].cut};
    submit_from(original, commands, 0);
    original.run_to(at);
    auto saved = save(*setup, original);
    const world_summary state = original.history().back();
    events += state.events_sent;
    migrations += state.migrations;
    original.run_to(ticks);
    auto expected = hashes_from(original, at);
    // The layout after next, so that every layout is left for another one, and once for itself.
    for (std::size_t k : {i, (i + 1) % layouts.size(), (i + 3) % layouts.size()}) {
      lockstep_world again{*saved, setup, layouts[k].cut};
      EXPECT_EQ(again.history().front().entities, state.entities);
      submit_from(again, commands, at);
      again.run_to(ticks);
      EXPECT_EQ(hashes_from(again, at), expected)
        << "saved under " << layouts[i].name << ", loaded under " << layouts[k].name;
      auto last = [](const lockstep_world& w) { return w.history().back(); };
      EXPECT_EQ(last(again).entities, last(original).entities);
      EXPECT_EQ(last(again).events_refused, last(original).events_refused);
    }
  }
  if (at > 10) {
    EXPECT_GT(events, 0U) << "no event was on its way: the test shows nothing";
    EXPECT_GT(migrations, 0U) << "nobody was in a packet: the test shows nothing";
  }
}

INSTANTIATE_TEST_SUITE_P(ticks, saved_and_loaded, ::testing::Values(0, 1, 3, 40, 61, 77));

TEST(saved_world, far_mail_and_sessions_are_saved) {
  auto setup = make_world(wanderers::definition.define);
  auto commands = wanderers_commands(*setup, 5, 400, 60);
  bool travelled = false;
  for (tick_number at = 20; at < 50; at += 7) {
    lockstep_world world{setup, grid(*setup, 2, 2)};
    submit_from(world, commands, 0);
    world.run_to(at);
    auto saved = save(*setup, world);
    travelled = travelled || !saved->conductor().letters.empty();
    lockstep_world again{*saved, setup, grid(*setup, 3, 5)};
    EXPECT_EQ(again.hash(), world.hash());
    // A command that was applied is a repeat for the world that goes on, whatever tick it names.
    for (const auto& c : commands) {
      if (c.tick >= at)
        continue;
      ASSERT_TRUE(again.submit(c));
    }
    again.run(2);
    std::size_t repeated = 0;
    for (const auto& state : again.history())
      for (const auto& answer : state.answers())
        repeated += answer.result == command_result::repeated;
    EXPECT_GT(repeated, 0U);
  }
  EXPECT_TRUE(travelled) << "no letter was on its way: the test shows nothing";
}

TEST(saved_world, parts_that_do_not_fit_together_are_refused) {
  auto setup = make_world(wanderers::definition.define);
  lockstep_world world{setup, grid(*setup, 2, 2)};
  world.run_to(10);
  std::vector<saved_part> parts;
  for (const auto& state : world.take_states()) {
    auto sections = sections_of(*setup->game, state);
    parts.push_back(*read_part(*setup->game, source_of(sections)));
  }
  auto message = [&](std::vector<saved_part> changed) {
    auto made = saved_world::make(*setup, std::move(changed), world.known().save());
    return made ? std::string{} : made.error().message;
  };
  EXPECT_EQ(message(parts), "");
  auto missing = parts;
  missing.pop_back();
  EXPECT_NE(message(missing).find("cells are missing"), std::string::npos);
  auto twice = parts;
  twice[1].tables.push_back(twice[0].tables[0]);
  EXPECT_NE(message(twice).find("is there twice"), std::string::npos);
  auto late = parts;
  late[2].tick = 9;
  EXPECT_NE(message(late).find("different ticks"), std::string::npos);
  auto outside = parts;
  reinterpret_cast<position*>(outside[0].tables[0].columns[position_component].data())->x = -1;
  EXPECT_NE(message(outside).find("outside the world"), std::string::npos);
}

TEST(state_codec, bytes_cut_short_anywhere_are_refused_and_never_read_past) {
  auto setup = make_world(wanderers::definition.define);
  lockstep_world world{setup, grid(*setup, 2, 2)};
  submit_from(world, wanderers_commands(*setup, 5, 100, 30), 0);
  world.run_to(25);
  auto sections = sections_of(*setup->game, world.take_states()[0]);
  for (auto& [name, bytes] : sections) {
    if (bytes.empty())
      continue;
    auto cut = sections;
    for (std::size_t keep : {std::size_t{0}, bytes.size() / 2, bytes.size() - 1}) {
      if (keep == 0 && (name == "beside" || name == "tables"))
        continue; // a part with nobody in it
      cut[name].assign(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(keep));
      EXPECT_FALSE(read_part(*setup->game, source_of(cut))) << name << " of " << keep << " bytes";
    }
  }
  auto conductor = write_conductor(world.known().save());
  for (std::size_t keep = 0; keep < conductor.size(); ++keep)
    EXPECT_FALSE(
      read_conductor(*setup->game, write_schema(*setup->game), std::span(conductor).first(keep)));
}

} // namespace
} // namespace tessera::testing
