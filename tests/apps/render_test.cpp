// `tessera render`: pictures of a world that knows nothing of how it is cut, new or kept.
#include "tests/apps/kept_folder.hpp"

#include <cstdlib>
#include <filesystem>

namespace tessera {
namespace {

using testing::read_file;
using testing::run_command;
using testing::scratch_folder;

class render_command : public ::testing::Test {
protected:
  void SetUp() override {
    setenv("VK_ICD_FILENAMES", "/usr/share/vulkan/icd.d/lvp_icd.x86_64.json", 0);
    if (run_command({"render", "--help"}).out.find("left out of this build") != std::string::npos)
      GTEST_SKIP() << "this build has no renderer";
  }

  /// The bytes of the picture of that tick.
  std::string draw(const std::string& world, int tick, const std::vector<std::string>& more = {}) {
    const std::string out = folder.path("out" + std::to_string(++drawn_));
    std::vector<std::string> words{"render", world,    "--ticks", std::to_string(tick),
                                   "--size", "160x90", "--out",   out};
    words.insert(words.end(), more.begin(), more.end());
    auto ended = run_command(words);
    EXPECT_EQ(ended.code, 0) << ended.err;
    char name[32];
    std::snprintf(name, sizeof name, "/tick-%08d.png", tick);
    return read_file(out + name);
  }

  scratch_folder folder;

private:
  int drawn_ = 0;
};

TEST_F(render_command, draws_the_same_under_any_layout_and_number_of_workers) {
  const std::string world = folder.write("w.toml", testing::flock_world);
  const std::string first = draw(world, 7, {"--shards", "1x1", "--workers", "1"});
  EXPECT_FALSE(first.empty());
  EXPECT_EQ(draw(world, 7, {"--shards", "4x2", "--workers", "3"}), first);
  EXPECT_NE(draw(world, 40), first);
}

TEST_F(render_command, draws_a_kept_world_at_a_past_tick_as_it_was_then) {
  const std::string world = folder.write("f.toml", testing::flock_world);
  const std::string kept = folder.path("K");
  auto ended = run_command({"run", world, "--data", kept, "--ticks", "30", "--speed", "max"});
  ASSERT_EQ(ended.code, 0) << ended.err;
  const std::string camera = "100,130,20,0,-20";
  EXPECT_EQ(draw(kept, 12, {"--camera", camera}), draw(world, 12, {"--camera", camera}));
  auto late = run_command({"render", kept, "--ticks", "31", "--out", folder.path("late")});
  EXPECT_NE(late.code, 0);
  EXPECT_NE(late.err.find("31"), std::string::npos) << late.err;
}

TEST_F(render_command, says_where_it_stands_and_takes_it_back) {
  const std::string world = folder.write("w.toml", testing::flock_world);
  auto ended =
    run_command({"render", world, "--ticks", "3", "--size", "160x90", "--out", folder.path("a")});
  ASSERT_EQ(ended.code, 0) << ended.err;
  const auto at = ended.out.find("--camera ");
  ASSERT_NE(at, std::string::npos) << ended.out;
  const std::string camera = ended.out.substr(at + 9, ended.out.find('\n', at) - at - 9);
  EXPECT_FALSE(draw(world, 3, {"--camera", camera}).empty());
}

TEST_F(render_command, refuses_what_it_does_not_understand) {
  const std::string world = folder.write("w.toml", testing::flock_world);
  for (const auto& wrong : std::vector<std::vector<std::string>>{{"--size", "12"},
                                                                 {"--size", "4x9000"},
                                                                 {"--camera", "1,2,3"},
                                                                 {"--camera", "1,2,3,4,95"},
                                                                 {"--sun", "0,0"}}) {
    std::vector<std::string> words{"render", world, "--ticks", "0"};
    words.insert(words.end(), wrong.begin(), wrong.end());
    auto ended = run_command(words);
    EXPECT_EQ(ended.code, 2) << wrong[1];
    EXPECT_NE(ended.err.find(wrong[0]), std::string::npos) << ended.err;
  }
  EXPECT_EQ(run_command({"render", world}).code, 2) << "--ticks is required";
}

TEST_F(render_command, without_a_driver_it_says_what_to_install) {
  const std::string world = folder.write("w.toml", testing::flock_world);
  const std::string before = std::getenv("VK_ICD_FILENAMES");
  setenv("VK_ICD_FILENAMES", "/nowhere.json", 1);
  auto ended = run_command({"render", world, "--ticks", "0"});
  setenv("VK_ICD_FILENAMES", before.c_str(), 1);
  EXPECT_EQ(ended.code, 1);
  EXPECT_NE(ended.err.find("mesa-vulkan-drivers"), std::string::npos) << ended.err;
}

} // namespace
} // namespace tessera
