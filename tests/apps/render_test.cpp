// `tessera render`: pictures of a world that knows nothing of how it is cut, new or kept.
#include "apps/video_timeline.hpp"
#include "tests/apps/kept_folder.hpp"
#include "tests/support/glb.hpp"

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

/// The world of the tests with a model for its kind, a box.
std::string world_with_model(const scratch_folder& folder, const std::string& name,
                             const std::string& model) {
  return folder.write(name, testing::flock_world + "[models]\nagent = \"" + model + "\"\n");
}

TEST_F(render_command, a_model_is_drawn_and_changes_no_hash) {
  folder.write("box.glb", testing::glb_box({-1, 0, -1}, {1, 3, 1}).glb());
  const std::string plain = folder.write("w.toml", testing::flock_world);
  const std::string with = world_with_model(folder, "m.toml", "box.glb");
  const std::string boxes = draw(with, 7);
  EXPECT_NE(boxes, draw(plain, 7));
  EXPECT_EQ(draw(plain, 7, {"--set", "models.agent=box.glb"}), boxes);
  EXPECT_EQ(draw(plain, 7, {"--models", with}), boxes);
  auto hash_of = [](const std::string& world) {
    auto ended = run_command({"run", world, "--ticks", "7", "--speed", "max"});
    EXPECT_EQ(ended.code, 0) << ended.err;
    const auto at = ended.out.find("world hash");
    return ended.out.substr(at, ended.out.find('\n', at) - at);
  };
  EXPECT_EQ(hash_of(with), hash_of(plain));
}

TEST_F(render_command, a_kept_world_keeps_no_models_and_goes_on_with_others) {
  folder.write("box.glb", testing::glb_box({-1, 0, -1}, {1, 3, 1}).glb());
  const std::string plain = folder.write("w.toml", testing::flock_world);
  const std::string with = world_with_model(folder, "m.toml", "box.glb");
  const std::string kept = folder.path("K");
  for (const auto& [world, ticks] :
       {std::pair{with, "5"}, std::pair{plain, "6"}, std::pair{with, "7"}}) {
    auto ended = run_command({"run", world, "--data", kept, "--ticks", ticks, "--speed", "max"});
    ASSERT_EQ(ended.code, 0) << ended.err;
  }
  EXPECT_EQ(draw(kept, 7), draw(plain, 7));
  EXPECT_EQ(draw(kept, 7, {"--models", with}), draw(with, 7));
}

TEST_F(render_command, a_model_that_cannot_be_drawn_is_refused_with_line_and_reason) {
  folder.write("broken.glb", testing::glb_box({-1, 0, -1}, {1, 3, 1}).glb().substr(0, 100));
  for (const auto& [model, why] :
       {std::pair{"none.glb", "none.glb: there is no such file"},
        std::pair{"broken.glb", "broken.glb: it is cut off: 100 bytes of"}}) {
    const std::string world = world_with_model(folder, "m.toml", model);
    for (const char* command : {"render", "check"}) {
      std::vector<std::string> words{command, world};
      if (std::string(command) == "render")
        words.insert(words.end(), {"--ticks", "0", "--out", folder.path("out")});
      auto ended = run_command(words);
      EXPECT_EQ(ended.code, 3) << command;
      EXPECT_NE(ended.err.find("m.toml:10: models.agent: " + folder.path("") + why),
                std::string::npos)
        << ended.err;
    }
    // Without a window nobody looks.
    EXPECT_EQ(run_command({"run", world, "--ticks", "1", "--speed", "max"}).code, 0);
  }
  const std::string wrong =
    folder.write("k.toml", testing::flock_world + "[models]\nsparrow = \"box.glb\"\n");
  auto ended = run_command({"check", wrong});
  EXPECT_EQ(ended.code, 3);
  EXPECT_NE(ended.err.find("k.toml:10: models.sparrow: found a kind that the game flock does not "
                           "show; allowed: agent"),
            std::string::npos)
    << ended.err;
}

