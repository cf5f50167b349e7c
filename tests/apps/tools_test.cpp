// What holds of all tools for kept worlds together: help, --json, nothing written, exit codes.
#include "persistence/crc32c.hpp"
#include "persistence/manifest.hpp"
#include "tests/apps/kept_worlds.hpp"

#include <cstdlib>
#include <span>
#include <sys/stat.h>
#include <sys/wait.h>

namespace tessera {
namespace {

using testing::run_command;
using words = std::vector<std::string>;

class tools_test : public testing::kept_worlds_test {
protected:
  std::string world() const { return folder.path("w"); }

  /// Those that only look.
  std::vector<words> lookers() const {
    return {{"log", "list", world()},
            {"log", "show", world()},
            {"log", "stats", world()},
            {"log", "verify", world()},
            {"replay", world()},
            {"replay", world(), "--shard", "0"},
            {"diff", world(), world()},
            {"bisect", world()},
            {"history", world(), "--entity", "0001000100000001"},
            {"export", world()},
            {"checkpoint", "list", world()},
            {"checkpoint", "verify", world()},
            {"checkpoint", "export", world()}};
  }
  /// Those that write somewhere; each may be run once.
  std::vector<words> writers() const {
    return {{"backup", world(), folder.path("b")},
            {"restore", folder.path("b"), folder.path("r")},
            {"rewind", world(), "--to", "9", folder.path("e")},
            {"repair", world(), "--skip", "1:1", folder.path("m")},
            {"salvage", world()},
            {"checkpoint", "take", world()}};
  }

