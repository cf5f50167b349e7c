// The whole engine, actors included, against raw loops over plain arrays and against itself. Prints a
// line per figure: what was measured, what must be reached. With --tessera_json, one JSON object a line.
//
// Every ratio is taken within one round, the two sides one after the other, and the median over the
// rounds is reported: the machine is shared and its speed drifts.
#include "bench/child_process.hpp"
#include "bench/flock_worlds.hpp"
#include "bench/raw_flock.hpp"
#include "bench/reporting.hpp"
#include "sdk/game.hpp"

#include <chrono>
#include <cstring>
#include <fstream>
#include <functional>
#include <sys/resource.h>
#include <thread>
#include <unistd.h>

namespace {

using namespace tessera;
using namespace tessera::bench;

reporter report{"engine/"};

double seconds(const std::function<void()>& work) {
  auto begin = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

double cpu_seconds() {
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  auto s = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + 1e-6 * static_cast<double>(t.tv_usec);
  };
  return s(used.ru_utime) + s(used.ru_stime);
}

double resident_bytes() {
  std::ifstream statm{"/proc/self/statm"};
  double total = 0;
  double resident = 0;
  statm >> total >> resident;
  return resident * static_cast<double>(sysconf(_SC_PAGESIZE));
}

constexpr int rounds = 5;

/// One shard and 64 shards on one worker against the raw loops, and 2 workers against 1.
void flock_of_100k() {
  constexpr std::size_t agents = 100'000;
  constexpr tick_number ticks = 120;
  auto one = make_flock(agents, 1, 1);
  auto many = make_flock(agents, 8, 8);
  std::vector<double> one_scalar, one_lanes, many_scalar, many_lanes, two_workers, inside, machine;
  for (int r = 0; r < rounds; ++r) {
    raw_flock scalar{agents, side_m(agents), 1};
    raw_flock vector{agents, side_m(agents), 1};
    double raw_scalar = seconds([&] {
      for (tick_number t = 0; t < ticks; ++t)
        scalar.tick_scalar();
    });
    auto run = [](raw_flock& of) {
      for (tick_number t = 0; t < ticks; ++t)
        of.tick_lanes();
    };
    double raw_lanes = seconds([&] { run(vector); });
    // Two loops that share nothing, at once: what a second thread is worth on this machine.
    raw_flock beside{agents, side_m(agents), 1};
    machine.push_back(2 * raw_lanes / seconds([&] {
                        std::jthread other{[&] { run(beside); }};
                        run(vector);
                      }));
    double one_s = run_world(one, 1, ticks).wall_s;
    double many_s = run_world(many, 1, ticks).wall_s;
    one_scalar.push_back(one_s / raw_scalar);
    one_lanes.push_back(one_s / raw_lanes);
    many_scalar.push_back(many_s / raw_scalar);
    many_lanes.push_back(many_s / raw_lanes);
    two_workers.push_back(many_s / run_world(many, 2, ticks).wall_s);
    inside.push_back(one_s / run_world(one, 2, ticks).wall_s);
    double ns = 1e9 / static_cast<double>(agents * ticks);
    if (!report.as_json())
      std::printf(
        "  round: raw scalar %.1f, raw lanes %.1f, 1 shard %.1f, 64 shards %.1f ns per agent\n",
        raw_scalar * ns, raw_lanes * ns, one_s * ns, many_s * ns);
  }
  report.print(
    {"flock_100k_1_shard_against_raw_scalar", median(one_scalar), "x", .60, better::lower});
  report.print(
    {"flock_100k_1_shard_against_raw_lanes", median(one_lanes), "x", 1.25, better::lower});
  report.print(
    {"flock_100k_64_shards_against_raw_scalar", median(many_scalar), "x", .68, better::lower});
  report.print(
    {"flock_100k_64_shards_against_raw_lanes", median(many_lanes), "x", 1.45, better::lower});
  report.print(
    {"flock_100k_64_shards_2_workers_speedup", median(two_workers), "x", 1.95, better::higher});
  report.print({"flock_100k_1_shard_2_workers_speedup", median(inside), "x", 1.7, better::higher});
  report.print({"flock_100k_two_raw_loops_at_once", median(machine), "x", 0, better::higher});
}

void flock_paced() {
  auto many = make_flock(100'000, 8, 8);
  std::vector<double> ratios;
  for (int r = 0; r < 3; ++r)
    ratios.push_back(run_world(many, 2, 60, true).latency_ms /
                     run_world(many, 1, 60, true).latency_ms);
  report.print(
    {"flock_100k_64_shards_paced_2_workers_latency", median(ratios), "x", .65, better::lower});
}

/// Each in a process of its own, so that nothing counts that an earlier world left in the allocator. Before
/// there are threads.
void memory_of_1m() {
  for (int cuts : {1, 16}) {
    auto each = in_child(2, [&]() -> std::vector<double> {
      auto world = make_flock(1'000'000, cuts, cuts);
      engine_options options;
      options.workers = 1;
      options.ticks = 10;
      double resident = 0;
      options.on_summary = [&](const world_summary& s) {
        if (s.tick == 10)
          resident = resident_bytes();
      };
      or_die(engine::start(world.setup, world.cut, options))->wait();
      return {resident};
    });
    report.print({"flock_1m_" + std::to_string(cuts * cuts) + "_shards_resident_bytes_per_agent",
                  each.front() / 1e6, "B", 180, better::lower});
  }
}

void flock_of_1m() {
  auto small = make_flock(100'000, 1, 1);
  auto one = make_flock(1'000'000, 1, 1);
  auto many = make_flock(1'000'000, 16, 16);
  std::vector<double> one_ratio, many_ratio;
  for (int r = 0; r < 3; ++r) {
    double base = run_world(small, 1, 30).wall_s / 100'000;
    one_ratio.push_back(run_world(one, 1, 30).wall_s / 1'000'000 / base);
    many_ratio.push_back(run_world(many, 1, 30).wall_s / 1'000'000 / base);
  }
  report.print(
    {"flock_1m_1_shard_ns_per_agent_against_100k", median(one_ratio), "x", 1.25, better::lower});
  report.print({"flock_1m_256_shards_ns_per_agent_against_100k", median(many_ratio), "x", 1.25,
                better::lower});
}

void empty_shards() {
  auto world = make_flock(0, 32, 32);
  for (unsigned workers : {1U, 2U}) {
    std::vector<double> us;
    for (int r = 0; r < rounds; ++r)
      us.push_back(run_world(world, workers, 300).wall_s * 1e6 / 300 / 1024);
    report.print({"empty_1024_shards_" + std::to_string(workers) + "_workers", median(us), "us",
                  workers == 1 ? 5.0 : 3.0, better::lower});
  }
}

void idle_world() {
  auto world = make_flock(0, 8, 8);
  double begin = cpu_seconds();
  double wall = run_world(world, 2, 100, true).wall_s;
  report.print({"empty_64_shards_paced_20hz_share_of_one_core",
                (cpu_seconds() - begin) / wall * 100, "%", 3, better::lower});
}

// --- two systems that do not conflict, with little work each

struct left {
  float value = 0;
};
constexpr auto describe(of<left>) {
  return describe_as("left", field<&left::value>("value"));
}
struct right {
  float value = 0;
};
constexpr auto describe(of<right>) {
  return describe_as("right", field<&right::value>("value"));
}

template <class C>
struct grow {
  static constexpr const char* name = std::is_same_v<C, left> ? "grow_left" : "grow_right";
  using access = tessera::access<writes<C>>;
  static void run(const chunk<access>& rows) {
    for (C& c : rows.template write<C>())
      c.value = c.value * 0.5F + 1.0F;
  }
};

void two_small_systems() {
  world_setup setup;
  setup.extent = {0, 0, 2, 2};
  game_builder game{"small", {1, 0.05F, 64, setup.extent, nullptr}, {}};
  game.component<left>();
  game.component<right>();
  game.system<grow<left>>();
  game.system<grow<right>>();
  game.fill([](cell_start& cell) {
    for (int i = 0; i < 500; ++i)
      cell.spawn(1, 0, 1, left{}, right{});
  });
  setup.game = or_die(game.finish());
  flock_world world{or_die(prepare(setup)),
                    std::make_shared<const layout>(or_die(layout::grid({0, 0, 2, 2}, 1, 1)))};
  auto run = [&](bool parallel) {
    engine_options options;
    options.workers = 2;
    options.ticks = 20'000;
    options.parallel_inside_shards = parallel;
    return or_die(engine::start(world.setup, world.cut, options))->wait().wall_s;
  };
  std::vector<double> ratios;
  for (int r = 0; r < rounds; ++r)
    ratios.push_back(run(true) / run(false));
  report.print(
    {"two_small_systems_parallel_against_in_line", median(ratios), "x", 1.02, better::lower});
}

} // namespace

int main(int argc, char** argv) {
  const char* only = "";
  for (int i = 1; i < argc; ++i) {
    if (!report.takes(argv[i]))
      only = argv[i];
  }
  struct part {
    const char* name;
    void (*run)();
  };
  for (auto [name, run] :
       {part{"memory", memory_of_1m}, part{"flock", flock_of_100k}, part{"paced", flock_paced},
        part{"million", flock_of_1m}, part{"empty", empty_shards}, part{"idle", idle_world},
        part{"small", two_small_systems}})
    if (std::strstr(name, only) != nullptr)
      run();
}
