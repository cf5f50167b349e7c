#include "net/json_values.hpp"
#include "tests/apps/kept_folder.hpp"

#include <cstring>
#include <limits>
#include <rapidcheck/gtest.h>

namespace tessera {
namespace {

using nlohmann::json;
using testing::run_command;

class export_test : public ::testing::Test {
protected:
  testing::scratch_folder folder;

  std::string out_of(std::vector<std::string> arguments) {
    auto ended = run_command(arguments);
    EXPECT_EQ(ended.code, 0) << ended.err;
    return ended.out;
  }
  std::string kept_flock() {
    const auto world = folder.write("f.toml", testing::flock_world);
    const auto data = folder.path("F");
    EXPECT_EQ(run_command({"run", world, "--data", data, "--speed", "max", "--ticks", "25"}).code,
              0);
    return data;
  }
};

TEST_F(export_test, csv_has_a_row_per_entity_with_what_the_commands_set) {
  const auto data = testing::make_kept_store(folder);
  const auto lines = testing::lines_of(out_of({"export", data}));
  EXPECT_EQ(lines[0], "id,travelling,position.cell.x,position.cell.z,position.x,position.y,"
                      "position.z,value.a,value.b,value.c,value.d");
  EXPECT_EQ(lines.size() - 1,
            testing::read_json(folder.path("report.json"))["entities"].get<std::size_t>());
  const auto first = testing::csv_cells(lines[1]);
  EXPECT_EQ(first[0], "0000000000000001");
  EXPECT_EQ(first[7], "18446744073709551615"); // set by the first command
  EXPECT_TRUE(std::is_sorted(lines.begin() + 1, lines.end()));
}

TEST_F(export_test, the_three_formats_tell_the_same) {
  const auto data = kept_flock();
  const auto rows = testing::lines_of(out_of({"export", data}));
  const auto as_json = json::parse(out_of({"export", data, "--json"}));
  const auto file = folder.path("x.msgpack");
  out_of({"export", data, "--format", "msgpack", "--out", file});
  const auto packed = json::from_msgpack(testing::read_file(file));
  EXPECT_EQ(as_json["tick"], 25);
  ASSERT_EQ(as_json["entities"].size(), 2000u);
  ASSERT_EQ(packed["entities"].size(), 2000u);
  ASSERT_EQ(rows.size(), 2001u);
  const auto names = testing::csv_cells(rows[0]);
  const auto x =
    static_cast<std::size_t>(std::find(names.begin(), names.end(), "velocity.x") - names.begin());
  ASSERT_LT(x, names.size());
  for (std::size_t i = 0; i < 2000; ++i) {
    const auto& one = as_json["entities"][i];
    const auto& other = packed["entities"][i];
    EXPECT_EQ(one["id"], other["id"]);
    const auto cells = testing::csv_cells(rows[i + 1]);
    EXPECT_EQ(one["id"], cells[0]);
    const float exact = other["components"]["velocity"]["x"].get<float>();
    EXPECT_EQ(one["components"]["velocity"]["x"].get<float>(), exact);
    EXPECT_EQ(std::strtof(cells[x].c_str(), nullptr), exact);
  }
  auto heading = [](json j) {
    j.erase("entities");
    return j;
  };
  EXPECT_EQ(heading(as_json), heading(packed));
}

TEST_F(export_test, at_gives_any_tick_with_the_hash_that_was_logged) {
  const auto data = kept_flock();
  for (const auto& text : testing::lines_of(run_command({"log", "show", data, "--json"}).out)) {
    const auto record = json::parse(text);
    if (record["tick"].get<int>() % 8 != 3)
      continue;
    const auto at = record["state"].get<int>();
    const auto exported =
      json::parse(out_of({"export", data, "--json", "--at", std::to_string(at)}));
    EXPECT_EQ(exported["tick"], at);
    EXPECT_EQ(exported["world_hash"], record["hash"]);
  }
  auto beyond = run_command({"export", data, "--at", "26"});
  EXPECT_EQ(beyond.code, 1);
  EXPECT_NE(beyond.err.find("25"), std::string::npos) << beyond.err;
}

TEST_F(export_test, the_same_state_gives_the_same_bytes_under_any_layout) {
  const auto data = kept_flock();
  const auto before = out_of({"export", data, "--at", "25"});
  ASSERT_EQ(
    run_command({"run", "--data", data, "--shards", "4x1", "--ticks", "26", "--speed", "max"}).code,
    0);
  EXPECT_EQ(out_of({"export", data, "--at", "25"}), before);
}

TEST_F(export_test, one_component_leaves_the_others_out) {
  const auto data = kept_flock();
  const auto lines = testing::lines_of(out_of({"export", data, "--component", "velocity"}));
  EXPECT_EQ(lines[0].rfind("id,travelling,velocity.", 0), 0u) << lines[0];
  EXPECT_EQ(lines[0].find("position"), std::string::npos);
  auto wrong = run_command({"export", data, "--component", "wings"});
  EXPECT_EQ(wrong.code, 2);
  EXPECT_NE(wrong.err.find("velocity"), std::string::npos) << wrong.err;
}

TEST_F(export_test, travellers_are_rows_too_at_the_place_where_they_land) {
  const auto world = folder.write("w.toml", testing::store_world);
  const auto commands = folder.write(
    "in.jsonl", R"({"tick":7,"session":1,"seq":1,"op":"teleport","target":"0000000000000001",)"
                R"("cell":[6,5],"local":[1.5,0,2]})");
  const auto data = folder.path("D");
  ASSERT_EQ(run_command({"run", world, "--data", data, "--commands", commands, "--speed", "max",
                         "--ticks", "9"})
              .code,
            0);
  const auto lines = testing::lines_of(out_of({"export", data}));
  ASSERT_EQ(lines.size(), 65u);
  EXPECT_EQ(lines[1].rfind("0000000000000001,true,6,5,1.5,0.0,2.0,", 0), 0u) << lines[1];
}

TEST_F(export_test, a_file_that_cannot_be_written_ends_with_6) {
  const auto data = testing::make_kept_store(folder, 4);
  auto ended = run_command({"export", data, "--out", folder.path("no/such/folder.csv")});
  EXPECT_EQ(ended.code, 6);
  EXPECT_NE(ended.err.find("folder.csv"), std::string::npos) << ended.err;
}

TEST_F(export_test, where_there_is_no_world_it_says_so_and_ends_with_14) {
  auto ended = run_command({"export", folder.path("nothing")});
  EXPECT_EQ(ended.code, 14);
  EXPECT_EQ(ended.out, "");
}

RC_GTEST_PROP(json_values, floats_are_read_back_to_the_same_bits, (std::uint32_t bits)) {
  float value;
  std::memcpy(&value, &bits, sizeof value);
  RC_PRE(std::isfinite(value));
  const field_info field{"x", field_type::f32, "", 0};
  std::byte bytes[4];
  std::memcpy(bytes, &value, 4);
  const auto text = field_value(field, bytes).dump();
  const auto back = json::parse(text).get<float>();
  RC_ASSERT(std::memcmp(&back, &value, 4) == 0 || value == 0);
  RC_ASSERT(field_value(field, bytes, float_form::exact).get<float>() == value);
}

TEST(json_values, whole_numbers_beyond_two_to_the_53_are_text) {
  const field_info field{"n", field_type::i64, "", 0};
  auto text = [&](std::int64_t value) {
    std::byte bytes[8];
    std::memcpy(bytes, &value, 8);
    return field_value(field, bytes).dump();
  };
  EXPECT_EQ(text(std::int64_t{1} << 53), "9007199254740992");
  EXPECT_EQ(text((std::int64_t{1} << 53) + 1), "\"9007199254740993\"");
  EXPECT_EQ(text(std::numeric_limits<std::int64_t>::min()), "\"-9223372036854775808\"");
  EXPECT_EQ(text(-5), "-5");
}

} // namespace
} // namespace tessera
