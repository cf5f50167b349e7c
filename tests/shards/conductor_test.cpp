// The conductor by hand: reports in, grants and summaries out.
#include "shards/conductor.hpp"

#include "tests/support/test_games.hpp"
#include "tests/support/worlds.hpp"

#include <gtest/gtest.h>

namespace tessera::testing {
namespace {

constexpr tick_number far = limits::far_mail_ticks;

class conductor_by_hand : public ::testing::Test {
protected:
  void report(shard_id shard, tick_number tick) {
    shard_report r;
    r.shard = shard;
    r.tick = tick;
    r.world_values = {static_cast<std::int64_t>(100 * tick + shard)};
    all_.take_report(std::move(r));
  }

  std::size_t grant_all() {
    std::size_t made = 0;
    while (auto g = all_.try_grant()) {
      last_ = g;
      ++made;
    }
    return made;
  }

  command any(session_id session, std::uint64_t sequence, tick_number tick) {
    return stamped(despawn({1}), session, sequence, tick);
  }

  std::shared_ptr<const world_setup> setup_ = make_world(stage::define);
  conductor all_{setup_, grid(*setup_, 1, 2)};
  grant_pointer last_;
};

TEST_F(conductor_by_hand, grants_nothing_before_every_shard_has_reported_its_start) {
  EXPECT_EQ(grant_all(), 0u);
  report(0, 0);
  EXPECT_FALSE(all_.started());
  EXPECT_EQ(grant_all(), 0u);
  report(1, 0);
  EXPECT_TRUE(all_.started());
  EXPECT_EQ(grant_all(), far);
}

TEST_F(conductor_by_hand, never_lets_the_fastest_pass_the_slowest_by_more_than_far_mail_takes) {
  report(0, 0);
  report(1, 0);
  grant_all();
  for (tick_number t = 1; t < 10; ++t)
    report(0, t); // shard 1 hangs at its start
  EXPECT_EQ(grant_all(), 0u);
  EXPECT_EQ(all_.next_tick(), far);
  for (tick_number t = 1; t < 10; ++t) {
    report(1, t);
    EXPECT_EQ(grant_all(), 1u);
    EXPECT_EQ(all_.next_tick(), t + far);
  }
}

TEST_F(conductor_by_hand, hands_out_world_values_exactly_as_old_as_far_mail) {
  report(0, 0);
  report(1, 0);
  for (tick_number t = 0; t < 12; ++t) {
    grant_pointer g = all_.try_grant();
    while (!g) {
      tick_number next = all_.complete_tick() + 1;
      report(0, next);
      report(1, next);
      g = all_.try_grant();
    }
    ASSERT_EQ(g->tick, t);
    // The state that tick t - F left behind, and before there is one, the start.
    std::int64_t state = t < far ? 0 : static_cast<std::int64_t>(t - far + 1);
    EXPECT_EQ(g->world_values->front(), 200 * state + 1) << "tick " << t;
  }
}

TEST_F(conductor_by_hand, refuses_a_command_for_a_tick_that_is_granted) {
  report(0, 0);
  report(1, 0);
  EXPECT_EQ(all_.submit(any(1, 1, 2), false).value(), 2u);
  grant_all();
  auto late = all_.submit(any(1, 2, far - 1), false);
  ASSERT_FALSE(late);
  EXPECT_NE(late.error().message.find("past"), std::string::npos);
  EXPECT_EQ(late.error().code, error_code::bad_command);
  EXPECT_EQ(all_.submit(any(1, 2, 0), true).value(), far);
  EXPECT_EQ(all_.submit(any(1, 3, far), false).value(), far);
}

TEST_F(conductor_by_hand, grants_commands_in_session_and_sequence_order) {
  for (auto [session, sequence] : {std::pair{3, 1}, {1, 2}, {2, 1}, {1, 1}, {1, 3}})
    ASSERT_TRUE(all_.submit(
      any(static_cast<session_id>(session), static_cast<std::uint64_t>(sequence), 0), false));
  report(0, 0);
  report(1, 0);
  auto g = all_.try_grant();
  auto commands = commands_of(*g);
  ASSERT_EQ(commands.size(), 5u);
  for (std::size_t i = 1; i < 5; ++i)
    EXPECT_LT(commands[i - 1].order(), commands[i].order());
}

TEST_F(conductor_by_hand, sums_the_same_whatever_the_order_of_reports) {
  conductor other{setup_, grid(*setup_, 1, 2)};
  auto summaries = [&](conductor& c, bool backwards) {
    for (tick_number t = 0; t < 3; ++t) {
      for (shard_id i = 0; i < 2; ++i) {
        shard_report r;
        r.shard = backwards ? 1 - i : i;
        r.tick = t;
        r.hash = 17 * (r.shard + 1) + t;
        r.entities = r.shard + 1;
        letter mail;
        mail.who = {r.shard + 10};
        mail.sent = t;
        if (t > 0)
          r.letters.push_back(mail);
        c.take_report(std::move(r));
      }
      c.try_grant();
    }
    return c.take_summaries();
  };
  EXPECT_EQ(first_difference(summaries(all_, false), summaries(other, true)), "");
}

TEST_F(conductor_by_hand, refuses_malformed_commands_with_the_reason) {
  const schema& s = *setup_->game;
  position outside{{16, 0}, 1, 0, 1};
  auto message = [&](command c) {
    auto answer = all_.submit(stamped(std::move(c), 1, 1, 0), true);
    return answer ? std::string{"accepted"} : answer.error().message;
  };
  EXPECT_NE(message(spawn_at(s, outside)).find("not in the world"), std::string::npos);
  EXPECT_NE(message(teleport({1}, {{1, 1}, 16, 0, 1})).find("cell size"), std::string::npos);
  EXPECT_NE(message(move_to({1}, {{1, 1}, -0.5F, 0, 1})).find("cell size"), std::string::npos);
  float nan = std::numeric_limits<float>::quiet_NaN();
  EXPECT_NE(message(spawn_at(s, {{1, 1}, 1, nan, 1})).find("finite"), std::string::npos);
  stage::script broken;
  broken.x = nan;
  EXPECT_NE(message(set_component(s, {1}, broken)).find("script.x"), std::string::npos);
  auto cut_short = set_component(s, {1}, stage::script{});
  cut_short.parts.front().bytes.pop_back();
  EXPECT_NE(message(cut_short).find("32 bytes"), std::string::npos);
  auto unknown = set_component(s, {1}, stage::script{});
  unknown.parts.front().type = 60;
  EXPECT_NE(message(unknown).find("no such component"), std::string::npos);
  auto no_event = send_event(s, {1}, stage::note{});
  no_event.parts.front().type = 9;
  EXPECT_NE(message(no_event).find("no such event"), std::string::npos);
  auto two = send_event(s, {1}, stage::note{});
  two.parts.push_back(two.parts.front());
  EXPECT_NE(message(two).find("one component or event"), std::string::npos);
}

} // namespace
} // namespace tessera::testing
