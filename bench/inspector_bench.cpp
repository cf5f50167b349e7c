// What a page costs that is open on 100k entities at 20 Hz: time of a tick with it against without, and bytes to
// the page; and what hostile clients cost. Ratios are taken within one round, and the median over rounds is shown.
//
// Clients are threads of this program at the lowest priority: what counts is what they make the world's process do, not
// that they need a processor themselves.
#include "bench/flock_worlds.hpp"
#include "bench/reporting.hpp"
#include "net/inspector_server.hpp"
#include "tests/net/raw_http.hpp"

#include <atomic>
#include <chrono>
#include <sys/resource.h>
#include <thread>
#include <unistd.h>
#include <vector>

namespace {

using namespace tessera;
using namespace tessera::bench;
using std::chrono::milliseconds;
using testing::raw_connection;

constexpr std::size_t entities = 100'000;
constexpr tick_number ticks = 80; // 4 s at 20 Hz

struct watched_run {
  double latency_ms = 0; ///< planned start to end of a tick, median
  double wall_s = 0;
  double kb_per_s = 0;
};

/// What a page asks for: the whole world, and every shard's figures.
std::string page_request() {
  const std::string side = std::to_string(static_cast<int>(side_m(entities)));
  return "GET /api/live?hz=20&most=1500&shards=1&view=0,0," + side + "," + side +
         " HTTP/1.1\r\nHost: localhost\r\n\r\n";
}

void step_back() {
  setpriority(PRIO_PROCESS, static_cast<id_t>(gettid()), 19);
}

void read_page(std::uint16_t port, std::atomic<bool>& over, std::atomic<std::uint64_t>& bytes) {
  step_back();
  raw_connection page{port};
  page.send(page_request());
  while (!over)
    bytes += page.receive(milliseconds(100)).size();
}

/// Clients that do what they should not, each as fast as it can.
void attack(std::uint16_t port, std::atomic<bool>& over, unsigned kind) {
  step_back();
  while (!over) {
    if (kind == 0) {
      testing::post(port, "/api/control", std::string(60'000, '['));
    } else if (kind == 1) {
      testing::get(port, "/api/search?where=x%20%3E%200&most=1000");
    } else if (kind == 2) {
      testing::ask_raw(port,
                       "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 999999999\r\n\r\n");
    } else if (kind == 3) {
      testing::get(port, "/api/status", "Origin: http://evil.example\r\n");
      testing::get(port, "/api/../../etc/passwd");
    } else if (kind == 4) { // a byte now and then
      raw_connection slow{port};
      for (int i = 0; i < 40 && !over && slow.send("G"); ++i)
        std::this_thread::sleep_for(milliseconds(100));
    } else {
      std::vector<raw_connection> idle;
      for (int i = 0; i < 500 && !over; ++i) {
        idle.emplace_back(port);
        idle.back().send("GET / HTTP/1.1\r\nHo");
      }
      for (int i = 0; i < 10 && !over; ++i)
        std::this_thread::sleep_for(milliseconds(50));
    }
  }
}

enum class guests { none, page, attackers };

watched_run run(const flock_world& world, bool paced, guests who) {
  engine_options options;
  options.workers = 2;
  options.ticks = ticks;
  options.paced = paced;
  options.inspected = true;
  auto engine = or_die(engine::start(world.setup, world.cut, options));
  auto server = or_die(inspector_server::start(*engine->inspect(), {"127.0.0.1", 0, ""}));
  std::atomic<bool> over = false;
  std::atomic<std::uint64_t> bytes = 0;
  std::vector<std::thread> threads;
  if (who == guests::page)
    threads.emplace_back([&] { read_page(server->port(), over, bytes); });
  if (who == guests::attackers)
    for (unsigned kind = 0; kind < 6; ++kind)
      threads.emplace_back([&, kind] { attack(server->port(), over, kind); });
  const auto result = engine->wait();
  over = true;
  for (auto& t : threads)
    t.join();
  watched_run out;
  out.latency_ms = median(result.tick_latency_ms);
  out.wall_s = result.wall_s;
  out.kb_per_s = static_cast<double>(bytes) / 1000 / result.wall_s;
  return out;
}

void compare(reporter& report, const char* name, const flock_world& world, guests who,
             double reach) {
  std::vector<double> ratios;
  std::vector<double> traffic;
  for (int round = 0; round < 3; ++round) {
    const auto alone = run(world, true, guests::none);
    const auto with = run(world, true, who);
    ratios.push_back(with.latency_ms / alone.latency_ms);
    traffic.push_back(with.kb_per_s);
  }
  report.print({std::string("tick_with_") + name, median(ratios), "x", reach});
  if (who == guests::page)
    report.print({"to_the_page", median(traffic), "kB/s", 300});
}

} // namespace

int main(int argc, char** argv) {
  reporter report{"inspector/"};
  for (int i = 1; i < argc; ++i)
    report.takes(argv[i]);
  const flock_world world = make_flock(entities, 2, 4);
  compare(report, "page_20_hz", world, guests::page, 1.03);
  compare(report, "hostile_clients", world, guests::attackers, 1.05);
}
