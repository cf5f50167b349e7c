// A kept world that is looked at while a tick fails: what was ordered still holds when it goes on, every question is
// answered or refused in time, and its metrics and history tell of the disk.
#include "actors/engine.hpp"
#include "actors/kept_world.hpp"
#include "net/inspected_world.hpp"
#include "net/inspector_server.hpp"
#include "net/world_questions.hpp"
#include "tests/actors/engine_runs.hpp"
#include "tests/net/exposition_check.hpp"
#include "tests/net/raw_http.hpp"
#include "tests/support/temporary_directory.hpp"
#include "tests/support/test_games.hpp"
#include "tests/support/worlds.hpp"

#include <atomic>
#include <future>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace stumbling {

/// How often the next tick still fails, which no deterministic game does.
std::atomic<int> left = 0;

struct stumble {
  static constexpr const char* name = "stumble";
  using access = tessera::access<tessera::neighbours<wanderers::mood>>;
  static constexpr float radius_m = 5;
  static void run(const tessera::entity<access>&) {
    if (left > 0 && left-- > 0)
      throw std::runtime_error("stumbled");
  }
};
void define(tessera::game_builder& game) {
  wanderers::definition.define(game);
  game.system<stumble>();
}

} // namespace stumbling

namespace tessera::testing {
namespace {

using nlohmann::json;
using std::chrono::milliseconds;

constexpr tick_number hold_at = 60;

class inspected_failure : public ::testing::TestWithParam<bool> {
protected:
  void start(bool border_log) {
    setup_ = make_world(stumbling::define);
    cut_ = grid(*setup_, 2, 2);
    engine_options options;
    options.inspected = true;
    options.workers = 2;
    options.paced = true;
    keep_options keep;
    keep.border_log = border_log;
    keep.flush_interval_ms = 5;
    options.keep =
      *kept_world::create(posix_files(), folder_.path + "/w", {}, *setup_, *cut_, keep);
    options.on_shard_restart = [this](const shard_restart&) { ++restored_; };
    options.on_restart = [this](const engine_failure&, tick_number) { ++went_back_; };
    engine_ = std::move(*engine::start(setup_, cut_, std::move(options)));
    ended_ = std::async(std::launch::async, [this] { return engine_->wait(); });
  }
  inspected_world& look() { return *engine_->inspect(); }
  void order(const control_order& what) {
    auto done = look().control(what);
    EXPECT_TRUE(done.has_value()) << done.error().why;
  }
  std::shared_ptr<const seen_world> seen() {
    auto got = look().seen();
    return got ? *got : nullptr;
  }
  bool stands() {
    const auto now = seen();
    return now && now->control.held_at && now->newest.tick == *now->control.held_at;
  }

  temporary_directory folder_;
  std::shared_ptr<const world_setup> setup_;
  std::shared_ptr<const layout> cut_;
  std::atomic<int> restored_ = 0;
  std::atomic<int> went_back_ = 0;
  std::unique_ptr<engine> engine_;
  std::future<engine_result> ended_;
};

TEST_P(inspected_failure, what_was_ordered_still_holds_and_every_question_ends) {
  start(GetParam());
  order({control_order::kind::pause, 0, {}});
  while (!stands())
    std::this_thread::sleep_for(milliseconds(1));
  const std::uint64_t before = seen()->totals.ticks;
  order({control_order::kind::speed, 0, {pace::kind::times, 50}});
  stumbling::left = 1;
  order({control_order::kind::run_to, hold_at, {}});
  std::size_t answered = 0;
  for (bool stood = false; !stood;) {
    stood = stands() && restored_ + went_back_ == 1;
    look_request what;
    what.memory = true;
    const auto begin = std::chrono::steady_clock::now();
    auto got = ask_shards(look(), std::move(what));
    EXPECT_LT(std::chrono::steady_clock::now() - begin, milliseconds(4000));
    answered += got ? 1U : 0U;
    if (got && stood) {
      EXPECT_EQ(got->tick, hold_at);
    }
    if (!got) {
      EXPECT_TRUE(got.error().status == 503 || got.error().status == 429) << got.error().why;
    }
  }
  EXPECT_GT(answered, 0U);
  const auto now = seen();
  EXPECT_EQ(now->newest.tick, hold_at);
  EXPECT_EQ(now->control.held_at, hold_at);
  EXPECT_EQ(now->control.speed.how, pace::kind::times);
  EXPECT_EQ(now->control.speed.factor, 50);
  // All states from the first on; what a world that went back had counted stays counted.
  EXPECT_GE(now->totals.ticks, hold_at + 1 + (GetParam() ? 0 : before));
  EXPECT_EQ(restored_, GetParam() ? 1 : 0);
  EXPECT_EQ(went_back_, GetParam() ? 0 : 1);
  engine_options plain;
  plain.ticks = hold_at;
  EXPECT_EQ(now->newest.hash, run_engine(setup_, cut_, plain).result.last.hash);
  engine_->stop();
  const auto ended = ended_.get();
  EXPECT_FALSE(ended.failure || ended.storage_failure);
  EXPECT_EQ(ended.last.tick, hold_at);
}

INSTANTIATE_TEST_SUITE_P(ways, inspected_failure, ::testing::Bool(), [](const auto& of) {
  return of.param ? "the_shard_is_restored" : "the_world_goes_back";
});

using inspected_kept_world = inspected_failure;

TEST_F(inspected_kept_world, tells_of_its_disk) {
  start(true);
  auto server = std::move(*inspector_server::start(look(), {"127.0.0.1", 0, ""}));
  json history;
  do
    history = json::parse(get(server->port(), "/api/history").body);
  while (history.value("durable_tick", json()).is_null());
  EXPECT_EQ(history["kept"], true);
  EXPECT_LE(history["durable_tick"].get<std::uint64_t>(),
            history["complete_tick"].get<std::uint64_t>() + limits::far_mail_ticks);
  EXPECT_GT(history["disk_bytes"]["journal"].get<std::uint64_t>(), 0U);
  EXPECT_GT(history["disk_bytes"]["border"].get<std::uint64_t>(), 0U);
  const std::string metrics = get(server->port(), "/metrics").body;
  EXPECT_EQ(exposition_error(metrics), "");
  for (const char* name : {"tessera_durable_tick ", "tessera_disk_bytes{kind=\"journal\"} ",
                           "tessera_disk_bytes{kind=\"border\"} ", "tessera_checkpoints_total ",
                           "tessera_mailbox_messages{kind=\"journal\"} ",
                           "tessera_mailbox_messages{kind=\"checkpoints\"} ",
                           "tessera_mailbox_messages{kind=\"border log\"} ",
                           "tessera_mailbox_messages{kind=\"conductor\"} ",
                           "tessera_mailbox_messages{kind=\"inspector\"} ",
                           "tessera_mailbox_messages{kind=\"shard\"} "})
    EXPECT_NE(metrics.find(name), std::string::npos) << name << " is not in\n" << metrics;
  server.reset();
  engine_->stop();
  EXPECT_FALSE(ended_.get().storage_failure);
}

} // namespace
} // namespace tessera::testing