TEST(video_timeline, frames_are_equally_far_apart_and_end_with_the_last_tick) {
  const video_timeline film{10, 12, 20, 30};
  ASSERT_EQ(film.frames(), 4u);
  const std::vector<std::pair<tick_number, double>> moments = {
    {10, 1}, {11, 2 / 3.0}, {12, 1 / 3.0}, {12, 1}};
  for (std::size_t i = 0; i < moments.size(); ++i) {
    EXPECT_EQ(film.at(i).newest, moments[i].first) << i;
    EXPECT_NEAR(double{film.at(i).share}, moments[i].second, 1e-6) << i;
    EXPECT_NEAR(film.at(i).time_s, 0.5 + static_cast<double>(i) / 30, 1e-9) << i;
  }
  const video_timeline slow_world{0, 3, 1, 60};
  EXPECT_EQ(slow_world.frames(), 181u);
  EXPECT_EQ(slow_world.at(61).newest, 2u);
  const video_timeline fast_world{0, 100, 1000, 30};
  EXPECT_EQ(fast_world.frames(), 4u);
  EXPECT_EQ(fast_world.at(1).newest, 34u);
  EXPECT_EQ(fast_world.at(3).newest, 100u);
}

/// A video's frames, and what the command said. PATH holds `programs` alone.
class render_video_command : public render_command {
protected:
  testing::command_output film(const std::string& world, const std::string& ticks,
                               const std::vector<std::string>& more = {},
                               const std::string& out = "film") {
    std::vector<std::string> words{"render", world,    "--video", "--ticks",       ticks,
                                   "--size", "160x90", "--out",   folder.path(out)};
    words.insert(words.end(), more.begin(), more.end());
    const std::string before = std::getenv("PATH");
    setenv("PATH", folder.path("programs").c_str(), 1);
    auto ended = run_command(words);
    setenv("PATH", before.c_str(), 1);
    return ended;
  }
  std::string frame(int number) {
    char name[32];
    std::snprintf(name, sizeof name, "film/frame-%06d.png", number);
    return read_file(folder.path(name));
  }
  /// An ffmpeg that writes down what it was told.
  void install_ffmpeg(const std::string& script) {
    std::filesystem::create_directories(folder.path("programs"));
    folder.write("programs/ffmpeg", "#!/bin/sh\n" + script);
    std::filesystem::permissions(folder.path("programs/ffmpeg"), std::filesystem::perms::owner_all);
  }
};

TEST_F(render_video_command, whole_ticks_are_their_pictures_and_between_them_bodies_move) {
  const std::string world = folder.write("w.toml", testing::flock_world);
  const std::string camera = "100,130,20,0,-20";
  auto ended = film(world, "10..12", {"--camera", camera});
  ASSERT_EQ(ended.code, 0) << ended.err;
  // 20 ticks and 30 frames a second.
  EXPECT_EQ(frame(0), draw(world, 10, {"--camera", camera}));
  EXPECT_EQ(frame(3), draw(world, 12, {"--camera", camera}));
  EXPECT_NE(frame(1), frame(0));
  EXPECT_NE(frame(2), frame(1));
  EXPECT_NE(frame(2), frame(3));
  EXPECT_FALSE(std::filesystem::exists(folder.path("film/frame-000004.png")));
}

TEST_F(render_video_command, without_ffmpeg_it_says_how_to_make_the_video_by_hand) {
  const std::string world = folder.write("w.toml", testing::flock_world);
  auto ended = film(world, "0..1", {"--fps", "60"});
  ASSERT_EQ(ended.code, 0) << ended.err;
  EXPECT_NE(ended.out.find("no video: ffmpeg is not installed"), std::string::npos) << ended.out;
  EXPECT_NE(ended.out.find("ffmpeg -loglevel error -nostdin -y -framerate 60 -i frame-%06d.png "
                           "-frames:v 4 "),
            std::string::npos)
    << ended.out;
  EXPECT_FALSE(frame(3).empty());
}

