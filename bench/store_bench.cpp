// The whole path of commands: submitted in batches, routed, applied, journalled, acknowledged once they
// are on the disk; what keeping costs a tick; how fast a world comes back. Prints a line per figure: what
// was measured, what must be reached. With --tessera_json, one JSON object a line.
//
//     store_bench [--tessera_json] [--dir PATH] [PART]
//
// Always true: every run is a process of its own, restricted to the processors it is said to have, so
// clients, shards, conductor and journal all share them; sides of a ratio take turns, and the median over
// the rounds is reported. Every answer is looked at: what was not applied, or reads back wrong, ends the
// program. Data lies beside the program unless --dir says otherwise.
#include "bench/child_process.hpp"
#include "bench/measuring.hpp"
#include "bench/reporting.hpp"
#include "games/games.hpp"
#include "games/store/store_game.hpp"
#include "persistence/file_system.hpp"
#include "sdk/engine.hpp"
#include "sdk/kept_world.hpp"
#include "sdk/open_world.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <filesystem>
#include <functional>
#include <mutex>
#include <sched.h>
#include <string>
#include <string_view>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <vector>

namespace {

using namespace tessera;
using namespace tessera::bench;

std::string directory;
reporter report{"store/"};

double now_s() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

struct data_folder {
  data_folder() : path(directory + "/store_bench.data") { std::filesystem::remove_all(path); }
  ~data_folder() { std::filesystem::remove_all(path); }
  data_folder(const data_folder&) = delete;
  data_folder& operator=(const data_folder&) = delete;
  std::string path;
};

// --- game `store`, driven by batches

struct store_options {
  int rows = 4;
  int columns = 6;
  unsigned workers = 2;
  unsigned clients = 2; ///< threads that submit, a session each
  double sets = 0.5;    ///< share of commands; the rest are gets
  double warm_s = 0.5;
  double measure_s = 2;
  std::uint64_t stop_after = 0; ///< commands acknowledged; 0: at the end of measure_s
};

constexpr int store_cells = 24; // per axis
constexpr std::uint64_t store_entities = 100'000;
constexpr std::uint64_t seal = 0x9E3779B97F4A7C15;

struct store_world {
  std::shared_ptr<const world_setup> setup;
  std::shared_ptr<const layout> cut;
  component_id value = 0;
  std::vector<entity_id> ids;
};

store_world make_store(int rows, int columns) {
  store_world out;
  world_setup setup;
  setup.seed = 7;
  setup.tick_rate_hz = 100;
  setup.extent = {0, 0, store_cells, store_cells};
  game_builder game{"store",
                    {setup.seed, 0.01F, setup.cell_size_m, setup.extent, nullptr},
                    {{"entities", static_cast<double>(store_entities)}}};
  store_game::definition.define(game);
  setup.game = or_die(game.finish());
  setup.game->find_component("value", &out.value);
  out.cut = std::make_shared<const layout>(or_die(layout::grid(setup.extent, rows, columns)));
  out.setup = or_die(prepare(std::move(setup)));
  const std::uint64_t cells = store_cells * store_cells;
  for (std::uint64_t i = 0; i < cells; ++i) { // as the game spreads them
    const std::uint64_t first = store_entities * i / cells;
    const std::uint64_t last = store_entities * (i + 1) / cells;
    for (std::uint64_t n = first; n < last; ++n)
      out.ids.push_back(entity_id::make(static_cast<std::uint16_t>(i % store_cells),
                                        static_cast<std::uint16_t>(i / store_cells),
                                        static_cast<std::uint32_t>(n - first + 1)));
  }
  return out;
}

constexpr double no_checkpoint = 3600; ///< as a recovery_target_s

keep_options kept_for(double recovery_target_s, bool border_log) {
  keep_options keep;
  keep.recovery_target_s = recovery_target_s;
  if (recovery_target_s == no_checkpoint)
    keep.log_bytes_per_checkpoint = std::uint64_t{1} << 40;
  keep.border_log = border_log;
  return keep;
}

/// What is durable on its way to the clients, and how many commands are on theirs.
class inbox {
public:
  void complete(std::shared_ptr<const tick_outcomes> what, tick_number tick) {
    const std::scoped_lock held{lock_};
    complete_.emplace_back(tick, std::move(what));
  }
  void durable(tick_number tick) {
    {
      const std::scoped_lock held{lock_};
      for (; !complete_.empty() && complete_.front().first <= tick; complete_.pop_front())
        durable_.push_back(std::move(complete_.front().second));
    }
    arrived_.notify_one();
  }
  /// A tick's answers, for one of the clients; null if there are none for a while.
  std::shared_ptr<const tick_outcomes> take() {
    std::unique_lock held{lock_};
    if (!arrived_.wait_for(held, std::chrono::milliseconds(20), [&] { return !durable_.empty(); }))
      return nullptr;
    auto first = std::move(durable_.front());
    durable_.pop_front();
    if (!durable_.empty())
      arrived_.notify_one();
    return first;
  }

