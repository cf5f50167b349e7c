// tests/golden/kept-J-C-M: a small kept world as it was written with these format versions of journal, checkpoint and
// manifest; tests/golden/make_kept.sh made it. Every later Tessera opens it.
#include "persistence/checkpoint_format.hpp"
#include "persistence/journal_format.hpp"
#include "persistence/manifest_format.hpp"
#include "tests/apps/kept_worlds.hpp"

namespace tessera {
namespace {

using testing::run_command;

class golden_test : public testing::kept_worlds_test {
protected:
  static constexpr const char* golden = TESSERA_SOURCE_DIR "/tests/golden/";
};

TEST_F(golden_test, there_is_a_world_of_the_formats_of_now) {
  const std::string name = "kept-" + std::to_string(journal_format::version) + "-" +
                           std::to_string(checkpoint_format::version) + "-" +
                           std::to_string(manifest_format::version);
  EXPECT_TRUE(std::filesystem::is_directory(golden + name))
    << "a format has another version: make it with tests/golden/make_kept.sh, and keep the others";
}

TEST_F(golden_test, a_world_of_every_format_version_opens_and_comes_to_its_hashes) {
  std::size_t worlds = 0;
  for (const auto& entry : std::filesystem::directory_iterator(golden)) {
    const std::string name = entry.path().filename();
    if (!entry.is_directory() || !name.starts_with("kept-"))
      continue;
    ++worlds;
    SCOPED_TRACE(name);
    const std::string world = folder.path(name);
    std::filesystem::copy(entry.path(), world, std::filesystem::copy_options::recursive);
    auto expected = testing::read_json(entry.path().string() + ".json");
    int tick = expected["tick"];
    auto verified = run_command({"log", "verify", world});
    EXPECT_EQ(verified.code, 0) << verified.out << verified.err;
    EXPECT_EQ(ask({"checkpoint", "verify", world})["checkpoints"].size(), 1u);
    auto replayed = ask({"replay", world, "--from", "0"});
    EXPECT_EQ(replayed["tick"], tick);
    EXPECT_EQ(replayed["world_hash"], expected["world_hash"]);
    EXPECT_EQ(replayed["hashes_checked"], tick);
    auto alone = ask({"replay", world, "--shard", "1", "--to", "20"});
    EXPECT_EQ(alone["shard_hash"], expected["shard_1_at_20"]);
    EXPECT_EQ(alone["hashes_checked"], 20);
    EXPECT_TRUE(ask({"salvage", world})["sound"]);
    EXPECT_EQ(go_on(name, tick + 10), expected["ten_ticks_later"]);
  }
  EXPECT_GE(worlds, 1u);
}

} // namespace
} // namespace tessera
