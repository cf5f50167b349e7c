// What the window asks of a running world, asked of one.
#include "apps/world_onlooker.hpp"
#include "games/games.hpp"
#include "sdk/engine.hpp"
#include "sdk/open_world.hpp"
#include "tests/apps/command_runner.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <thread>

namespace tessera {
namespace {

class onlooker_test : public ::testing::Test {
protected:
  void SetUp() override {
    testing::scratch_folder folder;
    auto config = load_world_file(folder.write("w.toml", testing::flock_world));
    ASSERT_TRUE(config) << config.error().message;
    auto world = open_world(*config, built_in_games());
    ASSERT_TRUE(world) << world.error().message;
    engine_options options;
    options.workers = 2;
    options.paced = true;
    options.inspected = true;
    auto made = engine::start(world->setup, world->cut, options);
    ASSERT_TRUE(made) << made.error().message;
    engine_ = std::move(*made);
    asks_.emplace(*engine_->inspect());
  }
  void TearDown() override {
    asks_.reset();
    engine_->stop();
    engine_->wait();
  }

  /// Waits for news that have what is looked for.
  std::shared_ptr<const onlooker_news>
  until(const std::function<bool(const onlooker_news&)>& there) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    auto news = asks_->news();
    while (!there(*news) && std::chrono::steady_clock::now() < end) {
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
      news = asks_->news();
    }
    EXPECT_TRUE(there(*news)) << "did not come within a minute";
    return news;
  }
  /// Somebody who is there.
  entity_id anybody() {
    look_request what;
    what.found = look_request::search{};
    what.found->most = 1;
    auto look = engine_->inspect()->look(std::move(what), {0}, std::chrono::milliseconds(2000));
    EXPECT_TRUE(look) << look.error().why;
    return look->shards[0]->matches[0].id;
  }

  std::unique_ptr<engine> engine_;
  std::optional<world_onlooker> asks_;
};

TEST_F(onlooker_test, gets_phases_shards_and_memory) {
  asks_->want({true, true, std::nullopt});
  const auto news = until(
    [](const auto& n) { return n.shards != nullptr && !n.phases.empty() && n.shard_bytes != 0; });
  EXPECT_EQ(news->shards->shards.size(), 4u);
  EXPECT_GT(news->tick, 0u);
  EXPECT_GT(news->busy_ms, 0);
  EXPECT_GT(news->process_bytes, news->shard_bytes);
  bool system = false;
  for (const auto& phase : news->phases) {
    system = system || phase.name == "fly";
    EXPECT_NE(phase.name, "tick") << "that is all of them";
    EXPECT_LT(phase.ms, 10'000) << phase.name;
  }
  EXPECT_TRUE(system);
  EXPECT_TRUE(std::is_sorted(news->phases.begin(), news->phases.end(),
                             [](const auto& l, const auto& r) { return l.ms > r.ms; }));
  asks_->want({});
  until([](const auto& n) { return n.shards == nullptr && n.phases.empty(); });
}

TEST_F(onlooker_test, gets_all_fields_of_an_entity_again_and_again) {
  const entity_id who = anybody();
  asks_->want({false, false, who});
  const auto first = until([](const auto& n) { return n.entity && n.entity->shard; });
  EXPECT_EQ(first->entity->id, who);
  std::string all;
  for (const auto& line : first->entity->lines)
    all += line + "\n";
  for (const char* field : {"velocity.x  ", "velocity.z  "})
    EXPECT_NE(all.find(field), std::string::npos) << all;
  until([&](const auto& n) { return n.entity && n.entity->tick > first->entity->tick; });
}

TEST_F(onlooker_test, says_so_where_nobody_has_the_entity) {
  asks_->want({false, false, entity_id::make(7, 7, 4'000'000)});
  const auto news = until([](const auto& n) { return n.entity.has_value(); });
  EXPECT_FALSE(news->entity->shard);
  ASSERT_EQ(news->entity->lines.size(), 1u);
  EXPECT_NE(news->entity->lines[0].find("no shard has it"), std::string::npos);
}

TEST_F(onlooker_test, a_world_that_has_ended_has_no_fields_any_more) {
  engine_->stop();
  engine_->wait();
  asks_->want({true, true, entity_id::make(1, 1, 1)});
  const auto news = until([](const auto& n) { return n.entity.has_value(); });
  EXPECT_FALSE(news->entity->lines.empty());
}

} // namespace
} // namespace tessera
