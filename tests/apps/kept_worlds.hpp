// Kept worlds for the tests of the tools that look into them.
#pragma once

#include "tests/apps/command_runner.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <map>

namespace tessera::testing {

/// A test with a folder, in which it keeps worlds.
class kept_worlds_test : public ::testing::Test {
protected:
  scratch_folder folder;

  /// Commands in four ticks: a field is set, an entity born, teleported, set, removed.
  static std::string some_commands() {
    return R"({"tick":3,"session":1,"seq":1,"op":"set","target":"0001000100000001","component":"value","value":{"a":7}}
{"tick":5,"session":1,"seq":2,"op":"spawn","cell":[1,1],"local":[5,0,5],"component":"value","value":{"a":1,"b":2,"c":3,"d":4}}
{"tick":8,"session":2,"seq":1,"op":"teleport","target":"0001000100000001","cell":[7,7],"local":[1,0,1]}
{"tick":20,"session":1,"seq":3,"op":"set","target":"0001000100000002","component":"value","value":{"b":99}}
{"tick":30,"session":1,"seq":4,"op":"despawn","target":"0001000100000002"}
)";
  }
  /// The lines that hold `not_this` left out.
  static std::string without(const std::string& lines, const std::string& not_this) {
    std::string out;
    for (std::size_t at = 0; at < lines.size();) {
      auto end = lines.find('\n', at) + 1;
      auto line = lines.substr(at, end - at);
      if (line.find(not_this) == std::string::npos)
        out += line;
      at = end;
    }
    return out;
  }

  /// Runs the store world in folder/NAME until that tick; its hash then.
  std::string keep(const std::string& name, int ticks, const std::string& commands = "",
                   const std::string& world = store_world) {
    std::vector<std::string> words{"run",      folder.write(name + ".toml", world),
                                   "--data",   folder.path(name),
                                   "--ticks",  std::to_string(ticks),
                                   "--speed",  "max",
                                   "--report", folder.path("report.json")};
    if (!commands.empty())
      words.insert(words.end(), {"--commands", folder.write("commands.jsonl", commands)});
    auto ended = run_command(words);
    EXPECT_EQ(ended.code, 0) << ended.out << ended.err;
    return read_json(folder.path("report.json"))["world_hash"];
  }

  /// Goes on with it; its hash then.
  std::string go_on(const std::string& name, int ticks, const std::string& commands = "") {
    std::vector<std::string> words{
      "run", "--data",   folder.path(name),         "--ticks", std::to_string(ticks), "--speed",
      "max", "--report", folder.path("report.json")};
    if (!commands.empty())
      words.insert(words.end(), {"--commands", folder.write("more.jsonl", commands)});
    auto ended = run_command(words);
    EXPECT_EQ(ended.code, 0) << ended.out << ended.err;
    return read_json(folder.path("report.json"))["world_hash"];
  }

  /// Answer of a tool with --json.
  static nlohmann::json ask(std::vector<std::string> words, int code = 0) {
    words.emplace_back("--json");
    auto ended = run_command(words);
    EXPECT_EQ(ended.code, code) << words.front() << "\n" << ended.out << ended.err;
    return nlohmann::json::parse(ended.out, nullptr, false);
  }

  /// Every file of a directory but its lock, with its bytes.
  static std::map<std::string, std::string> contents(const std::string& directory) {
    std::map<std::string, std::string> out;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(directory))
      if (entry.is_regular_file() && entry.path().filename() != "LOCK")
        out[std::filesystem::relative(entry.path(), directory)] = read_file(entry.path());
    return out;
  }

  /// Files of a folder, ascending by name.
  static std::vector<std::string> files_in(const std::string& directory) {
    std::vector<std::string> out;
    for (const auto& entry : std::filesystem::directory_iterator(directory))
      if (entry.is_regular_file())
        out.push_back(entry.path());
    std::sort(out.begin(), out.end());
    return out;
  }

  /// Changes one bit in the middle of what a file holds before its zeros.
  static void damage(const std::string& path) {
    std::string bytes = read_file(path);
    auto used = bytes.find_last_not_of('\0') + 1;
    bytes[used / 2] = static_cast<char>(bytes[used / 2] ^ 0x10);
    std::ofstream(path, std::ios::binary) << bytes;
  }
};

} // namespace tessera::testing
