#include "tests/apps/command_runner.hpp"

#include <gtest/gtest.h>

#include <iomanip>
#include <set>
#include <sstream>

namespace tessera {
namespace {

using testing::run_command;

class run_test : public ::testing::Test {
protected:
  testing::scratch_folder folder;

  nlohmann::json report_of(std::vector<std::string> arguments, int code = 0) {
    const std::string path = folder.path("report.json");
    arguments.insert(arguments.begin(), "run");
    arguments.insert(arguments.end(), {"--speed", "max", "--report", path});
    auto ended = run_command(arguments);
    EXPECT_EQ(ended.code, code) << ended.out << ended.err;
    return testing::read_json(path);
  }
};

TEST_F(run_test, the_report_has_every_field_with_its_type) {
  const std::string world = folder.write("w.toml", testing::flock_world);
  auto report = report_of({world, "--ticks", "20", "--hash-every", "5"});
  const std::vector<std::string> numbers{
    "tick",           "entities",     "born",      "died",         "migrations",
    "events_sent",    "far_mail",     "wall_s",    "ticks_per_s",  "ns_per_entity_tick",
    "peak_rss_bytes", "rss_bytes",    "cpu_s",     "busy_s",       "events_crossing",
    "messages_sent",  "workers",      "rss_bytes", "packet_bytes", "bytes_per_entity",
    "events_refused", "time_dilation"};
  for (const auto& name : numbers)
    EXPECT_TRUE(report.contains(name) && report[name].is_number()) << name;
  for (const char* name : {"world_hash", "layout", "seed", "world", "game", "ended_by"})
    EXPECT_TRUE(report.contains(name) && report[name].is_string()) << name;
  EXPECT_EQ(report["tick"], 20);
  EXPECT_EQ(report["entities"], 2000);
  EXPECT_EQ(report["layout"], "2x2");
  EXPECT_EQ(report["workers"], 2);
  EXPECT_EQ(report["seed"], "5");
  EXPECT_EQ(report["ended_by"], "ticks");
  EXPECT_TRUE(report["failure"].is_null());
  EXPECT_EQ(report["world_hash"].get<std::string>().size(), 16u);
  EXPECT_EQ(report["hashes"].size(), 5u); // 0, 5, 10, 15, 20
  EXPECT_EQ(report["hashes"]["20"], report["world_hash"]);
  EXPECT_NE(report["hashes"]["15"], report["world_hash"]);
  for (const char* part : {"p50", "p99", "max"})
    EXPECT_GT(report["tick_ms"][part].get<double>(), 0) << part;
  EXPECT_TRUE(report["build"].contains("version"));
  ASSERT_EQ(report["shards"].size(), 4u);
  std::uint64_t sum = 0;
  for (const auto& shard : report["shards"]) {
    for (const char* part : {"id", "cells", "entities", "tick_ms_p50", "ghosts"})
      EXPECT_TRUE(shard[part].is_number()) << part;
    sum += shard["entities"].get<std::uint64_t>();
  }
  EXPECT_EQ(report["entities_by_archetype"]["position+velocity"], sum);
  EXPECT_EQ(sum + report["travelling"].get<std::uint64_t>(), 2000u);
}

TEST_F(run_test, the_manual_explains_every_field_of_the_report) {
  const std::string manual = testing::read_file(TESSERA_SOURCE_DIR "/docs/manual/command.md");
  const std::string world = folder.write("w.toml", testing::store_world);
  const auto report = report_of({world, "--ticks", "1"});
  for (const auto& [name, value] : report.items())
    EXPECT_NE(manual.find("| `" + name), std::string::npos) << name;
}

TEST_F(run_test, the_hash_depends_on_the_seed_and_not_on_layout_or_workers) {
  const std::string world = folder.write("w.toml", testing::flock_world);
  std::set<std::string> same;
  for (const char* shards : {"1x1", "2x3", "4x4"})
    for (const char* workers : {"1", "2"})
      same.insert(report_of(
        {world, "--ticks", "30", "--shards", shards, "--workers", workers})["world_hash"]);
  EXPECT_EQ(same.size(), 1u);
  EXPECT_FALSE(same.contains(report_of({world, "--ticks", "30", "--seed", "6"})["world_hash"]));
}

TEST_F(run_test, a_run_ends_with_a_summary_that_shows_the_hash) {
  const std::string world = folder.write("w.toml", testing::store_world);
  auto hash = report_of({world, "--ticks", "3"})["world_hash"].get<std::string>();
  auto loud = run_command({"run", world, "--ticks", "3"});
  auto quiet = run_command({"run", world, "--ticks", "3", "--quiet"});
  for (const auto& ended : {loud, quiet}) {
    EXPECT_EQ(ended.code, 0) << ended.err;
    EXPECT_NE(ended.out.find(hash), std::string::npos) << ended.out;
    EXPECT_EQ(ended.err, "");
  }
  EXPECT_NE(loud.out.find("in memory only"), std::string::npos) << loud.out;
  EXPECT_LT(quiet.out.size(), loud.out.size());
}

TEST_F(run_test, a_paced_world_takes_its_time) {
  const std::string world = folder.write("w.toml", testing::store_world);
  const std::string path = folder.path("paced.json");
  auto ended =
    run_command({"run", world, "--ticks", "20", "--set", "tick_rate_hz=100", "--report", path});
  EXPECT_EQ(ended.code, 0) << ended.err;
  auto report = testing::read_json(path);
  // The last of 20 ticks starts 19 periods after the first.
  EXPECT_GE(report["wall_s"].get<double>(), 0.19);
  EXPECT_GE(report["time_dilation"].get<double>(), 1);
  EXPECT_TRUE(report["tick_latency_ms"]["p50"].is_number());
}

TEST_F(run_test, a_system_that_throws_ends_the_run_with_a_report) {
  const std::string world =
    folder.write("w.toml", "name = \"trap\"\ngame = \"" TESSERA_MODULE_DIR
                           "/throwing_game.so\"\nextent = [8, 8]\nshards = \"2x2\"\nworkers = 2\n");
  const std::string path = folder.path("r.json");
  auto ended = run_command(
    {"run", world, "--ticks", "100", "--speed", "max", "--report", path, "--no-flight-recorder"});
  EXPECT_EQ(ended.code, 1);
  for (const char* word :
       {"tick 7", "tripped over a root", "trip", "0003000200000001", "tessera run"})
    EXPECT_NE(ended.err.find(word), std::string::npos) << word << "\n" << ended.err;
  auto report = testing::read_json(path);
  EXPECT_EQ(report["ended_by"], "failure");
  EXPECT_EQ(report["failure"]["tick"], 7);
  EXPECT_EQ(report["failure"]["system"], "trip");
  EXPECT_EQ(report["failure"]["entity"], "0003000200000001");
  EXPECT_LE(report["tick"].get<int>(), 7);
}

TEST_F(run_test, a_kept_world_that_fails_twice_ends_with_the_command_that_shows_it_again) {
  const std::string world =
    folder.write("w.toml", "name = \"trap\"\ngame = \"" TESSERA_MODULE_DIR
                           "/throwing_game.so\"\nextent = [8, 8]\nshards = \"2x2\"\nworkers = 2\n");
  const std::string data = folder.path("a world");
  auto words_of = [](const std::string& line) {
    std::vector<std::string> words;
    std::istringstream from(line);
    for (std::string word; from >> std::quoted(word, '\'');)
      words.push_back(word);
    return words;
  };
  for (bool border_log : {true, false}) {
    const std::string path = folder.path("r.json");
    auto ended =
      run_command({"run", world, "--data", data + (border_log ? "" : " without"), "--ticks", "100",
                   "--speed", "max", "--report", path, "--set",
                   std::string("persistence.border_log=") + (border_log ? "true" : "false")});
    EXPECT_EQ(ended.code, 1);
    EXPECT_NE(ended.out.find(border_log ? "the shard was restored from tick 0, 7 hashes checked"
                                        : "the world goes back to its last checkpoint"),
              std::string::npos)
      << ended.out;
    auto lines = ended.err.substr(0, ended.err.size() - 1);
    auto last = lines.substr(lines.rfind('\n') + 1);
    EXPECT_EQ(last, border_log ? "tessera replay '" + data + "' --shard 0 --to 8"
                               : "tessera replay '" + data + " without' --to 8");
    EXPECT_EQ(testing::read_json(path)["failure"]["again"], last);
    auto words = words_of(last);
    auto again = run_command({words.begin() + 1, words.end()});
    EXPECT_EQ(again.code, 1) << again.out << again.err;
    // The same report: tick, message, system, entity, shard.
    auto of_run = ended.err.substr(0, ended.err.find("to see it again"));
    of_run.erase(0, of_run.rfind("tessera: the world stopped"));
    EXPECT_NE(again.err.find(border_log ? of_run : "tick 7 failed in trip"), std::string::npos)
      << again.err << "\nexpected\n"
      << of_run;
  }
}

TEST_F(run_test, a_module_that_does_not_fit_is_refused_with_its_own_code) {
  const std::string world = folder.write("w.toml", "name = \"m\"\ngame = \"" TESSERA_MODULE_DIR
                                                   "/wrong_api_version.so\"\nextent = [8, 8]\n");
  auto ended = run_command({"run", world, "--ticks", "1"});
  EXPECT_EQ(ended.code, 4);
  EXPECT_NE(ended.err.find("module API version 2, expected 1"), std::string::npos) << ended.err;
}

} // namespace
} // namespace tessera