TEST_F(render_video_command, ffmpeg_gets_its_words_one_by_one_in_the_folder) {
  install_ffmpeg("for word in \"$@\"; do echo \"$word\"; done > words\necho film > video.mp4\n");
  const std::string world = folder.write("w.toml", testing::flock_world);
  auto ended = film(world, "0..1", {}, "film; touch x %d");
  ASSERT_EQ(ended.code, 0) << ended.err;
  EXPECT_EQ(read_file(folder.path("film; touch x %d/video.mp4")), "film\n");
  const std::string words = read_file(folder.path("film; touch x %d/words"));
  EXPECT_NE(words.find("-framerate\n30\n-i\nframe-%06d.png\n-frames:v\n2\n"), std::string::npos)
    << words;
  EXPECT_TRUE(words.ends_with("video.mp4\n")) << words;
}

TEST_F(render_video_command, an_ffmpeg_that_fails_leaves_the_frames_and_says_so) {
  install_ffmpeg("exit 3\n");
  const std::string world = folder.write("w.toml", testing::flock_world);
  auto ended = film(world, "0..1");
  EXPECT_EQ(ended.code, 1);
  EXPECT_NE(ended.err.find("ffmpeg ended with 3; the frames are there"), std::string::npos)
    << ended.err;
  EXPECT_FALSE(frame(1).empty());
}

TEST_F(render_video_command, the_camera_stays_with_whom_it_follows) {
  const std::string world = folder.write("w.toml", testing::flock_world);
  auto ended = film(world, "10..12", {"--camera", "100,130,20,0,-20", "--follow", "near"});
  ASSERT_EQ(ended.code, 0) << ended.err;
  const auto at = ended.out.find("--follow ");
  ASSERT_NE(at, std::string::npos) << ended.out;
  const std::string id = ended.out.substr(at + 9, 16);
  const std::string near = frame(3);
  ASSERT_EQ(film(world, "10..12", {"--camera", "100,130,20,0,-20", "--follow", id}).code, 0);
  EXPECT_EQ(frame(3), near);
  ASSERT_EQ(film(world, "10..12", {"--camera", "100,130,20,0,-20"}).code, 0);
  EXPECT_NE(frame(3), near);
  auto nobody = film(world, "10..12", {"--follow", "ffff00000000000f"});
  EXPECT_EQ(nobody.code, 1);
  EXPECT_NE(nobody.err.find("--follow: ffff00000000000f is not among the 2 000 bodies of tick 10"),
            std::string::npos)
    << nobody.err;
}

TEST_F(render_video_command, refuses_what_makes_no_video) {
  const std::string world = folder.write("w.toml", testing::flock_world);
  const std::vector<std::vector<std::string>> wrong = {
    {"--ticks", "5", "--video"},
    {"--ticks", "5..5", "--video"},
    {"--ticks", "9..5"},
    {"--ticks", "5.."},
    {"--ticks", "-1..5"},
    {"--ticks", "0..99999999999999999999"},
    {"--ticks", "0..18446744073709551615"},
    {"--ticks", "0..5", "9", "--video"},
    {"--size", "161x90", "--ticks", "0..5", "--video"},
    {"--fps", "25", "--ticks", "0..5", "--video"},
    {"--fps", "30", "--ticks", "0"},
    {"--follow", "near", "--ticks", "0"},
    {"--follow", "me", "--ticks", "0..5", "--video"}};
  for (const auto& option : wrong) {
    std::vector<std::string> words{"render", world};
    words.insert(words.end(), option.begin(), option.end());
    auto ended = run_command(words);
    EXPECT_EQ(ended.code, 2) << option[0] << " " << option[1];
    EXPECT_NE(ended.err.find(option[0]), std::string::npos) << ended.err;
  }
}

TEST_F(render_command, a_range_of_ticks_is_a_picture_of_each) {
  const std::string world = folder.write("w.toml", testing::flock_world);
  auto ended = run_command({"render", world, "--ticks", "2..4", "3", "7", "--size", "160x90",
                            "--out", folder.path("many")});
  ASSERT_EQ(ended.code, 0) << ended.err;
  for (int tick : {2, 3, 4, 7}) {
    char name[48];
    std::snprintf(name, sizeof name, "many/tick-%08d.png", tick);
    EXPECT_TRUE(std::filesystem::exists(folder.path(name))) << tick;
  }
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder.path("many")), {}), 4);
}

} // namespace
} // namespace tessera
