// What happens at borders and in far mail, one sentence each, the same under every layout. The world is
// 16 x 16 cells of 16 m; under 8x8 each shard has 2 x 2 cells. Entities come by command in tick 0 and
// follow their script.
#include "tests/support/test_games.hpp"
#include "tests/support/worlds.hpp"

#include <gtest/gtest.h>

namespace tessera::testing {
namespace {

constexpr tick_number far = limits::far_mail_ticks;
constexpr float just_inside = 0.25F;

class scenario : public ::testing::Test {
protected:
  position at(int cell_x, int cell_z, float x, float z) {
    return {{static_cast<std::uint16_t>(cell_x), static_cast<std::uint16_t>(cell_z)}, x, 0, z};
  }

  /// Its id: the cell's first, second ...
  entity_id add(const position& place, const stage::script& does = {}) {
    next_.commands.push_back(
      stamped(spawn_at(schema_, place, stage::diary{}, does), 1, ++sequence_, 0));
    return entity_id::make(place.where.x, place.where.z, ++serials_[place.where]);
  }

  void tell(command c, tick_number tick, session_id session = 1) {
    next_.commands.push_back(stamped(std::move(c), session, ++sequence_, tick));
  }

  static stage::script script(tick_number tick, stage::deed deed, float x = 0, float z = 0,
                              entity_id to = {}) {
    stage::script s;
    s.at_tick = tick;
    s.deed = deed;
    s.x = x;
    s.z = z;
    s.to = to;
    return s;
  }

  /// Runs under every layout, all of which must agree; calls look() in each after every tick.
  template <class Look>
  std::vector<world_summary> play(tick_number ticks, Look&& look) {
    next_.ticks = ticks;
    std::vector<world_summary> first;
    for (const auto& l : layouts_of(*setup_)) {
      SCOPED_TRACE("layout " + l.name);
      for (std::uint64_t order : {0, 5}) {
        next_.lockstep.order_seed = order;
        auto world = open(setup_, l.cut, next_);
        for (tick_number t = 1; t <= ticks; ++t) {
          world->run_to(t);
          look(*world, t);
        }
        if (first.empty())
          first = world->history();
        EXPECT_EQ(first_difference(first, world->history()), "");
      }
    }
    return first;
  }
  std::vector<world_summary> play(tick_number ticks) {
    return play(ticks, [](const lockstep_world&, tick_number) {});
  }

  position place(const lockstep_world& world, entity_id who) {
    return component_of<position>(world, *setup_, who).value_or(position{{99, 99}, 0, 0, 0});
  }
  stage::diary diary(const lockstep_world& world, entity_id who) {
    return component_of<stage::diary>(world, *setup_, who).value_or(stage::diary{});
  }

  static std::uint64_t refused(const std::vector<world_summary>& history) {
    std::uint64_t sum = 0;
    for (const auto& s : history)
      sum += s.events_refused;
    return sum;
  }

