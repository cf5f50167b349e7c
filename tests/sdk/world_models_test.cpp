// Models of kinds of bodies, as a world file says them.
#include "sdk/world_models.hpp"

#include "tests/sdk/world_file_sample.hpp"
#include "tests/support/temporary_directory.hpp"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace tessera::testing {
namespace {

const std::string head = "name = 'a'\ngame = 'g'\nextent = [2, 2]\n";

TEST(world_models, a_bad_model_names_its_line_and_kind) {
  const std::vector<std::pair<std::string, std::string>> refused = {
    {"models = 'deer.glb'\n", "4: models: found \"deer.glb\""},
    {"[models]\ndeer = 'deer.glb'\nwolf = 'wolf.obj'\n", "6: models.wolf: found \"wolf.obj\""},
    {"[models]\ndeer = 7\n", "5: models.deer: found 7"},
    {"[models]\ndeer = ''\n", "5: models.deer: found \"\""},
    {"[models.deer]\nfile = 'deer.glb'\n", "4: models.deer: found "},
    {"[models]\n'' = 'deer.glb'\n", "5: models.\"\": found \"deer.glb\""},
  };
  for (const auto& [text, message] : refused) {
    const std::string why = refusal(head + text);
    EXPECT_EQ(why.find("worlds/v.toml:" + message), 0u) << why;
    EXPECT_TRUE(why.ends_with(allowed("models"))) << why;
  }
  std::string many = "[models]\n";
  for (int i = 0; i < 13; ++i)
    many += "kind" + std::to_string(i) + " = 'deer.glb'\n";
  EXPECT_NE(refusal(head + many), "");
  EXPECT_EQ(refusal(head + many.substr(0, many.find("kind12"))), "");
}

TEST(world_models, an_override_adds_and_replaces) {
  auto config = *parse_world_file(whole, "worlds/v.toml");
  ASSERT_TRUE(apply_override(config, "models.predator=wolf.gltf"));
  ASSERT_TRUE(apply_override(config, "models.grazer=\"/all/cow.glb\""));
  EXPECT_EQ(config.models, (std::map<std::string, std::string>{{"grazer", "/all/cow.glb"},
                                                               {"predator", "wolf.gltf"}}));
  EXPECT_EQ(config.model_path("grazer"), fs::path("/all/cow.glb"));
}

TEST(world_models, of_a_kind_that_the_game_does_not_show_names_line_and_kinds) {
  const temporary_directory folder;
  const fs::path path = fs::path(folder.path) / "w.toml";
  const std::string text = head + "[models]\ngrazer = 'deer.glb'\nstag = 'deer.glb'\n";
  std::ofstream(path) << text;
  auto config = *parse_world_file(text, path);
  appearance looks;
  looks.kinds.resize(2);
  looks.kinds[0].name = "grazer";
  looks.kinds[1].name = "predator";
  auto ok = check_models(config, looks);
  ASSERT_FALSE(ok);
  EXPECT_EQ(ok.error().code, error_code::bad_world_file);
  EXPECT_EQ(ok.error().message, path.string() +
                                  ":6: models.stag: found a kind that the game g does not show; "
                                  "allowed: grazer, predator");
  config.models.erase("stag");
  EXPECT_TRUE(check_models(config, looks));
  // --set leaves no line.
  ASSERT_TRUE(apply_override(config, "models.elk=elk.glb"));
  EXPECT_EQ(check_models(config, looks).error().message.find(path.string() + ": models.elk: "), 0u);
}

} // namespace
} // namespace tessera::testing
