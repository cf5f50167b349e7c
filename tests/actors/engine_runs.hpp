// Runs of the whole engine for tests: what came of every tick.
#pragma once

#include "actors/engine.hpp"

#include <gtest/gtest.h>
#include <map>
#include <memory>
#include <utility>
#include <vector>

namespace tessera::testing {

struct engine_run {
  engine_result result;
  std::map<tick_number, std::uint64_t> hashes; ///< every 50th tick and the last
  std::vector<command_answer> answers;
  std::uint64_t start = 0; ///< entities at tick 0
  std::uint64_t born = 0;
  std::uint64_t died = 0;
  std::uint64_t migrations = 0;
};

inline engine_run run_engine(std::shared_ptr<const world_setup> setup,
                             std::shared_ptr<const layout> cut, engine_options options) {
  engine_run out;
  tick_number last = options.ticks;
  options.on_summary = [&out, last](const world_summary& s) {
    if (s.tick % 50 == 0 || s.tick == last)
      out.hashes[s.tick] = s.hash;
    if (s.tick == 0)
      out.start = s.entities;
    out.born += s.born;
    out.died += s.died;
    out.migrations += s.migrations;
    for (auto& a : s.answers())
      out.answers.push_back(std::move(a));
    EXPECT_EQ(s.entities, out.start + out.born - out.died) << "at tick " << s.tick;
  };
  auto world = engine::start(std::move(setup), std::move(cut), std::move(options));
  if (!world) {
    ADD_FAILURE() << world.error().message;
    return out;
  }
  out.result = (*world)->wait();
  return out;
}

} // namespace tessera::testing