  std::shared_ptr<const world_setup> setup_ = make_world(stage::define);
  const schema& schema_ = *setup_->game;
  run_options next_;
  std::uint64_t sequence_ = 0;
  std::map<cell, std::uint32_t> serials_;
};

TEST_F(scenario, an_entity_crosses_a_corner_of_four_shards) {
  auto who = add(at(7, 7, 15, 15), script(1, stage::walk, 2, 2));
  play(4, [&](const lockstep_world& world, tick_number t) {
    if (t < 2)
      return;
    position p = place(world, who);
    EXPECT_EQ(p.where, (cell{8, 8}));
    EXPECT_EQ(p.x, 1 + 2 * static_cast<float>(t - 2));
  });
}

TEST_F(scenario, an_entity_walks_to_and_fro_over_a_corner) {
  auto who = add(at(7, 7, 15.5F, 15.5F));
  for (tick_number t = 1; t < 12; ++t)
    tell(move_to(who, t % 2 == 1 ? at(8, 8, 0.5F, 0.5F) : at(7, 7, 15.5F, 15.5F)), t);
  auto history = play(13, [&](const lockstep_world& world, tick_number t) {
    if (t >= 2 && t <= 12) {
      EXPECT_EQ(place(world, who).where.x, t % 2 == 0 ? 8 : 7);
    }
  });
  EXPECT_EQ(history.back().entities, 1u);
}

// Under 8x8, cells 6-7 and 8-9 belong to two shards and the watcher, at (9, 5), to a third beside both.
TEST_F(scenario, a_third_shard_sees_a_leaver_in_every_tick) {
  auto leaver = add(at(7, 6, 15.9F, 1), script(2, stage::bound, 0.3F, 0));
  auto watcher = add(at(8, 5, 1, 15));
  // It calls the leaver's name in every tick; who is not seen is not called.
  std::vector<entity_id> callers;
  for (tick_number t = 1; t <= 5; ++t)
    callers.push_back(add(at(8, 5, 1, 15.5F), script(t, stage::call_near, 0, 0, leaver)));
  play(7, [&](const lockstep_world& world, tick_number t) {
    if (t >= 3) {
      EXPECT_EQ(diary(world, leaver).lines, t - 2) << "one call arrives per tick";
    }
    EXPECT_EQ(diary(world, watcher).lines, 0u);
  });
}

TEST_F(scenario, a_handler_that_moves_the_entity_queries_from_where_it_stood) {
  auto who = add(at(3, 3, 15.75F, 8));
  add(at(4, 3, 2, 8));    // 2.25 m off, across a border under 8x8
  add(at(3, 3, 7.9F, 8)); // 7.85 m off, and out of reach after a step of 1 m
  add(at(4, 3, 8.5F, 8)); // 8.75 m off, and within reach after a step
  auto twin = add(at(3, 9, 15.75F, 8));
  add(at(4, 9, 2, 8));
  add(at(3, 9, 7.9F, 8));
  add(at(4, 9, 8.5F, 8));
  tell(send_event(schema_, who, stage::note{1, 1, 0}), 2);
  tell(send_event(schema_, twin, stage::note{1, 0, 0}), 2);
  play(4, [&](const lockstep_world& world, tick_number t) {
    if (t < 3)
      return;
    EXPECT_EQ(place(world, who).where, (cell{4, 3}));
    EXPECT_EQ(place(world, twin).where, (cell{3, 9}));
    EXPECT_NE(diary(world, who).seen, 0u);
  });
  // The same neighbours at the same distances, though one of the two had moved: compare by a world
  // where neither moves.
  auto seen = [&](float step) {
    run_options options = next_;
    for (auto& c : options.commands)
      if (c.op == command_op::event && c.target == who) {
        stage::note n{1, step, 0};
        std::memcpy(c.parts.front().bytes.data(), &n, sizeof n);
      }
    options.ticks = 3;
    auto world = open(setup_, grid(*setup_, 8, 8), options);
    world->run_to(3);
    return diary(*world, who).seen;
  };
  EXPECT_EQ(seen(1), seen(0));
  EXPECT_EQ(seen(-1), seen(0));
}

TEST_F(scenario, an_event_reaches_an_entity_that_migrates_in_the_tick_in_which_it_is_sent) {
  for (auto [dx, dz] : {std::pair{1, 0}, {-1, 0}, {0, 1}, {1, 1}, {-1, -1}}) {
    next_.commands.clear();
    serials_.clear();
    sequence_ = 0;
    float x = dx > 0 ? 16 - just_inside : just_inside;
    float z = dz > 0 ? 16 - just_inside : just_inside;
    auto target =
      add(at(dx > 0 ? 7 : 8, dz > 0 ? 7 : 8, x, z),
          script(2, stage::bound, 0.5F * static_cast<float>(dx), 0.5F * static_cast<float>(dz)));
    auto sender = add(at(7, 8, 15, 1), script(2, stage::call_near, 0, 0, target));
    auto history = play(5, [&](const lockstep_world& world, tick_number t) {
      EXPECT_EQ(diary(world, target).lines, t >= 4 ? 1u : 0u);
      EXPECT_EQ(diary(world, sender).lines, 0u);
    });
    EXPECT_EQ(refused(history), 0u);
  }
}

TEST_F(scenario, an_entity_born_across_a_border_lives_there_and_is_named_after_its_parent_s_cell) {
  auto parent = add(at(7, 7, 8, 8), script(1, stage::bear, 17, 17));
  auto child = entity_id::make(7, 7, 2);
  auto neighbour = add(at(8, 8, 2, 2), script(2, stage::call_near, 0, 0, child));
  auto history = play(4, [&](const lockstep_world& world, tick_number t) {
    if (t == 1)
      return;
    EXPECT_EQ(place(world, child).where, (cell{8, 8}));
    EXPECT_EQ(place(world, child).x, 1);
    EXPECT_EQ(place(world, parent).where, (cell{7, 7}));
    EXPECT_EQ(diary(world, child).lines, t >= 4 ? 1u : 0u) << "seen in the tick after its birth";
    EXPECT_EQ(diary(world, neighbour).lines, 0u);
  });
  EXPECT_EQ(history[2].born, 1u);
  EXPECT_EQ(history.back().entities, 3u);
}

TEST_F(scenario, an_event_to_the_dead_is_refused_and_counted_once) {
  auto target = add(at(7, 7, 15.5F, 8), script(2, stage::die));
  add(at(8, 7, 1, 8), script(2, stage::call_near, 0, 0, target));
  add(at(7, 7, 15, 8), script(2, stage::call_near, 0, 0, target));
  auto history = play(5);
  EXPECT_EQ(history[4].events_refused, 2u);
  EXPECT_EQ(refused(history), 2u);
}

TEST_F(scenario, an_event_to_one_killed_by_command_before_it_arrives_is_refused_and_counted_once) {
  auto target = add(at(7, 7, 15.5F, 8));
  add(at(8, 7, 1, 8), script(2, stage::call_near, 0, 0, target));
  tell(despawn(target), 3);
  auto history = play(5);
  EXPECT_EQ(refused(history), 1u);
}

TEST_F(scenario, an_event_to_one_that_migrated_and_was_then_killed_by_command_is_counted_once) {
  auto target = add(at(7, 7, 15.75F, 8), script(2, stage::bound, 0.5F, 0));
  add(at(8, 7, 1, 8), script(2, stage::call_near, 0, 0, target));
  tell(despawn(target), 3);
  auto history = play(5);
  EXPECT_EQ(refused(history), 1u);
}

TEST_F(scenario, an_event_to_one_that_migrated_and_was_then_teleported_by_command_is_counted_once) {
  auto target = add(at(7, 7, 15.75F, 8), script(2, stage::bound, 0.5F, 0));
  add(at(8, 7, 1, 8), script(2, stage::call_near, 0, 0, target));
  tell(teleport(target, at(1, 1, 3, 3)), 3);
  auto history = play(5 + far);
  EXPECT_EQ(refused(history), 1u);
  EXPECT_EQ(history.back().entities, 2u);
}

TEST_F(scenario, an_event_to_one_that_teleports_is_refused_and_counted_once) {
  auto target = add(at(7, 7, 15.5F, 8), script(2, stage::leap, 3, 3));
  add(at(8, 7, 1, 8), script(2, stage::call_near, 0, 0, target));
  auto history = play(5 + far, [&](const lockstep_world& world, tick_number t) {
    EXPECT_EQ(diary(world, target).lines, 0u);
    bool away = t >= 3 && t < 3 + far;
    EXPECT_EQ(world.history()[t].travelling, away ? 1u : 0u);
  });
  EXPECT_EQ(refused(history), 1u);
}

TEST_F(scenario, far_mail_is_read_exactly_far_mail_ticks_later) {
  auto target = add(at(1, 1, 8, 8));
  auto sender = add(at(14, 14, 8, 8), script(2, stage::call_far, 0, 0, target));
  auto near_sender = add(at(1, 1, 9, 8), script(3, stage::call_far, 0, 0, target));
  auto history = play(9, [&](const lockstep_world& world, tick_number t) {
    std::uint64_t read = (t > 2 + far ? 1 : 0) + (t > 3 + far ? 1 : 0);
    EXPECT_EQ(diary(world, target).lines, read);
    if (t == 3 + far) {
      EXPECT_EQ(diary(world, target).tick, 2 + far);
    }
    EXPECT_EQ(diary(world, sender).lines + diary(world, near_sender).lines, 0u);
  });
  EXPECT_EQ(history[3].far_mail, 1u);
  EXPECT_EQ(refused(history), 0u);
}

TEST_F(scenario, far_mail_to_nobody_is_refused_and_counted_once) {
  add(at(1, 1, 8, 8), script(1, stage::call_far, 0, 0, entity_id::make(5, 5, 77)));
  auto dies = add(at(2, 1, 8, 8), script(2, stage::die));
  add(at(9, 1, 8, 8), script(1, stage::call_far, 0, 0, dies));
  auto history = play(8);
  EXPECT_EQ(history[2 + far].events_refused, 2u);
  EXPECT_EQ(refused(history), 2u);
}

TEST_F(scenario, far_mail_to_one_killed_by_command_in_the_tick_of_its_arrival_is_counted_once) {
  auto dies = add(at(2, 1, 8, 8));
  add(at(9, 1, 8, 8), script(1, stage::call_far, 0, 0, dies));
  tell(despawn(dies), 1 + far);
  EXPECT_EQ(refused(play(8)), 1u);
}

TEST_F(scenario, far_mail_reaches_whoever_lands_in_the_tick_of_its_arrival) {
  // Whatever the order of ids: one sender's id is below the traveller's, the other's above.
  auto traveller = add(at(5, 5, 8, 8), script(2, stage::leap, 3, 3));
  add(at(1, 1, 8, 8), script(2, stage::call_far, 0, 0, traveller));
  add(at(9, 9, 8, 8), script(2, stage::call_far, 0, 0, traveller));
  auto history = play(8, [&](const lockstep_world& world, tick_number t) {
    if (t > 2 + far) {
      EXPECT_EQ(diary(world, traveller).lines, 2u);
    }
  });
  EXPECT_EQ(refused(history), 0u);
}

TEST_F(scenario, a_teleport_within_one_shard_leaves_the_world_just_as_long) {
  auto who = add(at(14, 14, 1, 1), script(2, stage::leap, 4, 5));
  play(8, [&](const lockstep_world& world, tick_number t) {
    bool away = t >= 3 && t < 3 + far;
    EXPECT_EQ(component_of<stage::diary>(world, *setup_, who).has_value(), !away) << t;
    if (t >= 3 + far) {
      EXPECT_EQ(place(world, who).where, (cell{15, 15}));
    }
  });
}

TEST_F(scenario, a_command_teleport_and_a_position_set_beyond_a_cell_are_one_thing) {
  auto one = add(at(2, 2, 1, 1));
  auto other = add(at(2, 12, 1, 1));
  tell(teleport(one, at(4, 2, 7, 7)), 2);
  tell(move_to(other, at(4, 12, 7, 7)), 2);
  auto history = play(8, [&](const lockstep_world& world, tick_number t) {
    EXPECT_EQ(world.history()[t].travelling, t >= 3 && t < 3 + far ? 2u : 0u);
  });
  EXPECT_EQ(history.back().entities, 2u);
}

TEST_F(scenario, a_position_set_within_a_cell_or_next_door_holds_at_once) {
  auto one = add(at(7, 2, 1, 1));
  auto other = add(at(7, 12, 1, 1));
  tell(move_to(one, at(7, 2, 15, 3)), 2);
  tell(move_to(other, at(8, 13, 2, 5)), 2);
  play(4, [&](const lockstep_world& world, tick_number t) {
    if (t < 3)
      return;
    EXPECT_EQ(place(world, one).x, 15);
    EXPECT_EQ(place(world, other).where, (cell{8, 13}));
    EXPECT_EQ(place(world, other).z, 5);
  });
}

TEST_F(scenario, a_walker_that_is_set_next_door_may_walk_on) {
  auto who = add(at(7, 7, 8, 8), script(1, stage::walk, 15, 0));
  tell(move_to(who, at(8, 7, 15.5F, 8)), 1);
  play(2, [&](const lockstep_world& world, tick_number t) {
    if (t == 2) {
      EXPECT_EQ(place(world, who).where, (cell{8, 7})) << "held at the edge, not stopped";
    }
  });
}

TEST_F(scenario, a_command_for_nobody_is_answered_once) {
  tell(despawn(entity_id::make(3, 3, 9)), 1);
  auto history = play(3);
  ASSERT_EQ(history[2].answers().size(), 1u);
  EXPECT_EQ(history[2].answers().front().result, command_result::no_such_entity);
  EXPECT_EQ(history[2].answers().front().tick, 1u);
}

TEST_F(scenario, a_command_for_one_that_travels_finds_nobody) {
  auto who = add(at(3, 3, 1, 1), script(1, stage::leap, 1, 1));
  tell(set_component(schema_, who, stage::diary{9, 9, 9, 9}), 3);
  auto history = play(4);
  ASSERT_EQ(history[4].answers().size(), 1u);
  EXPECT_EQ(history[4].answers().front().result, command_result::no_such_entity);
}

TEST_F(scenario, a_repeated_command_is_answered_and_not_applied_twice) {
  auto spawn = stamped(spawn_at(schema_, at(3, 3, 1, 1), stage::diary{}), 4, 7, 1);
  next_.commands = {spawn, spawn};
  spawn.tick = 3;
  next_.commands.push_back(spawn);
  spawn.sequence = 6; // older still
  next_.commands.push_back(spawn);
  auto history = play(5);
  EXPECT_EQ(history.back().entities, 1u);
  ASSERT_EQ(history[2].answers().size(), 2u);
  EXPECT_EQ(history[2].answers()[0].result, command_result::applied);
  EXPECT_EQ(history[2].answers()[0].entity, entity_id::make(3, 3, 1));
  EXPECT_EQ(history[2].answers()[1].result, command_result::repeated);
  ASSERT_EQ(history[4].answers().size(), 2u);
  for (const auto& a : history[4].answers())
    EXPECT_EQ(a.result, command_result::repeated);
}

TEST_F(scenario, commands_of_one_tick_apply_by_session_and_sequence) {
  auto who = add(at(3, 3, 1, 1));
  auto note = [&](std::uint64_t word, session_id session, std::uint64_t sequence) {
    next_.commands.push_back(
      stamped(send_event(schema_, who, stage::note{word, 0, 0}), session, sequence, 2));
  };
  note(5, 9, 2);
  note(4, 9, 1);
  note(3, 2, 5);
  std::uint64_t expected = 0;
  for (std::uint64_t word : {3, 4, 5})
    expected = hash_combine(hash_combine(expected, 0), word);
  play(3, [&](const lockstep_world& world, tick_number t) {
    if (t == 3) {
      EXPECT_EQ(diary(world, who).digest, expected);
    }
  });
}

TEST_F(scenario, events_of_one_tick_are_read_by_sender) {
  auto target = add(at(7, 7, 15.5F, 15.5F));
  // From four shards under 8x8; ids ascend with the birth cell, x before z.
  auto a = add(at(7, 7, 14, 14), script(2, stage::call_near, 0, 0, target));
  auto b = add(at(7, 8, 14, 1), script(2, stage::call_near, 0, 0, target));
  auto c = add(at(8, 7, 1, 14), script(2, stage::call_near, 0, 0, target));
  auto d = add(at(8, 8, 1, 1), script(2, stage::call_near, 0, 0, target));
  std::uint64_t expected = 0;
  for (entity_id sender : {a, b, c, d})
    expected = hash_combine(hash_combine(expected, sender.value), 2);
  play(4, [&](const lockstep_world& world, tick_number t) {
    if (t == 4) {
      EXPECT_EQ(diary(world, target).digest, expected);
    }
  });
}

TEST_F(scenario, a_handler_that_throws_rejects_its_command_and_leaves_no_trace) {
  auto who = add(at(3, 3, 1, 1));
  tell(send_event(schema_, who, stage::note{1, 2, 1}), 2);
  auto history = play(4, [&](const lockstep_world& world, tick_number t) {
    if (t < 2)
      return;
    EXPECT_EQ(place(world, who).x, 1);
    EXPECT_EQ(diary(world, who).lines, 0u);
  });
  ASSERT_EQ(history[3].answers().size(), 1u);
  EXPECT_EQ(history[3].answers().front().result, command_result::rejected);
  EXPECT_NE(history[3].answers().front().reason.find("read_note"), std::string::npos);
  EXPECT_NE(history[3].answers().front().reason.find("the note says so"), std::string::npos);
}

TEST_F(scenario, a_world_value_is_read_exactly_far_mail_ticks_later) {
  add(at(3, 3, 1, 1));
  add(at(12, 3, 1, 1));
  tell(spawn_at(schema_, at(7, 7, 1, 1), stage::diary{}, stage::script{}), 3);
  play(10, [&](const lockstep_world& world, tick_number t) {
    // The board was written in tick t - 1, and shows what tick t - 1 - F left behind.
    std::int64_t shown = t - 1 < far ? 0 : t - 1 < 3 + far ? 2 : 3;
    for (std::size_t s = 0; s < world.shard_count(); ++s) {
      const auto* boards = reinterpret_cast<const stage::board*>(world.at(s).cells().now(0));
      for (std::size_t i = 0; i < world.at(s).cells().size(); ++i)
        ASSERT_EQ(boards[i].lines, shown) << "tick " << t;
    }
  });
}

TEST_F(scenario, a_spawn_by_command_exists_in_its_tick_and_is_seen_in_the_next) {
  auto caller = add(at(3, 3, 1, 1), script(2, stage::call_near, 0, 0, entity_id::make(3, 3, 2)));
  tell(spawn_at(schema_, at(3, 3, 2, 2), stage::diary{}, script(2, stage::bound, 3, 0)), 2);
  auto history = play(4, [&](const lockstep_world& world, tick_number t) {
    if (t == 3) {
      EXPECT_EQ(place(world, entity_id::make(3, 3, 2)).x, 5) << "its first tick is the command's";
    }
    EXPECT_EQ(diary(world, caller).lines, 0u);
  });
  EXPECT_EQ(history[3].events_sent, 0u) << "nobody sees it in the tick of its birth";
}

} // namespace
} // namespace tessera::testing