  std::atomic<std::uint64_t> submitted = 0;
  std::atomic<std::uint64_t> acknowledged = 0;

private:
  std::mutex lock_;
  std::condition_variable arrived_;
  std::deque<std::pair<tick_number, std::shared_ptr<const tick_outcomes>>> complete_;
  std::deque<std::shared_ptr<const tick_outcomes>> durable_;
};

/// A session of its own: submits batches of random sets and gets, and looks at answers, whosever.
class store_client {
public:
  store_client(const store_world& world, engine& run, inbox& box, double sets, session_id session)
    : world_(&world), engine_(&run), inbox_(&box), sets_(sets), session_(session),
      random_(88172645463325252 * session) {}

  void run(const std::atomic<bool>& ends) {
    while (!ends) {
      if (inbox_->submitted - inbox_->acknowledged < most_open)
        submit_batch();
      else if (auto tick = inbox_->take())
        check(*tick);
    }
  }

private:
  static constexpr std::size_t batch_commands = 4096;
  static constexpr std::uint64_t most_open = 256 * batch_commands;

  void submit_batch() {
    command_batch batch{session_};
    batch.reserve(batch_commands, batch_commands * 60);
    for (std::size_t i = 0; i < batch_commands; ++i) {
      const std::uint64_t draw = next_random();
      const entity_id who = world_->ids[(draw >> 32) % world_->ids.size()];
      const cell birth{who.birth_cell_x(), who.birth_cell_z()};
      ++sequence_;
      if (static_cast<double>(draw & 0xFFFF) < sets_ * 0x10000) {
        const store_game::value v{draw, sequence_, draw ^ sequence_ ^ seal, who.value};
        batch.add_set(sequence_, who, birth, world_->value, std::as_bytes(std::span(&v, 1)));
      } else {
        batch.add_get(sequence_, who, birth, world_->value);
      }
    }
    engine_->send(std::move(batch));
    inbox_->submitted += batch_commands;
  }

  void check(const tick_outcomes& tick) {
    std::uint64_t answers = 0;
    for (shard_id s = 0; s < tick.by_shard.size(); ++s) {
      for (const auto& o : tick.by_shard[s].list) {
        if (o.result != command_result::applied)
          die("a command was not applied");
        if (o.value_bytes != 0)
          check(tick.value_of(o, s));
      }
      answers += tick.by_shard[s].list.size();
    }
    inbox_->acknowledged += answers;
  }

  std::uint64_t next_random() {
    random_ ^= random_ << 13;
    random_ ^= random_ >> 7;
    random_ ^= random_ << 17;
    return random_;
  }
  /// What was read is what was once set whole, or what the game gave at the start.
  static void check(std::span<const std::byte> bytes) {
    store_game::value v;
    if (bytes.size() != sizeof v)
      die("a value of another size was read");
    std::memcpy(&v, bytes.data(), sizeof v);
    const bool from_start = v.b == 0 && v.c == 0 && v.d == 0;
    if (!from_start && v.c != (v.a ^ v.b ^ seal))
      die("a value was read that nobody wrote");
  }

