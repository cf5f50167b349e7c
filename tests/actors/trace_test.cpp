// The trace of a world: every message that was handled was enqueued, none is invented, and there are as
// many as the engine counted.
#include "actors/engine.hpp"
#include "core/trace_file.hpp"
#include "tests/actors/engine_runs.hpp"
#include "tests/support/test_games.hpp"
#include "tests/support/worlds.hpp"

#include <filesystem>
#include <gtest/gtest.h>
#include <map>
#include <unistd.h>

namespace tessera::testing {
namespace {

/// Everything that the recorder holds, by way of a file.
trace_log log_of(const trace_recorder& recorder) {
  auto path = std::filesystem::temp_directory_path() /
              ("tessera_trace_test_" + std::to_string(::getpid()) + ".trace");
  auto out = trace_writer::create(path, recorder, trace_writer::begin::with_what_there_is, {});
  EXPECT_TRUE(out && out->finish());
  auto log = read_trace(path);
  std::filesystem::remove(path);
  EXPECT_TRUE(log.has_value());
  return std::move(*log);
}

struct traced_run {
  engine_run run;
  trace_log log;
};

traced_run run_traced(const std::shared_ptr<const world_setup>& setup, engine_options options) {
  traced_run out;
  auto recorder = options.trace ? options.trace : std::make_shared<trace_recorder>();
  options.trace = recorder;
  std::optional<trace_hold> armed;
  if (!options.trace_ticks)
    armed.emplace(*recorder);
  options.workers = 4;
  out.run = run_engine(setup, grid(*setup, 2, 4), options);
  armed.reset();
  out.log = log_of(*recorder);
  EXPECT_EQ(out.log.lost, 0U);
  return out;
}

bool between_actors(const trace_record& r) {
  return r.peer != no_trace_actor && r.peer != r.actor;
}

TEST(trace, every_message_handled_was_enqueued_and_none_is_invented) {
  auto setup = make_world(wanderers::definition.define);
  engine_options options;
  options.ticks = 100;
  auto [run, log] = run_traced(setup, options);
  ASSERT_FALSE(run.result.failure);

  std::map<std::uint64_t, trace_record> waiting; // by message
  std::map<std::uint32_t, trace_record> handled; // by actor: what it handles now
  std::uint64_t between = 0;
  for (const auto& r : log.records) {
    switch (r.kind) {
      case trace_kind::enqueued:
        EXPECT_TRUE(waiting.emplace(r.subject, r).second) << "a message is enqueued once";
        between += between_actors(r) ? 1U : 0U;
        break;
      case trace_kind::handling_began: {
        auto sent = waiting.find(r.subject);
        ASSERT_NE(sent, waiting.end()) << log.name_of(r.name) << " was handled, not enqueued";
        EXPECT_EQ(sent->second.actor, r.actor);
        EXPECT_EQ(sent->second.peer, r.peer);
        EXPECT_EQ(sent->second.name, r.name);
        EXPECT_EQ(sent->second.tick, r.tick);
        waiting.erase(sent);
        EXPECT_TRUE(handled.emplace(r.actor, r).second) << "an actor handles one message at a time";
        break;
      }
      case trace_kind::handling_ended: {
        auto began = handled.find(r.actor);
        ASSERT_NE(began, handled.end());
        EXPECT_EQ(began->second.subject, r.subject);
        handled.erase(began);
        break;
      }
      case trace_kind::span: break;
    }
  }
  EXPECT_TRUE(handled.empty());
  for (const auto& [message, r] : waiting)
    EXPECT_FALSE(between_actors(r)) << log.name_of(r.name) << " was never handled";
  EXPECT_EQ(between, run.result.messages_sent);
  EXPECT_GT(between, 8U * 100 * 3);
}

TEST(trace, spans_lie_inside_the_handler_that_made_them_and_name_phases_and_systems) {
  auto setup = make_world(wanderers::definition.define);
  engine_options options;
  options.ticks = 20;
  auto log = run_traced(setup, options).log;
  std::map<std::uint32_t, std::vector<trace_record>> handlers; // by actor, begin and end in turn
  for (const auto& r : log.records)
    if (r.kind == trace_kind::handling_began || r.kind == trace_kind::handling_ended)
      handlers[r.actor].push_back(r);
  std::map<std::string, int> seen;
  for (const auto& r : log.records) {
    if (r.kind != trace_kind::span)
      continue;
    ++seen[std::string{log.name_of(r.name)}];
    bool inside = false;
    const auto& all = handlers[r.actor];
    for (std::size_t i = 0; i + 1 < all.size(); i += 2)
      inside |= all[i].time <= r.time && r.time + r.subject <= all[i + 1].time;
    EXPECT_TRUE(inside) << log.name_of(r.name);
  }
  for (const char* phase : {"tick", "index", "arrivals", "commands", "events", "changes", "close"})
    EXPECT_EQ(seen[phase], 8 * 20) << phase;
  for (const auto& system : setup->game->systems)
    EXPECT_GE(seen[std::string{system.name}], 1) << system.name;
}

TEST(trace, of_a_window_of_ticks_holds_those_ticks) {
  auto setup = make_world(wanderers::definition.define);
  engine_options options;
  options.ticks = 60;
  options.trace_ticks = {30, 39};
  auto log = run_traced(setup, options).log;
  std::map<std::uint32_t, int> ticks;
  for (const auto& r : log.records)
    if (log.name_of(r.name) == "tick")
      ++ticks[r.tick];
  for (std::uint32_t t = 30; t <= 39; ++t)
    EXPECT_EQ(ticks[t], 8) << "tick " << t;
  // Shards may still be in the ticks before when the first is granted, and in those after at the end.
  for (const auto& [tick, shards] : ticks) {
    EXPECT_GE(tick, 30U - 4) << shards;
    EXPECT_LE(tick, 39U + 4) << shards;
  }
}

TEST(trace, of_a_window_leaves_it_armed_for_others) {
  auto setup = make_world(wanderers::definition.define);
  engine_options options;
  options.ticks = 60;
  options.trace_ticks = {30, 39};
  options.trace = std::make_shared<trace_recorder>();
  const trace_hold other{*options.trace};
  auto log = run_traced(setup, options).log;
  std::map<std::uint32_t, int> ticks;
  for (const auto& r : log.records)
    if (log.name_of(r.name) == "tick")
      ++ticks[r.tick];
  EXPECT_EQ(ticks[0], 8);
  EXPECT_EQ(ticks[59], 8) << "the window's end disarms only for itself";
}

TEST(trace, of_some_actors_leaves_out_the_others) {
  auto setup = make_world(wanderers::definition.define);
  engine_options options;
  options.ticks = 10;
  options.trace_actors = "shard [0-3]";
  auto log = run_traced(setup, options).log;
  EXPECT_FALSE(log.records.empty());
  for (const auto& r : log.records)
    EXPECT_LT(log.actor_name(r.actor), "shard 4");
}

TEST(trace, an_armed_world_has_the_same_hashes) {
  auto setup = make_world(wanderers::definition.define);
  engine_options options;
  options.ticks = 50;
  options.workers = 2;
  auto plain = run_engine(setup, grid(*setup, 2, 4), options);
  EXPECT_EQ(run_traced(setup, options).run.hashes, plain.hashes);
}

} // namespace
} // namespace tessera::testing
