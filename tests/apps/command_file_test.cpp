#include "apps/command_file.hpp"

#include "games/games.hpp"
#include "sdk/open_world.hpp"
#include "tests/apps/command_runner.hpp"

#include <gtest/gtest.h>

#include <cstring>

namespace tessera {
namespace {

class command_file : public ::testing::Test {
protected:
  void SetUp() override {
    auto config = parse_world_file(testing::store_world, "store.toml");
    ASSERT_TRUE(config) << config.error().message;
    auto world = open_world(*config, built_in_games());
    ASSERT_TRUE(world) << world.error().message;
    setup = world->setup;
  }

  std::string refusal(const std::string& line) const {
    auto parsed = parse_command(line, *setup);
    if (parsed)
      return "";
    EXPECT_EQ(parsed.error().code, error_code::bad_command);
    return parsed.error().message;
  }

  std::shared_ptr<const world_setup> setup;
};

TEST_F(command_file, a_spawn_has_a_place_and_whole_components) {
  auto parsed = parse_command(
    R"({"tick":4,"session":9,"seq":2,"op":"spawn","cell":[1,2],"local":[3,0.5,4],)"
    R"("component":"value","value":{"a":1,"b":"18446744073709551615","c":"0xff","d":0}})",
    *setup);
  ASSERT_TRUE(parsed) << parsed.error().message;
  const command& c = parsed->what;
  EXPECT_TRUE(parsed->has_tick);
  EXPECT_EQ(c.tick, 4u);
  EXPECT_EQ(c.session, 9u);
  EXPECT_EQ(c.sequence, 2u);
  EXPECT_EQ(c.op, command_op::spawn);
  EXPECT_EQ(c.place.where, (cell{1, 2}));
  EXPECT_EQ(c.place.y, 0.5F);
  ASSERT_EQ(c.parts.size(), 1u);
  std::uint64_t values[4];
  ASSERT_EQ(c.parts[0].bytes.size(), sizeof values);
  std::memcpy(values, c.parts[0].bytes.data(), sizeof values);
  EXPECT_EQ(values[0], 1u);
  EXPECT_EQ(values[1], ~std::uint64_t{0});
  EXPECT_EQ(values[2], 255u);
}

TEST_F(command_file, components_of_a_spawn_may_be_listed) {
  auto parsed = parse_command(R"({"session":1,"seq":1,"op":"spawn","cell":[0,0],"local":[0,0,0],)"
                              R"("components":{"value":{"a":1,"b":2,"c":3,"d":4}}})",
                              *setup);
  ASSERT_TRUE(parsed) << parsed.error().message;
  EXPECT_FALSE(parsed->has_tick);
  EXPECT_EQ(parsed->what.parts.size(), 1u);
}

TEST_F(command_file, a_set_names_the_fields_it_gives) {
  auto parsed = parse_command(R"({"session":1,"seq":1,"op":"set","target":"0x0000000000000001",)"
                              R"("component":"value","value":{"b":7,"d":8}})",
                              *setup);
  ASSERT_TRUE(parsed) << parsed.error().message;
  EXPECT_EQ(parsed->what.target, entity_id{1});
  EXPECT_EQ(parsed->what.parts[0].fields, 0b1010u);
}

TEST_F(command_file, a_position_is_set_by_cell_and_local) {
  auto parsed = parse_command(R"({"session":1,"seq":1,"op":"set","target":"0000000000000001",)"
                              R"("component":"position","cell":[7,7],"local":[1,2,3]})",
                              *setup);
  ASSERT_TRUE(parsed) << parsed.error().message;
  EXPECT_EQ(parsed->what.parts[0].type, position_component);
  EXPECT_EQ(parsed->what.place.where, (cell{7, 7}));
}

TEST_F(command_file, a_get_names_a_component_and_may_name_a_cell) {
  auto parsed = parse_command(
    R"({"session":1,"seq":1,"op":"get","target":"0000000000000001","component":"value","in":[3,5]})",
    *setup);
  ASSERT_TRUE(parsed) << parsed.error().message;
  EXPECT_EQ(parsed->what.op, command_op::get);
  EXPECT_EQ(parsed->what.expected, (cell{3, 5}));
  EXPECT_EQ(parsed->what.parts.size(), 1u);
}

TEST_F(command_file, a_bad_line_says_what_was_found_and_what_is_allowed) {
  const std::string head = R"({"session":1,"seq":1,)";
  const std::string to = R"("target":"0000000000000001",)";
  const std::string here = R"("cell":[0,0],"local":[0,0,0])";
  const std::vector<std::pair<std::string, std::string>> cases{
    {"", "not JSON"},
    {"{", "not JSON"},
    {"[1]", "a JSON object"},
    {R"({"seq":1,"seq":2})", "given twice"},
    {R"({"session":1,"seq":1})", "op: found nothing"},
    {head + R"("op":"fly"})", "spawn, despawn, set, event, teleport"},
    {head + R"("op":"despawn"})", "\"target\" is missing"},
    {R"({"seq":1,"op":"despawn",)" + to.substr(0, to.size() - 1) + "}", "\"session\" is missing"},
    {head + to + R"("op":"despawn","cell":[0,0]})", "unknown key \"cell\""},
    {head + to + R"("op":"despawn","tick":-1})", "tick: found -1"},
    {head + to + R"("op":"despawn","tick":1.5})", "tick: found 1.5"},
    {R"({"session":1,"seq":0,"op":"despawn",)" + to.substr(0, to.size() - 1) + "}", "seq: found 0"},
    {head + R"("op":"despawn","target":1})", "16 hex digits"},
    {head + R"("op":"despawn","target":"12"})", "16 hex digits"},
    {head + R"("op":"spawn","cell":[0],"local":[0,0,0]})", "[x, z]"},
    {head + R"("op":"spawn","cell":[0,0],"local":[0,0]})", "[x, y, z]"},
    {head + R"("op":"spawn","cell":[8,0],"local":[0,0,0]})", "not in the world"},
    {head + R"("op":"spawn","cell":[0,0],"local":[64,0,0]})", "cell size"},
    {head + R"("op":"spawn","cell":[0,0],"local":[0,1e300,0]})", "finite"},
    {head + R"("op":"spawn",)" + here + R"(,"component":"wings","value":{}})", "position, value"},
    {head + R"("op":"spawn",)" + here + R"(,"component":"value","value":{"a":1}})", "missing"},
    {head + R"("op":"spawn",)" + here + R"(,"value":{"a":1}})", "value without component"},
    {head + R"("op":"spawn",)" + here + R"(,"components":{"position":{}}})", "cell and local"},
    {head + to + R"("op":"set","component":"value","value":{}})", "no field"},
    {head + to + R"("op":"set","component":"value","value":{"e":1}})", "a, b, c, d"},
    {head + to + R"("op":"set","component":"value","value":{"a":-1}})", "value.a: found -1"},
    {head + to + R"("op":"set","component":"value","value":{"a":true}})", "value.a: found true"},
    {head + to + R"("op":"set","component":"value","value":3})", "an object"},
    {head + to + R"("op":"set","component":"position","value":{"x":1}})", "cell and local"},
    {head + to + R"("op":"set","component":"position","cell":[0,0]})", "\"local\" is missing"},
    {head + to + R"("op":"event","component":"bite","value":{}})", "events are none"},
    {head + to + R"("op":"teleport","cell":[9,9],"local":[0,0,0]})", "not in the world"},
  };
  for (const auto& [line, says] : cases)
    EXPECT_NE(refusal(line).find(says), std::string::npos) << line << "\n" << refusal(line);
}

TEST_F(command_file, a_file_names_the_line_of_its_first_error) {
  testing::scratch_folder folder;
  const std::string good =
    R"({"tick":1,"session":1,"seq":1,"op":"despawn","target":"0000000000000001"})";
  auto two = read_command_file(folder.write("good.jsonl", good + "\n\n" + good), *setup);
  ASSERT_TRUE(two) << two.error().message;
  EXPECT_EQ(two->size(), 2u);
  auto bad = read_command_file(folder.write("bad.jsonl", good + "\n\n{}\n"), *setup);
  ASSERT_FALSE(bad);
  EXPECT_NE(bad.error().message.find("bad.jsonl:3: "), std::string::npos) << bad.error().message;
  auto late = read_command_file(
    folder.write("t.jsonl", R"({"session":1,"seq":1,"op":"despawn","target":"0000000000000001"})"),
    *setup);
  ASSERT_FALSE(late);
  EXPECT_NE(late.error().message.find("\"tick\" is missing"), std::string::npos);
  EXPECT_FALSE(read_command_file(folder.path("none"), *setup));
}

} // namespace
} // namespace tessera