  const store_world* world_;
  engine* engine_;
  inbox* inbox_;
  double sets_;
  session_id session_;
  std::uint64_t random_;
  std::uint64_t sequence_ = 0;
};

/// Operations per second that came back durable.
std::vector<double> run_store(const std::string& path, const store_options& how) {
  const store_world world = make_store(how.rows, how.columns);
  inbox box;
  engine_options options;
  options.workers = how.workers;
  options.paced = true;
  options.keep =
    or_die(kept_world::create(posix_files(), path, {}, *world.setup, *world.cut,
                              kept_for(how.stop_after != 0 ? no_checkpoint : 5, true)));
  options.on_summary = [&](const world_summary& s) {
    if (s.outcomes)
      box.complete(s.outcomes, s.tick - 1);
  };
  options.on_durable = [&](tick_number tick) { box.durable(tick); };
  auto run = or_die(engine::start(world.setup, world.cut, options));
  std::atomic<bool> ends = false;
  std::vector<std::jthread> clients;
  for (session_id session = 1; session <= how.clients; ++session)
    clients.emplace_back(
      [&, session] { store_client(world, *run, box, how.sets, session).run(ends); });
  auto wait_for = [&](auto until) {
    for (const double begin = now_s(); !until();) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
      if (now_s() > begin + 60)
        die("nothing is acknowledged");
    }
  };
  if (how.stop_after != 0) {
    wait_for([&] { return box.acknowledged >= how.stop_after; });
    std::raise(SIGKILL);
  }
  const double begin = now_s();
  wait_for([&] { return now_s() > begin + how.warm_s; });
  const std::uint64_t before = box.acknowledged;
  const double measured_from = now_s();
  wait_for([&] { return now_s() > measured_from + how.measure_s; });
  const double rate = static_cast<double>(box.acknowledged - before) / (now_s() - measured_from);
  ends = true;
  clients.clear();
  run->stop();
  const auto ended = run->wait();
  if (ended.failure || ended.storage_failure)
    die(ended.failure ? ended.failure->message : ended.storage_failure->message);
  return {rate};
}

double store_rate(unsigned cpus, const store_options& how) {
  const data_folder folder;
  return in_child(cpus, [&] { return run_store(folder.path, how); }).front();
}

void whole_path() {
  std::vector<double> two, one, ratio;
  for (int round = 0; round < 3; ++round) {
    store_options how;
    two.push_back(store_rate(2, how));
    how.workers = how.clients = 1;
    one.push_back(store_rate(1, how));
    ratio.push_back(two.back() / one.back());
  }
  report.print({"24_shards_2_cpus_operations", median(two) * 1e-6, "M/s", 4, better::higher});
  report.print({"24_shards_1_cpu_operations", median(one) * 1e-6, "M/s", 0, better::higher});
  report.print({"24_shards_2_cpus_against_1", median(ratio), "x", 1.8, better::higher});
}

void curve() {
  const std::pair<int, int> cuts[] = {{1, 1}, {1, 2}, {2, 2}, {2, 4}, {3, 4}, {4, 4}, {4, 6}};
  for (auto [rows, columns] : cuts) {
    store_options how;
    how.rows = rows;
    how.columns = columns;
    how.measure_s = 1;
    report.print({"curve_" + std::to_string(rows * columns) + "_shards", store_rate(2, how) * 1e-6,
                  "M/s", 0, better::higher});
  }
}

