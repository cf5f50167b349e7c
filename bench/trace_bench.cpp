// What tracing costs: a check while disarmed, a record while armed, a whole tick, two actors that do
// nothing else but pass a ball. Ratios are taken within one round, and the median over rounds is shown.
#include "actors/messages.hpp"
#include "actors/traced_actor.hpp"
#include "bench/flock_worlds.hpp"
#include "bench/herds_world.hpp"
#include "bench/reporting.hpp"

#include <chrono>

namespace {

using namespace tessera;
using namespace tessera::bench;

double now_ns() {
  return std::chrono::duration<double, std::nano>(
           std::chrono::steady_clock::now().time_since_epoch())
    .count();
}

/// Keeps a value, and with it the work that made it.
template <class T>
void keep(T& value) {
  asm volatile("" : "+r"(value));
}

/// Nanoseconds per pass that `body` takes more than an empty loop.
template <class Body>
double ns_more(std::size_t passes, Body body) {
  std::vector<double> each;
  for (int round = 0; round < 9; ++round) {
    std::uint64_t x = 0;
    double begin = now_ns();
    for (std::size_t i = 0; i < passes; ++i)
      keep(x);
    double middle = now_ns();
    for (std::size_t i = 0; i < passes; ++i) {
      body(i);
      keep(x);
    }
    double end = now_ns();
    each.push_back(((end - middle) - (middle - begin)) / static_cast<double>(passes));
  }
  return median(each);
}

void one_record(reporter& report) {
  trace_recorder recorder;
  const double check = ns_more(50'000'000, [&](std::size_t i) {
    if (recorder.armed())
      recorder.record({i, i});
  });
  report.print({"check_while_disarmed", check, "ns", .5});
  recorder.arm();
  const double record = ns_more(5'000'000, [&](std::size_t i) {
    if (recorder.armed())
      recorder.record({trace_clock(), i, 1, 2, 3, trace_kind::enqueued, 4});
  });
  report.print({"record_while_armed", record, "ns", 10});
  const double clock = ns_more(5'000'000, [&](std::size_t) {
    std::uint64_t t = trace_clock();
    keep(t);
  });
  report.print({"clock_alone", clock, "ns"});
}

/// Seconds that the ticks of a world take, armed or not.
double world_s(const flock_world& world, bool armed, tick_number ticks) {
  engine_options options;
  options.workers = 2;
  options.ticks = ticks;
  options.trace = std::make_shared<trace_recorder>();
  if (armed)
    options.trace->arm();
  return or_die(engine::start(world.setup, world.cut, options))->wait().wall_s;
}

void whole_tick(reporter& report, const char* name, const flock_world& world, tick_number ticks,
                double reach) {
  std::vector<double> ratios;
  for (int round = 0; round < 7; ++round) {
    const double plain = world_s(world, false, ticks);
    ratios.push_back(world_s(world, true, ticks) / plain);
  }
  report.print({name, median(ratios), "x", reach});
}

// --- ping-pong

/// The ball: a message of the world's own, with a tick, here the passes that are left.
using ball = ticks_durable;

/// Passes the ball back, and leaves with the last pass.
template <class Base>
class player : public Base {
public:
  using Base::Base;

  caf::behavior make_behavior() override {
    return {[this](const ball& b) {
      if (b.tick == 0)
        return this->quit();
      this->send(caf::actor_cast<caf::actor>(this->current_sender()), ball{b.tick - 1});
      if (b.tick == 1)
        this->quit();
    }};
  }
};

constexpr std::uint64_t passes = 400'000;

/// Seconds that `passes` take between two actors on `threads` threads of CAF, set up as the engine is.
template <class Base, class... Args>
double passes_s(std::size_t threads, const Args&... args) {
  caf::actor_system_config config;
  config.set("scheduler.policy", caf::atom("sharing"));
  config.set("scheduler.max-threads", static_cast<std::uint64_t>(threads));
  caf::actor_system system{config};
  auto ping = system.spawn<player<Base>>(args...);
  auto pong = system.spawn<player<Base>>(args...);
  const double begin = now_ns();
  caf::send_as(pong, ping, ball{passes});
  ping = nullptr;
  pong = nullptr;
  system.await_all_actors_done();
  return (now_ns() - begin) * 1e-9;
}

void ping_pong(reporter& report) {
  const flock_world any = make_flock(0, 1, 1);
  auto recorder = std::make_shared<trace_recorder>();
  auto traced = std::make_shared<const tracing>(recorder, *any.setup, "");
  for (std::size_t threads : {1U, 2U}) {
    std::vector<double> armed;
    std::vector<double> disarmed;
    double plain_s = 0;
    for (int round = 0; round < 9; ++round) {
      plain_s = passes_s<caf::event_based_actor>(threads);
      recorder->arm();
      armed.push_back(passes_s<traced_actor>(threads, traced, std::string{"player"}) / plain_s);
      recorder->disarm();
      disarmed.push_back(passes_s<traced_actor>(threads, traced, std::string{"player"}) / plain_s);
    }
    const std::string name = "ping_pong_" + std::to_string(threads) + "_thread";
    report.print(
      {name + "_armed", median(armed), "x", threads == 1 ? 1.07 : 0, better::lower,
       std::to_string(plain_s * 1e9 / static_cast<double>(passes)) + " ns per pass without"});
    report.print({name + "_disarmed", median(disarmed)});
  }
}

} // namespace

int main(int argc, char** argv) {
  reporter report{"trace/"};
  for (int i = 1; i < argc; ++i)
    report.takes(argv[i]);
  one_record(report);
  ping_pong(report);
  const opened_world herds = open_herds();
  whole_tick(report, "herds_tick_armed", {herds.setup, herds.cut}, 60, 1.03);
  whole_tick(report, "empty_64_shards_armed", make_flock(0, 8, 8), 4000, 0);
}
