// The static order of systems, from what they declare.
#include "shards/schedule.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace tessera {
namespace {

constexpr component_mask a = 1u << 1, b = 1u << 2, c = 1u << 3;

schema with_components() {
  schema s;
  for (const char* name : {"position", "alpha", "beta", "gamma"}) {
    component_info info;
    info.name = name;
    info.size = 4;
    info.align = 4;
    s.components.push_back(info);
  }
  cell_component_info grass;
  grass.name = "grass";
  s.cell_components.push_back(grass);
  return s;
}

system_info make(const char* name, component_mask reads, component_mask writes,
                 std::vector<std::string> after = {}) {
  system_info x;
  x.name = name;
  x.access.reads = reads;
  x.access.writes = writes;
  x.required = reads | writes;
  x.after = std::move(after);
  return x;
}

std::string why(const schema& s) {
  auto made = make_schedule(s);
  return made ? "" : made.error().message;
}

TEST(schedule, of_systems_that_do_not_meet_is_one_stage_in_order_of_registration) {
  schema s = with_components();
  s.systems = {make("one", a, b), make("two", a, c), make("three", a, 0)};
  auto made = make_schedule(s);
  ASSERT_TRUE(made);
  EXPECT_EQ(made->stages.size(), 1u);
  EXPECT_EQ(made->order, (std::vector<std::uint16_t>{0, 1, 2}));
}

TEST(schedule, puts_a_system_after_all_it_names) {
  schema s = with_components();
  s.systems = {make("last", c, 0, {"middle"}), make("middle", b, c, {"first"}),
               make("first", a, b)};
  auto made = make_schedule(s);
  ASSERT_TRUE(made);
  EXPECT_EQ(made->order, (std::vector<std::uint16_t>{2, 1, 0}));
  EXPECT_EQ(made->stages.size(), 3u);
}

TEST(schedule, refuses_two_writers_without_an_order_and_names_both_and_the_component) {
  schema s = with_components();
  s.systems = {make("steer", 0, b), make("brake", 0, b)};
  for (const char* word : {"steer", "brake", "component beta", "after<"})
    EXPECT_NE(why(s).find(word), std::string::npos) << why(s);
  s.systems = {make("steer", b, 0), make("brake", 0, b)};
  EXPECT_NE(why(s), "") << "a reader and a writer conflict too";
  s.systems = {make("steer", b, 0), make("brake", b, 0)};
  EXPECT_EQ(why(s), "") << "two readers do not";
}

TEST(schedule, takes_an_order_through_a_third_system) {
  schema s = with_components();
  s.systems = {make("one", 0, b), make("two", a, c, {"one"}), make("three", 0, b, {"two"})};
  EXPECT_EQ(why(s), "");
}

TEST(schedule, lets_systems_of_disjoint_entities_meet) {
  schema s = with_components();
  s.systems = {make("of_alpha", a, b), make("of_others", 0, b)};
  s.systems[1].access.without = a;
  EXPECT_EQ(why(s), "");
  s.systems[1].access.without = c;
  EXPECT_NE(why(s), "");
}

TEST(schedule, refuses_a_cycle_and_an_unknown_name) {
  schema s = with_components();
  s.systems = {make("one", a, 0, {"two"}), make("two", a, 0, {"three"}),
               make("three", a, 0, {"one"})};
  EXPECT_NE(why(s).find("after itself"), std::string::npos);
  s.systems = {make("one", a, 0, {"nobody"})};
  EXPECT_NE(why(s).find("nobody"), std::string::npos);
  EXPECT_NE(why(s).find("not registered"), std::string::npos);
}

TEST(schedule, orders_sums_into_cells_and_the_system_that_reads_them) {
  schema s = with_components();
  system_info eat = make("eat", a, 0);
  eat.access.cell_sums = 1;
  system_info trample = make("trample", b, 0);
  trample.access.cell_sums = 1;
  system_info grow;
  grow.name = "grow";
  grow.kind = system_kind::cells;
  grow.access.cell_writes = 1;
  s.systems = {eat, trample};
  EXPECT_EQ(why(s), "") << "sums commute";
  s.systems = {eat, grow};
  EXPECT_NE(why(s).find("cell component grass"), std::string::npos);
  grow.access.cell_writes = 0;
  grow.access.cell_reads = 1;
  s.systems = {eat, grow};
  EXPECT_NE(why(s).find("cell component grass"), std::string::npos);
  grow.after = {"eat"};
  s.systems = {eat, grow};
  EXPECT_EQ(why(s), "");
  system_info look = make("look", a, 0);
  look.access.cell_reads = 1; // as of the last tick
  s.systems = {eat, look};
  EXPECT_EQ(why(s), "");
}

TEST(schedule, of_random_systems_never_puts_two_that_conflict_in_one_stage) {
  std::mt19937 random{3};
  for (int round = 0; round < 300; ++round) {
    schema s = with_components();
    for (std::uint16_t i = 0; i < 7; ++i) {
      auto x = make(("s" + std::to_string(i)).c_str(), (random() % 8) << 1, (random() % 8) << 1);
      if (random() % 3 == 0)
        x.access.reads = x.access.writes = 0;
      for (std::uint16_t j = 0; j < i; ++j) // enough of them that it is accepted
        if (random() % 2 == 0 ||
            ((s.systems[j].access.writes & (x.access.reads | x.access.writes)) |
             (s.systems[j].access.reads & x.access.writes)) != 0)
          x.after.push_back(s.systems[j].name);
      s.systems.push_back(x);
    }
    std::shuffle(s.systems.begin(), s.systems.end(), random);
    auto made = make_schedule(s);
    ASSERT_TRUE(made) << made.error().message;
    std::vector<std::string> ran;
    std::size_t places = 0;
    for (const auto& stage : made->stages) {
      for (auto p : stage)
        for (auto q : stage) {
          if (p == q)
            continue;
          const auto& x = s.systems[made->order[p]];
          const auto& y = s.systems[made->order[q]];
          ASSERT_EQ(x.access.writes & (y.access.reads | y.access.writes), 0u);
        }
      for (auto p : stage) {
        ASSERT_EQ(p, places++);
        for (const auto& name : s.systems[made->order[p]].after)
          ASSERT_NE(std::find(ran.begin(), ran.end(), name), ran.end());
      }
      for (auto p : stage)
        ran.push_back(s.systems[made->order[p]].name);
    }
    ASSERT_EQ(ran.size(), s.systems.size());
  }
}

} // namespace
} // namespace tessera