  /// Every name with its bytes, its time of change and its rights.
  static std::map<std::string, std::string> all_of(const std::string& directory) {
    std::map<std::string, std::string> out;
    auto add = [&](const std::filesystem::path& path) {
      struct stat about {};
      EXPECT_EQ(::stat(path.c_str(), &about), 0) << path;
      std::string& text = out[path];
      text = std::to_string(about.st_mtim.tv_sec) + "." + std::to_string(about.st_mtim.tv_nsec) +
             " " + std::to_string(about.st_mode) + " " + std::to_string(about.st_ino);
      if (S_ISREG(about.st_mode))
        text += testing::read_file(path);
    };
    add(directory);
    for (const auto& entry : std::filesystem::recursive_directory_iterator(directory))
      add(entry.path());
    return out;
  }
};

TEST_F(tools_test, those_that_look_leave_every_byte_every_name_and_every_time_as_it_is) {
  keep("w", 20, some_commands());
  go_on("w", 50);
  const auto before = all_of(world());
  ASSERT_GT(before.size(), 15u);
  for (const auto& tool : lookers()) {
    auto ended = run_command(tool);
    EXPECT_EQ(ended.code, 0) << tool[0] << " " << tool[1] << "\n" << ended.err;
    EXPECT_EQ(all_of(world()), before) << tool[0] << " " << tool[1];
  }
}

TEST_F(tools_test, each_answers_with_json) {
  keep("w", 20, some_commands());
  go_on("w", 50);
  auto all = lookers();
  auto more = writers();
  all.insert(all.end(), more.begin(), more.end());
  for (auto tool : all) {
    tool.emplace_back("--json");
    auto ended = run_command(tool);
    EXPECT_EQ(ended.code, 0) << tool[0] << " " << tool[1] << "\n" << ended.err;
    // `log show` writes a line per record.
    auto parsed =
      tool[1] == "show"
        ? nlohmann::json::parse(ended.out.substr(0, ended.out.find('\n')), nullptr, false)
        : nlohmann::json::parse(ended.out, nullptr, false);
    EXPECT_TRUE(parsed.is_object()) << tool[0] << " " << tool[1] << "\n"
                                    << ended.out.substr(0, 300);
  }
}

TEST_F(tools_test, each_has_help_with_an_example_and_json) {
  auto all = lookers();
  auto more = writers();
  all.insert(all.end(), more.begin(), more.end());
  for (const auto& tool : all) {
    bool group = tool[0] == "log" || tool[0] == "checkpoint";
    words asked{tool[0]};
    if (group)
      asked.push_back(tool[1]);
    std::string name = tool[0] + (group ? " " + tool[1] : "");
    asked.emplace_back("--help");
    auto ended = run_command(asked);
    EXPECT_EQ(ended.code, 0) << name;
    EXPECT_NE(ended.out.find("--json"), std::string::npos) << name << "\n" << ended.out;
    EXPECT_NE(ended.out.find("  tessera " + name + " /"), std::string::npos) << name << ended.out;
  }
}

class exit_codes_test : public testing::kept_worlds_test {
protected:
  std::string world() const { return folder.path("w"); }
  testing::command_output go(int ticks) {
    return run_command(
      {"run", "--data", world(), "--speed", "max", "--ticks", std::to_string(ticks)});
  }
};

TEST_F(exit_codes_test, a_torn_tail_is_repaired_with_a_notice_and_0) {
  keep("w", 50, some_commands());
  const std::string log = files_in(world() + "/journal").front();
  std::string bytes = testing::read_file(log);
  std::size_t end = (bytes.find_last_not_of('\0') / 64 + 1) * 64;
  bytes.replace(end, 20, "half a frame, no end");
  std::ofstream(log, std::ios::binary) << bytes;
  auto ended = go(55);
  EXPECT_EQ(ended.code, 0) << ended.err;
  EXPECT_NE(ended.out.find("cut off and kept aside"), std::string::npos) << ended.out;
  EXPECT_FALSE(std::filesystem::is_empty(world() + "/journal/aside"));
  EXPECT_EQ(run_command({"log", "verify", world()}).code, 0);
}

TEST_F(exit_codes_test, corruption_is_7_wherever_it_is_and_nothing_is_changed) {
  keep("w", 50, some_commands());
  const auto whole = contents(world());
  const std::vector<std::string> all{files_in(world() + "/checkpoints").front(),
                                     world() + "/MANIFEST", world() + "/world/world.toml"};
  for (const auto& file : all) {
    damage(file);
    const auto before = contents(world());
    auto ended = go(55);
    EXPECT_EQ(ended.code, 7) << file << "\n" << ended.err;
    EXPECT_NE(ended.err.find(file), std::string::npos) << ended.err;
    EXPECT_EQ(contents(world()), before);
    std::ofstream(file, std::ios::binary)
      << whole.at(std::filesystem::relative(file, world()).string());
  }
  EXPECT_EQ(go(55).code, 0);
}

TEST_F(exit_codes_test, another_world_is_8_and_names_the_key) {
  keep("w", 50);
  const auto other = folder.write("other.toml", testing::store_world + "[persistence]\n");
  EXPECT_EQ(run_command({"run", other, "--data", world(), "--ticks", "51"}).code, 0);
  auto ended = run_command({"run", other, "--seed", "77", "--data", world(), "--ticks", "52"});
  EXPECT_EQ(ended.code, 8) << ended.err;
  EXPECT_NE(ended.err.find("seed"), std::string::npos) << ended.err;
}

TEST_F(exit_codes_test, a_newer_format_is_10) {
  keep("w", 50);
  std::string text = testing::read_file(world() + "/MANIFEST");
  text.replace(text.find("version 1"), 9, "version 2");
  text.resize(text.rfind("crc32c "));
  char last[20];
  std::snprintf(last, sizeof last, "crc32c %08x\n",
                static_cast<unsigned>(crc32c(std::as_bytes(std::span(text)))));
  std::ofstream(world() + "/MANIFEST") << text << last;
  for (const auto& tool : std::vector<words>{{"run", "--data", world()},
                                             {"replay", world()},
                                             {"log", "verify", world()},
                                             {"salvage", world(), "--yes"},
                                             {"backup", world(), folder.path("b")}}) {
    auto ended = run_command(tool);
    EXPECT_EQ(ended.code, 10) << tool.front() << ended.err;
    EXPECT_NE(ended.err.find("MANIFEST"), std::string::npos) << ended.err;
  }
}

TEST_F(exit_codes_test, a_full_disk_is_11_and_a_restart_with_room_has_every_acknowledged_command) {
  // A file system of its own, in a namespace of its own: gone with the shell.
  const std::string script = folder.write("script.sh", R"(set -e
mount -t tmpfs -o size=8m none "$2" || exit 99
"$1" run "$3" --data "$2/w" --ticks 20 --speed max --quiet
dd if=/dev/zero of="$2/filler" bs=64k 2>/dev/null || true
truncate -s -160k "$2/filler"
code=0
"$1" run --data "$2/w" --ticks 4000 --speed max --commands "$4" --acks "$5/acks" --quiet 2>"$5/words" || code=$?
echo "full $code"
rm "$2/filler"
"$1" run --data "$2/w" --ticks 4000 --speed max --commands "$4" --acks "$5/again" --quiet --report "$5/r.json"
echo "room $?"
"$1" log verify "$2/w"
)");
  std::string lines;
  for (int i = 1; i <= 2000; ++i)
    lines += R"({"tick":)" + std::to_string(20 + i) + R"(,"session":1,"seq":)" + std::to_string(i) +
             R"(,"op":"set","target":"0001000100000001","component":"value","value":{"b":)" +
             std::to_string(i) + "}}\n";
  std::filesystem::create_directory(folder.path("m"));
  const std::string command =
    "unshare --user --map-root-user --mount sh " + script + " " TESSERA_COMMAND " " +
    folder.path("m") + " " +
    folder.write("w.toml", testing::store_world + "[persistence]\nborder_log = false\n") + " " +
    folder.write("c.jsonl", lines) + " " + folder.path("") + " >" + folder.path("out") + " 2>&1";
  int status = std::system(command.c_str());
  if (WIFEXITED(status) && (WEXITSTATUS(status) == 99 || WEXITSTATUS(status) == 1))
    if (!std::filesystem::exists(folder.path("words")))
      GTEST_SKIP() << "no file system can be mounted here: "
                   << testing::read_file(folder.path("out"));
  const std::string out = testing::read_file(folder.path("out"));
  EXPECT_NE(out.find("full 11"), std::string::npos) << out;
  EXPECT_NE(out.find("room 0"), std::string::npos) << out;
  EXPECT_NE(testing::read_file(folder.path("words")).find("No space left"), std::string::npos);
  // What was acknowledged before is a repeat now; nothing of it is applied a second time.
  std::map<int, std::string> again;
  for (const auto& ack : testing::read_json_lines(folder.path("again")))
    again[ack["seq"]] = ack["result"];
  std::size_t acknowledged = 0;
  for (const auto& ack : testing::read_json_lines(folder.path("acks"))) {
    if (ack["result"] != "applied")
      continue;
    ++acknowledged;
    EXPECT_EQ(again[ack["seq"]], "repeated") << ack;
  }
  EXPECT_GT(acknowledged, 100u) << "the disk was full from the start";
  EXPECT_LT(acknowledged, 2000u) << "the disk was never full";
}

} // namespace
} // namespace tessera