/// Sets alone, in a world that is killed; then it comes back.
void replay() {
  const data_folder folder;
  store_options how;
  how.sets = 1;
  how.stop_after = 6'000'000;
  in_child(
    2, [&] { return run_store(folder.path, how); }, true);
  std::vector<double> rates, reading;
  for (int round = 0; round < 3; ++round) {
    const auto each = in_child(2, [&]() -> std::vector<double> {
      const store_world world = make_store(how.rows, how.columns);
      std::filesystem::copy(folder.path, folder.path + "-copy",
                            std::filesystem::copy_options::recursive);
      sync(); // a log that is recovered was on the disk; the copy would wait for it
      const double begin = now_s();
      std::shared_ptr<kept_world> keep =
        or_die(kept_world::open(posix_files(), folder.path + "-copy", *world.setup, *world.cut,
                                kept_for(no_checkpoint, true)));
      const double read = now_s();
      std::uint64_t commands = 0;
      for (const auto& [tick, batch] : keep->inputs())
        commands += batch->size();
      const tick_number last = keep->recovered().next_tick;
      std::atomic<double> replayed = 0;
      engine_options options;
      options.workers = 2;
      options.ticks = last;
      options.keep = keep;
      options.on_summary = [&](const world_summary& s) {
        if (s.tick == last)
          replayed = now_s();
      };
      auto ended = or_die(engine::start(world.setup, world.cut, options))->wait();
      std::filesystem::remove_all(folder.path + "-copy");
      if (ended.storage_failure)
        die("the world did not come back: " + ended.storage_failure->message);
      if (ended.last.tick != last || commands < how.stop_after / 2)
        die("the world came back to tick " + std::to_string(ended.last.tick) + " of " +
            std::to_string(last) + " with " + std::to_string(commands) + " commands");
      return {static_cast<double>(commands) / (replayed - begin),
              static_cast<double>(commands) / (read - begin)};
    });
    rates.push_back(each[0]);
    reading.push_back(each[1]);
  }
  report.print({"replayed_commands", median(rates) * 1e-6, "M/s", 10, better::higher});
  report.print(
    {"replayed_commands_reading_alone", median(reading) * 1e-6, "M/s", 0, better::higher});
}

// --- game `herds`, the default world

struct herds_world {
  world_config config;
  opened_world world;
};

herds_world open_herds() {
  const std::string file = std::string{TESSERA_SOURCE_DIR} + "/configs/worlds/herds.toml";
  herds_world out;
  out.config = or_die(load_world_file(file));
  out.world = or_die(open_world(out.config, built_in_games()));
  return out;
}

/// 1000 commands per second of world time, to entities that may be there.
std::vector<command> herds_commands(const opened_world& world, tick_number ticks) {
  const schema& game = *world.setup->game;
  component_id body = 0;
  if (game.find_component("body", &body) == nullptr)
    die("herds has no component body");
  std::vector<command> out;
  std::uint64_t random = 88172645463325252;
  const auto per_tick = static_cast<std::uint64_t>(1000 / world.setup->tick_rate_hz);
  for (tick_number t = 0; t < ticks; ++t) {
    for (std::uint64_t i = 0; i < per_tick; ++i) {
      random = random * 6364136223846793005 + 1442695040888963407;
      command c;
      c.session = 1;
      c.sequence = t * per_tick + i + 1;
      c.tick = t;
      c.op = command_op::set;
      c.target = entity_id::make(
        static_cast<std::uint16_t>((random >> 40) % static_cast<unsigned>(world.setup->extent.x1)),
        static_cast<std::uint16_t>((random >> 20) % static_cast<unsigned>(world.setup->extent.z1)),
        1);
      command::part part;
      part.type = body;
      part.fields = 1;
      part.bytes.resize(game.components[body].size);
      const float energy = 0.75F;
      std::memcpy(part.bytes.data() + game.components[body].fields[0].offset, &energy,
                  sizeof energy);
      c.parts.push_back(std::move(part));
      out.push_back(std::move(c));
    }
  }
  return out;
}

enum class keeping_how { in_memory, journal, journal_and_border };

struct tick_times {
  double p50 = 0;
  double p99 = 0;
};

tick_times herds_ticks(keeping_how how, tick_number ticks) {
  const data_folder folder;
  const auto each = in_child(2, [&]() -> std::vector<double> {
    auto herds = open_herds();
    engine_options options;
    options.workers = 2;
    options.paced = true;
    options.ticks = ticks;
    options.commands = herds_commands(herds.world, ticks);
    if (how != keeping_how::in_memory)
      options.keep = or_die(
        kept_world::create(posix_files(), folder.path, {}, *herds.world.setup, *herds.world.cut,
                           kept_for(no_checkpoint, how == keeping_how::journal_and_border)));
    const auto ended = or_die(engine::start(herds.world.setup, herds.world.cut, options))->wait();
    auto latency = ended.tick_latency_ms;
    latency.erase(latency.begin(), latency.begin() + 20); // while memory is still being committed
    return {percentile(latency, .5), percentile(latency, .99)};
  });
  return {each[0], each[1]};
}

