// tests/golden/kept-N: a small kept world as it was written with format version N, with N.json that says what it
// must come to. A later version opens it all the same.
//
// A new format version gets a directory of its own, and none is ever changed: run kept-N.toml with
// kept-N.commands.jsonl for 40 ticks, go on for a while, kill it, and `tessera backup` it there; the figures are those of
// `tessera replay`. The game is `store`; should its components change one day, what the old ones became is declared
// there (docs/manual/operating.md).
#include "tests/apps/kept_worlds.hpp"

namespace tessera {
namespace {

using testing::run_command;

class golden_test : public testing::kept_worlds_test {};

TEST_F(golden_test, a_world_of_every_format_version_opens_and_comes_to_its_hashes) {
  std::size_t worlds = 0;
  for (const auto& entry : std::filesystem::directory_iterator(TESSERA_SOURCE_DIR "/tests/golden")) {
    const std::string name = entry.path().filename();
    if (!entry.is_directory() || !name.starts_with("kept-"))
      continue;
    ++worlds;
    SCOPED_TRACE(name);
    std::filesystem::copy(entry.path(), folder.path(name),
                          std::filesystem::copy_options::recursive);
    auto expected = testing::read_json(entry.path().string() + ".json");
    auto replayed = ask({"replay", folder.path(name)});
    EXPECT_EQ(replayed["world_hash"], expected["world_hash"]);
    EXPECT_EQ(replayed["tick"], expected["tick"]);
    EXPECT_EQ(replayed["hashes_checked"], expected["hashes_checked"]);
    EXPECT_TRUE(ask({"log", "verify", folder.path(name)})["sound"]);
    EXPECT_EQ(ask({"log", "stats", folder.path(name)})["ops"], expected["ops"]);
    EXPECT_EQ(ask({"checkpoint", "verify", folder.path(name)})["checkpoints"].size(), 1u);
    auto alone = ask({"replay", folder.path(name), "--shard", "1"});
    EXPECT_EQ(alone["shard_hash"], expected["shard_1_hash"]);
    EXPECT_EQ(go_on(name, expected["later_tick"]), expected["later_hash"]);
  }
  EXPECT_GE(worlds, 1u);
}

} // namespace
} // namespace tessera
