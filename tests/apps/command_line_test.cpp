#include "apps/exit_codes.hpp"
#include "apps/text.hpp"
#include "tests/apps/command_runner.hpp"

#include <gtest/gtest.h>

namespace tessera {
namespace {

using testing::run_command;

TEST(command_line, what_is_not_understood_is_a_usage_error_that_says_where_help_is) {
  testing::scratch_folder folder;
  const std::string world = folder.write("w.toml", testing::store_world);
  const std::vector<std::vector<std::string>> wrong{
    {},
    {"fly"},
    {"run"},
    {"run", world, "--fast"},
    {"run", world, "--speed", "warp"},
    {"run", world, "--ticks", "0"},
    {"run", world, "--ticks", "-3"},
    {"run", world, "--ticks", "many"},
    {"run", world, "--hash-every", "0"},
    {"run", world, "another.toml"},
    {"check"},
  };
  for (const auto& arguments : wrong) {
    auto ended = run_command(arguments);
    std::string all;
    for (const auto& word : arguments)
      all += word + " ";
    EXPECT_EQ(ended.code, 2) << all << ended.out << ended.err;
    EXPECT_EQ(ended.out, "") << all;
    EXPECT_TRUE(ended.err.starts_with("tessera: ")) << all << ended.err;
    EXPECT_NE(ended.err.find("--help"), std::string::npos) << all << ended.err;
  }
}

TEST(command_line, help_tells_the_exit_codes_and_so_does_the_manual) {
  auto help = run_command({"--help"});
  EXPECT_EQ(help.code, 0);
  const std::string manual = testing::read_file(TESSERA_SOURCE_DIR "/docs/manual/command.md");
  for (const auto& row : exit_code_table) {
    const std::string code = std::to_string(static_cast<int>(row.code));
    EXPECT_NE(help.out.find(code + "  " + std::string(row.words)), std::string::npos) << row.words;
    EXPECT_NE(manual.find("| " + code + " | " + std::string(row.words) + " |"), std::string::npos)
      << row.words;
  }
}

TEST(command_line, every_option_of_run_is_in_its_help_and_in_the_manual) {
  auto help = run_command({"run", "--help"});
  EXPECT_EQ(help.code, 0);
  const std::string manual = testing::read_file(TESSERA_SOURCE_DIR "/docs/manual/command.md");
  for (const char* option :
       {"--ticks",          "--speed",      "--shards",       "--workers",
        "--seed",           "--set",        "--commands",     "--acks",
        "--report",         "--hash-every", "--quiet",        "--trace",
        "--trace-from",     "--trace-to",   "--trace-actors", "--no-flight-recorder",
        "--stall-limit-ms", "--window",     "--quality",      "--perf-csv",
        "--perf-json"}) {
    EXPECT_NE(help.out.find(option), std::string::npos) << option;
    EXPECT_NE(manual.find("`" + std::string(option)), std::string::npos) << option;
  }
}

TEST(command_line, info_tells_version_build_and_dependencies) {
  auto info = run_command({"info"});
  EXPECT_EQ(info.code, 0);
  for (const char* word : {"tessera ", "commit", "compiler", "CAF", "CLI11", "nlohmann_json"})
    EXPECT_NE(info.out.find(word), std::string::npos) << word;
}

TEST(command_line, games_lists_the_built_in_games_with_their_parameters) {
  auto games = run_command({"games"});
  EXPECT_EQ(games.code, 0) << games.err;
  for (const char* word : {"herds: ", "flock: ", "store: ", "agents", "entities", "grazers"})
    EXPECT_NE(games.out.find(word), std::string::npos) << word;
}

TEST(command_line, check_shows_what_would_run) {
  testing::scratch_folder folder;
  const std::string world = folder.write("w.toml", testing::flock_world);
  auto fine = run_command({"check", world, "--shards", "1x4", "--set", "agents=10"});
  EXPECT_EQ(fine.code, 0) << fine.err;
  for (const char* word : {"fine", "8 x 8 cells of 64 m", "4 (1x4)", "fly", "agents = 10"})
    EXPECT_NE(fine.out.find(word), std::string::npos) << word << "\n" << fine.out;
}

TEST(command_line, a_world_that_cannot_be_opened_says_why_and_has_a_code_of_its_own) {
  testing::scratch_folder folder;
  const std::string world = folder.write("w.toml", testing::store_world);
  const std::string unknown = folder.write("u.toml", testing::store_world + "rabbits = 3\n");
  struct wrong {
    std::vector<std::string> arguments;
    int code;
    std::string says;
  };
  const std::vector<wrong> cases{
    {{folder.path("none.toml")}, 3, "no such file"},
    {{world, "--shards", "9x9"}, 3, "2 x 2 cells"},
    {{world, "--shards", "two"}, 3, "RxC"},
    {{world, "--seed", "-1"}, 3, "seed"},
    {{world, "--set", "extent=[1,1]"}, 3, "extent"},
    {{world, "--set", "entities=-5"}, 3, "parameters.entities"},
    {{world, "--set", "parameters.rabbits=1"}, 3, "rabbits"},
    {{unknown}, 3, "rabbits"},
    {{world, "--set", "terrain=hills.toml"}, 3, "hills.toml"},
    {{world, "--set", "game=chess"}, 4, "built in are herds, flock, store"},
    {{world, "--set", "game=chess.so"}, 4, "no such file"},
  };
  for (const char* command : {"check", "run"}) {
    for (const auto& one : cases) {
      std::vector<std::string> arguments{command};
      arguments.insert(arguments.end(), one.arguments.begin(), one.arguments.end());
      auto ended = run_command(arguments);
      EXPECT_EQ(ended.code, one.code) << one.says << ended.err;
      EXPECT_TRUE(ended.err.starts_with("tessera: ")) << ended.err;
      EXPECT_NE(ended.err.find(one.says), std::string::npos) << one.says << "\n" << ended.err;
    }
  }
}

TEST(command_line, a_layout_and_an_extent_given_together_fit_in_either_order) {
  testing::scratch_folder folder;
  const std::string world = folder.write("w.toml", testing::store_world);
  EXPECT_EQ(run_command({"check", world, "--shards", "1x1", "--set", "extent=[2,2]"}).code, 0);
  EXPECT_EQ(run_command({"check", world, "--shards", "8x8", "--set", "extent=[16,16]"}).code, 0);
}

TEST(command_line, a_file_that_cannot_be_written_is_noticed_before_the_run) {
  testing::scratch_folder folder;
  const std::string world = folder.write("w.toml", testing::store_world);
  for (const char* option : {"--report", "--acks"}) {
    auto ended = run_command({"run", world, option, folder.path("no/such/folder.json")});
    EXPECT_EQ(ended.code, 6) << ended.err;
    EXPECT_NE(ended.err.find("folder.json"), std::string::npos) << ended.err;
  }
}

TEST(text, ids_have_one_form) {
  EXPECT_EQ(hex_text(0xABCull), "0000000000000abc");
  EXPECT_EQ(parse_entity_id("0003000700000001"), entity_id::make(3, 7, 1));
  EXPECT_EQ(parse_entity_id("0x0003000700000001"), entity_id::make(3, 7, 1));
  for (const char* wrong :
       {"", "0x", "1", "3000700000001", "00030007000000011", "000300070000000g"})
    EXPECT_FALSE(parse_entity_id(wrong)) << wrong;
  EXPECT_EQ(parse_whole("18446744073709551615"), ~std::uint64_t{0});
  EXPECT_EQ(parse_whole("0xff"), 255u);
  for (const char* wrong : {"", "0x", "-1", "18446744073709551616", "1.0", "7x"})
    EXPECT_FALSE(parse_whole(wrong)) << wrong;
}

} // namespace
} // namespace tessera