void tick_cost() {
  constexpr tick_number ticks = 120; // 6 s
  std::vector<double> p50, p99, border_p50, border_p99, plain_p50, plain_p99;
  for (int round = 0; round < 3; ++round) {
    const auto memory = herds_ticks(keeping_how::in_memory, ticks);
    const auto journal = herds_ticks(keeping_how::journal, ticks);
    const auto border = herds_ticks(keeping_how::journal_and_border, ticks);
    plain_p50.push_back(memory.p50);
    plain_p99.push_back(memory.p99);
    p50.push_back((journal.p50 / memory.p50 - 1) * 100);
    p99.push_back((journal.p99 / memory.p99 - 1) * 100);
    border_p50.push_back((border.p50 / memory.p50 - 1) * 100);
    border_p99.push_back((border.p99 / memory.p99 - 1) * 100);
  }
  report.print({"herds_tick_in_memory_p50", median(plain_p50), "ms", 0, better::lower});
  report.print({"herds_tick_in_memory_p99", median(plain_p99), "ms", 0, better::lower});
  report.print({"herds_tick_cost_of_journal_p50", median(p50), "%", 3, better::lower});
  report.print({"herds_tick_cost_of_journal_p99", median(p99), "%", 10, better::lower});
  report.print(
    {"herds_tick_cost_of_journal_and_border_log_p50", median(border_p50), "%", 0, better::lower});
  report.print(
    {"herds_tick_cost_of_journal_and_border_log_p99", median(border_p99), "%", 0, better::lower});
}

/// The default world after a kill, 30 s after its last checkpoint: from opening the world file, terrain
/// and fill included, until it stands where it stood.
void recovery() {
  constexpr tick_number ticks = 600;
  const data_folder folder;
  in_child(
    2,
    [&]() -> std::vector<double> {
      auto herds = open_herds();
      engine_options options;
      options.workers = 2;
      options.commands = herds_commands(herds.world, ticks);
      options.keep = or_die(kept_world::create(posix_files(), folder.path, {}, *herds.world.setup,
                                               *herds.world.cut, kept_for(no_checkpoint, true)));
      options.on_durable = [&](tick_number tick) {
        if (tick + 1 >= ticks)
          std::raise(SIGKILL);
      };
      or_die(engine::start(herds.world.setup, herds.world.cut, options))->wait();
      die("the world ended before it was killed");
    },
    true);
  const auto took = in_child(2, [&]() -> std::vector<double> {
    const double begin = now_s();
    auto herds = open_herds();
    const std::shared_ptr<kept_world> keep =
      or_die(kept_world::open(posix_files(), folder.path, *herds.world.setup, *herds.world.cut,
                              kept_for(no_checkpoint, true)));
    const tick_number last = keep->recovered().next_tick;
    std::atomic<double> stands = 0;
    engine_options options;
    options.workers = 2;
    options.ticks = last;
    options.keep = keep;
    options.on_summary = [&](const world_summary& s) {
      if (s.tick == last)
        stands = now_s();
    };
    const auto ended = or_die(engine::start(herds.world.setup, herds.world.cut, options))->wait();
    if (ended.storage_failure || ended.last.tick != last || last < ticks)
      die("the world did not come back");
    return {(stands - begin) * ticks / static_cast<double>(last)};
  });
  report.print({"recovery_of_the_default_world_30_s", took.front(), "s", 5, better::lower});
}

} // namespace

int main(int argc, char** argv) {
  directory = std::filesystem::read_symlink("/proc/self/exe").parent_path().parent_path();
  std::string_view only;
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    if (report.takes(word))
      continue;
    if (word == "--dir" && i + 1 < argc)
      directory = argv[++i];
    else
      only = word;
  }
  const std::pair<std::string_view, void (*)()> parts[] = {{"path", whole_path},
                                                           {"curve", curve},
                                                           {"replay", replay},
                                                           {"cost", tick_cost},
                                                           {"recovery", recovery}};
  for (const auto& [name, run] : parts)
    if (only.empty() || only == name)
      run();
}
