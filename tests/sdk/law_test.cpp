// The law is enforced, not hoped for: what breaks it does not compile, is refused when the world opens,
// or stops the shard with a report.
#include "tests/support/test_games.hpp"
#include "tests/support/worlds.hpp"

#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>
#include <limits>
#include <stdexcept>

namespace tessera::testing {
namespace {

// --- a vocabulary to break the law with

struct speed {
  float x = 0;
};
constexpr auto describe(of<speed>) {
  return describe_as("speed", marks::shared, field<&speed::x>("x"));
}
struct secret {
  float x = 0;
};
constexpr auto describe(of<secret>) {
  return describe_as("secret", field<&secret::x>("x"));
}
struct flag {};
constexpr auto describe(of<flag>) {
  return describe_as("flag", marks::tag);
}
struct seldom {
  std::uint32_t n = 0;
};
constexpr auto describe(of<seldom>) {
  return describe_as("seldom", marks::rare, field<&seldom::n>("n"));
}
struct seldom_scratch {
  std::uint32_t n = 0;
};
constexpr auto describe(of<seldom_scratch>) {
  return describe_as("seldom_scratch", marks::rare | marks::scratch,
                     field<&seldom_scratch::n>("n"));
}
struct shared_scratch {
  std::uint32_t n = 0;
};
constexpr auto describe(of<shared_scratch>) {
  return describe_as("shared_scratch", marks::shared | marks::scratch,
                     field<&shared_scratch::n>("n"));
}
struct private_ground {
  std::int32_t n = 0;
};
constexpr auto describe(of<private_ground>) {
  return describe_as("private_ground", field<&private_ground::n>("n"));
}
struct bang {
  std::uint32_t n = 0;
};
constexpr auto describe(of<bang>) {
  return describe_as("bang", field<&bang::n>("n"));
}

template <class Access>
struct idle {
  static constexpr const char* name = "idle";
  using access = Access;
  static constexpr float radius_m = 4;
  static void run(const entity<access>&) {}
};
template <class Access>
struct idle_handler {
  static constexpr const char* name = "idle_handler";
  using access = Access;
  static void run(const entity<access>&, const bang&, entity_id) {}
};

std::string refusal(void (*define)(game_builder&)) {
  auto made = register_game(define);
  return made ? "accepted" : made.error().message;
}

void expect_words(const std::string& text, std::initializer_list<const char*> words) {
  for (const char* word : words)
    EXPECT_NE(text.find(word), std::string::npos) << "no '" << word << "' in: " << text;
}

// --- refused when the world opens

struct steer {
  static constexpr const char* name = "steer";
  using access = tessera::access<writes<speed>>;
  static void run(const entity<access>&) {}
};
struct brake {
  static constexpr const char* name = "brake";
  using access = tessera::access<writes<speed>>;
  static void run(const entity<access>&) {}
};
struct brake_after {
  static constexpr const char* name = "brake_after";
  using access = tessera::access<writes<speed>, after<steer>>;
  static void run(const entity<access>&) {}
};

TEST(law, conflicting_systems_without_an_order_are_refused_by_name_and_component) {
  expect_words(refusal([](game_builder& g) {
                 g.component<speed>();
                 g.system<steer>();
                 g.system<brake>();
               }),
               {"steer", "brake", "component speed", "after<...>"});
  EXPECT_EQ(refusal([](game_builder& g) {
              g.component<speed>();
              g.system<brake_after>();
              g.system<steer>();
            }),
            "accepted");
}

struct far_sighted {
  static constexpr const char* name = "far_sighted";
  using access = tessera::access<neighbours<speed>>;
  static float radius_m(const world_facts& w) { return w.cell_size_m * 1.01F; }
  static void run(const entity<access>&) {}
};
struct blind {
  static constexpr const char* name = "blind";
  using access = tessera::access<neighbours<speed>>;
  static constexpr float radius_m = 0;
  static void run(const entity<access>&) {}
};

TEST(law, a_radius_above_the_cell_size_is_refused) {
  expect_words(refusal([](game_builder& g) {
                 g.component<speed>();
                 g.system<far_sighted>();
               }),
               {"far_sighted", "cell size", "raise cell_size_m"});
}

TEST(law, a_radius_of_nothing_is_refused) {
  expect_words(refusal([](game_builder& g) {
                 g.component<speed>();
                 g.system<blind>();
               }),
               {"blind", "0 m"});
}

TEST(law, reading_what_neighbours_do_not_share_is_refused_in_systems_and_handlers) {
  expect_words(refusal([](game_builder& g) {
                 g.component<secret>();
                 g.system<idle<access<neighbours<secret>>>>();
               }),
               {"idle", "secret", "not marked shared"});
  expect_words(refusal([](game_builder& g) {
                 g.component<secret>();
                 g.event<bang>();
                 g.on<bang, idle_handler<access<neighbours<secret>>>>();
               }),
               {"idle_handler", "secret", "not marked shared"});
  expect_words(refusal([](game_builder& g) {
                 g.cell_component<private_ground>();
                 g.system<idle<access<cell_reads<private_ground>>>>();
               }),
               {"idle", "private_ground", "not marked shared"});
  expect_words(refusal([](game_builder& g) {
                 g.cell_component<private_ground>();
                 g.event<bang>();
                 g.on<bang, idle_handler<access<cell_reads<private_ground>>>>();
               }),
               {"idle_handler", "private_ground", "not marked shared"});
}

TEST(law, a_system_cannot_pass_over_what_is_no_column) {
  expect_words(refusal([](game_builder& g) {
                 g.component<flag>();
                 g.system<idle<access<without<flag>>>>();
               }),
               {"idle", "flag", "has<...>()"});
}

struct count_flags {
  static constexpr const char* name = "count_flags";
  using access = tessera::access<reads<seldom>>;
  static std::int64_t value(const seldom&) { return 1; }
};

TEST(law, a_world_value_over_what_is_no_column_is_refused) {
  expect_words(refusal([](game_builder& g) {
                 g.component<seldom>();
                 g.world_value<count_flags>();
               }),
               {"count_flags", "seldom"});
}

TEST(law, marks_that_contradict_each_other_are_refused) {
  expect_words(refusal([](game_builder& g) { g.component<seldom_scratch>(); }),
               {"seldom_scratch", "rare"});
  expect_words(refusal([](game_builder& g) { g.component<shared_scratch>(); }),
               {"shared_scratch", "shared"});
}

TEST(law, nobody_can_lose_its_position) {
  expect_words(refusal([](game_builder& g) { g.system<idle<access<changes<position>>>>(); }),
               {"idle", "position"});
}

TEST(law, names_that_are_not_registered_or_registered_twice_are_refused) {
  expect_words(refusal([](game_builder& g) { g.system<idle<access<reads<speed>>>>(); }),
               {"idle", "speed", "not registered"});
  expect_words(refusal([](game_builder& g) { g.on<bang, idle_handler<access<>>>(); }),
               {"idle_handler", "bang", "not registered"});
  expect_words(refusal([](game_builder& g) {
                 g.component<speed>();
                 g.component<speed>();
               }),
               {"two components", "speed"});
  expect_words(refusal([](game_builder& g) {
                 g.component<speed>();
                 g.system<brake_after>();
               }),
               {"brake_after", "steer", "not registered"});
}

TEST(law, parameters_that_a_game_does_not_know_are_errors_of_the_world_file) {
  world_options options;
  options.parameters = {{"wilt", 1}};
  auto made = register_game(wanderers::definition.define, options);
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code, error_code::bad_world_file);
  expect_words(made.error().message, {"wilt", "wild"});
  options.parameters = {{"wild", 2}};
  made = register_game(wanderers::definition.define, options);
  ASSERT_FALSE(made);
  expect_words(made.error().message, {"wild", "0", "1"});
}

// --- stopped with a report

/// Runs a game of one entity with speed and secret, in cell (3, 3), until it fails.
tick_failure failure_of(void (*define)(game_builder&), std::vector<command> commands = {}) {
  auto setup = make_world(define);
  run_options options;
  options.ticks = 6;
  options.commands = std::move(commands);
  auto world = open(setup, grid(*setup, 2, 2), options);
  try {
    world->run_to(options.ticks);
  } catch (const tick_failure& failure) {
    return failure;
  }
  throw std::runtime_error("nothing failed");
}

void one_entity(cell_start& c) {
  if (c.where() == cell{3, 3})
    c.spawn(5, 0, 5, speed{}, secret{});
}
const entity_id the_one = entity_id::make(3, 3, 1);

template <class S>
void only(game_builder& g) {
  g.component<speed>();
  g.component<secret>();
  g.cell_component<private_ground>();
  g.event<bang>();
  g.system<S>();
  g.fill(one_entity);
}

struct throws_in_rows {
  static constexpr const char* name = "throws_in_rows";
  using access = tessera::access<reads<speed>>;
  static void run(const entity<access>& self) {
    if (self.world().tick() == 2)
      throw std::runtime_error("rows gave up");
  }
};
struct throws_near_others {
  static constexpr const char* name = "throws_near_others";
  using access = tessera::access<reads<speed>, neighbours<speed>>;
  static constexpr float radius_m = 4;
  static void run(const entity<access>& self) {
    if (self.world().tick() == 2)
      throw 7;
  }
};
struct throws_in_lanes {
  static constexpr const char* name = "throws_in_lanes";
  using access = tessera::access<reads<speed>, neighbours<speed>>;
  using gather = tessera::gather<&speed::x>;
  static constexpr float radius_m = 4;
  static constexpr std::size_t sum_count = 1;
  static void accumulate(const lane_neighbours<gather>& n, std::array<lanes, 1>& sums) {
    sums[0] += keep(n.near, n.fields[0]);
  }
  static void run(const entity<access>& self, const lane_sums<1>&) {
    if (self.world().tick() == 2)
      throw std::runtime_error("lanes gave up");
  }
};
struct throws_in_bulk {
  static constexpr const char* name = "throws_in_bulk";
  using access = tessera::access<reads<speed>>;
  static void run(const chunk<access>& rows) {
    if (rows.world().tick() == 2)
      throw std::runtime_error("bulk gave up");
  }
};
struct throws_in_cells {
  static constexpr const char* name = "throws_in_cells";
  using access = tessera::access<cell_writes<private_ground>>;
  static void run(const cells<access>& c) {
    if (c.world().tick() == 2)
      throw std::runtime_error("cells gave up");
  }
};

TEST(law, a_system_that_throws_stops_with_tick_entity_and_system) {
  auto rows = failure_of(only<throws_in_rows>);
  EXPECT_EQ(rows.tick(), 2u);
  EXPECT_EQ(rows.entity(), the_one);
  EXPECT_EQ(rows.system(), "throws_in_rows");
  EXPECT_STREQ(rows.what(), "rows gave up");
  auto near = failure_of(only<throws_near_others>);
  EXPECT_EQ(near.entity(), the_one);
  EXPECT_EQ(near.system(), "throws_near_others");
  expect_words(near.what(), {"no std::exception"});
  auto lanes = failure_of(only<throws_in_lanes>);
  EXPECT_EQ(lanes.entity(), the_one);
  EXPECT_EQ(lanes.system(), "throws_in_lanes");
  auto bulk = failure_of(only<throws_in_bulk>);
  EXPECT_EQ(bulk.tick(), 2u);
  EXPECT_EQ(bulk.system(), "throws_in_bulk");
  auto cells = failure_of(only<throws_in_cells>);
  EXPECT_EQ(cells.system(), "throws_in_cells");
  EXPECT_STREQ(cells.what(), "cells gave up");
}

struct breaks_secret {
  static constexpr const char* name = "breaks_secret";
  using access = tessera::access<writes<secret>>;
  static void run(const entity<access>& self) {
    if (self.world().tick() == 3)
      self.get<secret>().x = std::numeric_limits<float>::infinity();
  }
};
TEST(law, a_field_that_is_not_finite_stops_with_component_and_writer) {
  auto failure = failure_of(only<breaks_secret>);
  EXPECT_EQ(failure.tick(), 3u);
  EXPECT_EQ(failure.entity(), the_one);
  EXPECT_EQ(failure.system(), "breaks_secret");
  expect_words(failure.what(), {"component secret", "not finite"});
}

struct leaves_the_world {
  static constexpr const char* name = "leaves_the_world";
  using access = tessera::access<reads<speed>>;
  static void run(const entity<access>& self) {
    if (self.world().tick() == 1)
      self.teleport({{500, 3}, 1, 0, 1});
  }
};
struct lands_between_cells {
  static constexpr const char* name = "lands_between_cells";
  using access = tessera::access<reads<speed>>;
  static void run(const entity<access>& self) {
    if (self.world().tick() == 1)
      self.teleport({{3, 3}, 17, 0, 1});
  }
};

TEST(law, a_teleport_out_of_the_world_stops_with_tick_entity_and_system) {
  auto out = failure_of(only<leaves_the_world>);
  EXPECT_EQ(out.tick(), 1u);
  EXPECT_EQ(out.entity(), the_one);
  EXPECT_EQ(out.system(), "leaves_the_world");
  expect_words(out.what(), {"teleports", "not in the world"});
  EXPECT_EQ(failure_of(only<lands_between_cells>).system(), "lands_between_cells");
}

struct calls_far {
  static constexpr const char* name = "calls_far";
  using access = tessera::access<reads<speed>, sends<bang>>;
  static void run(const entity<access>& self) {
    if (self.world().tick() == 0)
      self.send_far(self.id(), bang{});
  }
};
struct throws_at_bang {
  static constexpr const char* name = "throws_at_bang";
  using access = tessera::access<reads<speed>>;
  static void run(const entity<access>&, const bang&, entity_id) {
    throw std::runtime_error("it went off");
  }
};

TEST(law, a_handler_that_throws_stops_with_tick_entity_and_its_name) {
  auto failure = failure_of([](game_builder& g) {
    only<calls_far>(g);
    g.on<bang, throws_at_bang>();
  });
  EXPECT_EQ(failure.tick(), limits::far_mail_ticks);
  EXPECT_EQ(failure.entity(), the_one);
  EXPECT_EQ(failure.system(), "throws_at_bang");
}

TEST(law, a_failure_on_a_worker_s_thread_reaches_the_caller) {
  auto setup = make_world(stage::define);
  auto workers = make_thread_executor(4);
  run_options options;
  options.lockstep.resources = {workers.get(), 4, 0};
  stage::script fails;
  fails.at_tick = 3;
  fails.deed = stage::fail;
  options.commands = {
    stamped(spawn_at(*setup->game, {{3, 3}, 1, 0, 1}, stage::diary{}, fails), 1, 1, 0)};
  auto world = open(setup, grid(*setup, 1, 1), options);
  try {
    world->run_to(6);
    FAIL() << "nothing failed";
  } catch (const tick_failure& failure) {
    EXPECT_EQ(failure.tick(), 3u);
    EXPECT_EQ(failure.entity(), entity_id::make(3, 3, 1));
    EXPECT_EQ(failure.system(), "act");
  }
}

// --- does not compile

std::string output_of(const std::string& command, int& status) {
  std::string out;
  FILE* pipe = popen((command + " 2>&1").c_str(), "r");
  char buffer[4096];
  while (std::size_t n = std::fread(buffer, 1, sizeof buffer, pipe))
    out.append(buffer, n);
  status = pclose(pipe);
  return out;
}

TEST(law, undeclared_access_does_not_compile) {
#ifdef __clang__
  std::string compiler = "clang++ -ferror-limit=0";
#else
  std::string compiler = "g++ -fmax-errors=0";
#endif
  std::string root = TESSERA_SOURCE_DIR;
  std::string file = root + "/tests/sdk/does_not_compile/undeclared_access.cc";
  compiler += " -std=c++20 -fsyntax-only -Wno-psabi -I" + root + " ";
  int status = 0;
  std::string output = output_of(compiler + "-DALLOWED " + file, status);
  ASSERT_EQ(status, 0) << "what is declared must compile:\n" << output;
  output = output_of(compiler + file, status);
  EXPECT_NE(status, 0);
  std::ifstream source{file};
  std::string line;
  int found = 0;
  for (int number = 1; std::getline(source, line); ++number) {
    auto mark = line.find("// refused: ");
    if (mark == std::string::npos)
      continue;
    ++found;
    std::string words = line.substr(mark + 12);
    EXPECT_NE(output.find("undeclared_access.cc:" + std::to_string(number) + ":"),
              std::string::npos)
      << "compiles: " << line;
    EXPECT_NE(output.find(words), std::string::npos) << "nobody says: " << words;
  }
  EXPECT_GE(found, 17);
  output = output_of(compiler + "-DALLOWED -DNAMED_NOWHERE " + file, status);
  EXPECT_NE(status, 0);
  expect_words(output, {"T is named nowhere in the access"});
}

} // namespace
} // namespace tessera::testing
