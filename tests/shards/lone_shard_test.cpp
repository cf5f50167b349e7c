// A shard that is run alone, from what it was given, is what it was among its neighbours.
#include "shards/lone_shard.hpp"
#include "shards/state_codec.hpp"
#include "tests/support/test_games.hpp"
#include "tests/support/worlds.hpp"

#include <gtest/gtest.h>

namespace tessera::testing {
namespace {

/// Everything through bytes, as a border log keeps it.
border_inputs through_bytes(const world_setup& setup, const border_inputs& inputs) {
  std::vector<std::byte> bytes;
  write_border_inputs(bytes, inputs);
  auto read = read_border_inputs(setup, bytes);
  if (!read)
    throw std::runtime_error(read.error().message);
  for (std::size_t keep = 0; keep < bytes.size(); keep += 1 + bytes.size() / 50)
    EXPECT_FALSE(read_border_inputs(setup, std::span(bytes).first(keep)));
  return std::move(*read);
}

TEST(lone_shard, gives_the_hashes_that_it_gave_among_its_neighbours) {
  auto setup = make_world(wanderers::definition.define);
  auto cut = grid(*setup, 3, 2);
  auto commands = wanderers_commands(*setup, 5, 200, 60);
  constexpr tick_number ticks = 60;
  // The world, by hand, so that what every shard is given and reports can be kept.
  std::vector<std::unique_ptr<shard>> shards;
  std::vector<std::vector<packet_pointer>> waiting(cut->size());
  conductor known{setup, cut};
  for (const auto& c : commands)
    ASSERT_TRUE(known.submit(c, false));
  struct kept {
    border_inputs inputs;
    std::vector<batch_pointer> commands;
    std::uint64_t hash = 0;
  };
  std::vector<std::vector<kept>> log(cut->size());
  auto take = [&](shard_id s, shard_output out, std::vector<std::vector<packet_pointer>>& next) {
    const auto& neighbours = cut->neighbours(s);
    for (std::size_t n = 0; n < neighbours.size(); ++n) {
      const auto& theirs = cut->neighbours(neighbours[n]);
      auto place = std::lower_bound(theirs.begin(), theirs.end(), s) - theirs.begin();
      next[neighbours[n]].resize(theirs.size());
      next[neighbours[n]][static_cast<std::size_t>(place)] = out.packets[n];
    }
    known.take_report(std::move(out.report));
  };
  for (shard_id s = 0; s < cut->size(); ++s)
    shards.push_back(std::make_unique<shard>(setup, cut, s));
  for (shard_id s = 0; s < cut->size(); ++s)
    take(s, shards[s]->start(), waiting);
  for (tick_number t = 0; t < ticks; ++t) {
    auto given = known.try_grant();
    ASSERT_TRUE(given);
    std::vector<std::vector<packet_pointer>> next(cut->size());
    for (shard_id s = 0; s < cut->size(); ++s) {
      kept one;
      one.inputs = through_bytes(*setup, {waiting[s], given->letters, *given->world_values});
      auto out = shards[s]->step(*given, waiting[s]);
      one.hash = out.report.hash;
      auto logged = read_commands(out.report.outcomes.log, t);
      ASSERT_TRUE(logged);
      ASSERT_EQ(logged->size(), out.report.outcomes.list.size());
      for (const auto& c : *logged)
        one.commands.push_back(routed(*setup, *cut, {c}));
      log[s].push_back(std::move(one));
      take(s, std::move(out), next);
    }
    waiting = std::move(next);
  }
  std::size_t applied = 0;
  for (shard_id s = 0; s < cut->size(); ++s) {
    lone_shard alone{setup, cut, s, nullptr};
    for (tick_number t = 0; t < ticks; ++t) {
      applied += log[s][t].commands.size();
      auto report = alone.run(log[s][t].inputs, log[s][t].commands);
      ASSERT_TRUE(report) << report.error().message;
      ASSERT_EQ(report->hash, log[s][t].hash) << "shard " << s << ", tick " << t;
    }
  }
  EXPECT_GT(applied, 20U);
}

} // namespace
} // namespace tessera::testing
