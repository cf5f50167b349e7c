// A small world's data directory, for tests: its inputs, its checkpoints, and whether it is sound.
#pragma once

#include "persistence/checkpoint_writer.hpp"
#include "persistence/data_directory.hpp"

#include <gtest/gtest.h>

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tessera::data_directory_samples {

inline const std::string dir = "data";

inline std::vector<std::byte> bytes_of(std::string_view text) {
  const auto bytes = std::as_bytes(std::span(text.data(), text.size()));
  return {bytes.begin(), bytes.end()};
}

inline std::vector<world_input> some_inputs() {
  return {{"world.toml", bytes_of("name = 'hills'\n")},
          {"terrain/maps/hill.png", bytes_of(std::string(5000, 'h'))},
          {"terrain/hill.toml", bytes_of("")}};
}

inline manifest some_manifest() {
  manifest first;
  first.identity = {{std::byte{7}}, 1, 2};
  first.layout = "2x1";
  first.epochs = {{1, 0}};
  return first;
}

inline result<data_directory> create(file_system& fs, const std::string& path = dir) {
  return data_directory::create(fs, path, some_inputs(), some_manifest());
}

/// Two shards' files of one tick, written but not yet counting.
inline result<manifest_checkpoint> write_files(file_system& fs, const data_directory& in,
                                               tick_number tick) {
  manifest_checkpoint checkpoint{tick, tick * 3, {}};
  const auto column = bytes_of(std::string(1000, static_cast<char>('a' + tick % 26)));
  for (shard_id shard = 0; shard < 2; ++shard) {
    const auto name = data_directory::checkpoint_file_name(tick, shard);
    const auto written =
      write_checkpoint(fs, in.checkpoint_path(name), {in.current().identity, tick, shard},
                       std::vector<checkpoint_section>{{"column", 4, column}});
    if (!written)
      return tl::unexpected(written.error());
    checkpoint.files.push_back({shard, name, written->bytes, written->crc});
  }
  return checkpoint;
}

inline result<void> take_checkpoint(file_system& fs, data_directory& in, tick_number tick) {
  return write_files(fs, in, tick).and_then([&](manifest_checkpoint checkpoint) {
    return in.commit_checkpoint(std::move(checkpoint));
  });
}

inline std::vector<tick_number> ticks_of(const data_directory& in) {
  std::vector<tick_number> ticks;
  for (const auto& checkpoint : in.current().checkpoints)
    ticks.push_back(checkpoint.tick);
  return ticks;
}

/// Whether all that the manifest names is there, whole, and nothing beside it.
inline void expect_sound(file_system& fs, const data_directory& in) {
  const auto inputs = in.world_files();
  ASSERT_TRUE(inputs) << inputs.error().message;
  EXPECT_EQ(*inputs, some_inputs());
  std::size_t files = 0;
  for (const auto& checkpoint : in.current().checkpoints)
    for (const auto& file : checkpoint.files) {
      ++files;
      auto reader = in.open_checkpoint(checkpoint, file, &in.current().identity);
      ASSERT_TRUE(reader) << reader.error().message;
      EXPECT_TRUE(reader->verify());
    }
  EXPECT_EQ(fs.list(in.checkpoints_path())->size(), files);
}

} // namespace tessera::data_directory_samples
