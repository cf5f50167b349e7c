// Kept worlds for the tests of the tools that look into them.
#pragma once

#include "tests/apps/command_runner.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

namespace tessera::testing {

/// A store world with commands in many ticks, kept in `folder`/D: four sessions, every op but event, in
/// `ticks` ticks; stopped cleanly. Commands lie in `folder`/in.jsonl.
inline std::string make_kept_store(const scratch_folder& folder, int ticks = 60) {
  std::string lines;
  auto line = [&](int tick, int session, int seq, const std::string& rest) {
    lines += "{\"tick\":" + std::to_string(tick) + ",\"session\":" + std::to_string(session) +
             ",\"seq\":" + std::to_string(seq) + "," + rest + "}\n";
  };
  for (int i = 0; i < ticks / 2; ++i) {
    line(2 * i, 1, i + 1,
         R"("op":"set","component":"value","target":")" + first_of_cell(i % 8, i / 8 % 8) +
           R"(","value":{"a":"18446744073709551615","c":)" + std::to_string(i) + "}");
    if (i % 4 == 1)
      line(2 * i, 2, i,
           R"("op":"spawn","cell":[1,)" + std::to_string(i % 8) +
             R"(],"local":[0.1,2,63.5],"component":"value","value":{"a":1,"b":2,"c":3,"d":4})");
    if (i % 10 == 3)
      line(2 * i, 3, i,
           R"("op":"teleport","target":")" + first_of_cell(7, i % 8) +
             R"(","cell":[0,0],"local":[1,0,1])");
    if (i % 10 == 5)
      line(2 * i, 9, i, R"("op":"despawn","target":"ffff00000000000f")");
    if (i % 10 == 6)
      line(2 * i, 9, i, R"("op":"despawn","target":")" + first_of_cell(6, i % 8) + "\"");
  }
  const std::string world = folder.write("w.toml", store_world);
  const std::string commands = folder.write("in.jsonl", lines);
  const std::string data = folder.path("D");
  auto ended =
    run_command({"run", world, "--data", data, "--speed", "max", "--ticks", std::to_string(ticks),
                 "--commands", commands, "--report", folder.path("report.json")});
  EXPECT_EQ(ended.code, 0) << ended.err;
  return data;
}

/// The fields of one row, as far as no cell has a comma in it.
inline std::vector<std::string> csv_cells(const std::string& row) {
  std::vector<std::string> cells(1);
  for (char c : row) {
    if (c == ',')
      cells.emplace_back();
    else
      cells.back() += c;
  }
  return cells;
}

inline std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream from(text);
  for (std::string line; std::getline(from, line);)
    lines.push_back(line);
  return lines;
}

/// Turns one bit of one byte.
inline void damage_file(const std::string& path, std::uint64_t offset) {
  std::fstream file(path, std::ios::binary | std::ios::in | std::ios::out);
  EXPECT_TRUE(file) << path;
  file.seekg(static_cast<std::streamoff>(offset));
  char byte = 0;
  file.get(byte);
  file.seekp(static_cast<std::streamoff>(offset));
  file.put(static_cast<char>(byte ^ 4));
}

} // namespace tessera::testing
