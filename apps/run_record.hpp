// What a run leaves behind: sums over its ticks, the hashes asked for, and what became of every
// command.
//
// Always true: every command that was taken is in `pending` until its answer comes; what is there
// at the end is answered as not run. So nothing that was taken goes without an answer.
//
// Thread: any; each function takes the lock. Answers may come before taken() names their command.
#pragma once

#include "apps/duration_histogram.hpp"
#include "shards/conductor.hpp"

#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace tessera {

/// One line of the acks file.
struct ack {
  session_id session = 0;
  std::uint64_t sequence = 0;
  tick_number tick = 0;
  std::string
    result; ///< applied, repeated, no_such_entity, rejected, not_run, not_durable, malformed
  std::string reason;     ///< of rejected, not_run and malformed
  entity_id entity;       ///< whom it was for, or the newborn; 0 if nobody
  std::uint64_t line = 0; ///< of a malformed one, which has no session and sequence to be named by
  component_id component = 0; ///< of a get that was applied; likewise
  std::vector<std::byte> value{};
};

/// Sums over all ticks so far.
struct run_totals {
  std::uint64_t born = 0;
  std::uint64_t died = 0;
  std::uint64_t migrations = 0;
  std::uint64_t events_sent = 0;
  std::uint64_t events_crossing = 0;
  std::uint64_t events_refused = 0;
  std::uint64_t far_mail = 0;
  std::uint64_t packet_bytes = 0;
  std::uint64_t busy_ns = 0; ///< of all shards
  double entity_ticks = 0;   ///< entities after each tick, summed
};

/// The world now, and the ticks since the last look.
struct run_glance {
  bool started = false; ///< tick 0 is complete
  tick_number tick = 0;
  std::uint64_t entities = 0;
  std::uint64_t migrations = 0; ///< since the last glance; likewise ticks
  duration_histogram ticks;
};

class run_record {
public:
  /// Keeps the hash of every `hash_every`-th tick, of tick 0 too; 0: of none.
  explicit run_record(std::uint64_t hash_every) : hash_every_(hash_every) {}

  /// The run goes on from the state at `first`: what leads there is only replayed. With
  /// `answers_wait`, answers are held until durable() says that the tick they come from is.
  void go_on_from(tick_number first, bool answers_wait);

  /// A state is complete. True if it brought answers.
  bool add(const world_summary& summary);

  /// Inputs of ticks up to `tick` are durable. True if answers came free.
  bool durable(tick_number tick);

  /// A command was accepted and is due at `tick`.
  void taken(const command& c, tick_number tick);

  /// A command was refused at once: it is answered without having been taken.
  void refused(ack answer);

  /// Commands still pending are answered: the world has ended before their tick.
  void close();

  /// Answers since the last call.
  std::vector<ack> take_answers();
  run_glance glance();

  run_totals totals() const;
  /// Result -> how many commands.
  std::map<std::string, std::uint64_t> commands() const;
  std::uint64_t malformed() const;
  duration_histogram ticks() const;
  std::vector<std::pair<tick_number, std::uint64_t>> hashes() const;

private:
  void answer(ack one);
  void answer_from(tick_number state, ack one);

  mutable std::mutex lock_;
  std::uint64_t hash_every_;
  run_totals totals_;
  duration_histogram ticks_;
  run_glance recent_;
  std::vector<std::pair<tick_number, std::uint64_t>> hashes_;
  std::map<std::tuple<tick_number, session_id, std::uint64_t>, std::int64_t> pending_;
  std::map<std::string, std::uint64_t> commands_;
  std::vector<ack> answers_;
  tick_number first_ = 0;
  bool answers_wait_ = false;
  std::deque<std::pair<tick_number, ack>> waiting_; ///< by the tick that must be durable first
};

/// As acks and reports spell it.
std::string result_name(command_result result);

} // namespace tessera
