// What the conductor knows: which ticks may run, which commands and letters they get, and what the
// world was like at every tick that all shards have finished.
//
// Always true:
// - a grant for tick t is made once all shards have reported the state limits::far_mail_ticks - 1
//   ticks earlier, so the letters and world values in it are complete and the same under any layout;
// - a grant never changes once made; a batch is stamped with a tick not yet granted, so no input is
//   late; within a tick commands are ordered by (session, sequence);
// - its work grows with batches and shards, not with commands: a batch is looked into only where its
//   numbers overlap with others' or were seen before;
// - nothing here depends on the order in which reports arrive: sums are of integers, lists are sorted.
//
// Thread: one at a time; actors/ gives it to the conductor actor, tests drive it by hand.
#pragma once

#include "shards/command_batch.hpp"
#include "shards/mail.hpp"
#include "shards/saved_world.hpp"
#include "shards/world_setup.hpp"

#include <deque>
#include <map>
#include <memory>
#include <vector>

namespace tessera {

using grant_pointer = std::shared_ptr<const grant>;

/// The answer to one command.
struct command_answer {
  session_id session = 0;
  std::uint64_t sequence = 0;
  tick_number tick = 0; ///< at which it applied or was refused
  command_result result = command_result::applied;
  std::string reason;
  entity_id entity;               ///< the target, or the newborn
  component_id component = 0;     ///< of a get that was applied; likewise
  std::vector<std::byte> value{}; ///< the component's bytes
};

/// What became of a tick's commands, as its shards reported it: small, and cheap to pass on. Of a command
/// that is in no list nobody had the target.
struct tick_outcomes {
  grant_pointer ran;
  std::vector<command_outcomes> by_shard;

  const routed_batch& batch_of(const command_outcome& o) const { return *ran->commands[o.batch]; }
  /// Of a get that was applied, in the list of `shard`.
  std::span<const std::byte> value_of(const command_outcome& o, shard_id shard) const {
    return std::span(by_shard[shard].values).subspan(o.detail, o.value_bytes);
  }
  /// One per command, in (session, sequence) order.
  std::vector<command_answer> answers(tick_number tick) const;
};

/// The world after `tick` ticks, all shards together.
struct world_summary {
  tick_number tick = 0;
  std::uint64_t hash = 0;
  std::uint64_t entities = 0;   ///< in shards, packets and letters
  std::uint64_t travelling = 0; ///< of these, in letters
  std::uint64_t born = 0;       ///< in the tick that led here; likewise below
  std::uint64_t died = 0;
  std::uint64_t migrations = 0;
  std::uint64_t events_sent = 0;
  std::uint64_t events_crossing = 0;
  std::uint64_t events_refused = 0;
  std::uint64_t far_mail = 0;
  std::uint64_t ghosts = 0;
  std::uint64_t packet_bytes = 0;
  std::uint64_t busy_ns = 0; ///< longest of any shard
  shard_id slowest = 0;      ///< that shard; the lowest of several
  std::uint64_t busy_ns_sum = 0;
  std::uint64_t wait_ns_sum = 0; ///< shards with their grant waited for packets of neighbours
  std::vector<std::int64_t> world_values;
  /// What the tick that led here was given, and what became of it; null for a first state.
  std::shared_ptr<const tick_outcomes> outcomes;
  bool replayed = false; ///< that tick ran before, and its commands were answered then
  /// To repeats, and to commands that were refused before their tick.
  std::vector<command_answer> other_answers;

  /// One per command, in (session, sequence) order, then the others.
  std::vector<command_answer> answers() const;
};

class conductor {
public:
  /// Of a world that starts anew, or goes on from what save() gave; its shards report that state
  /// first.
  conductor(std::shared_ptr<const world_setup> setup, std::shared_ptr<const layout> cut,
            const saved_conductor* from = nullptr);

  /// What is in nobody's shard at the newest complete state.
  saved_conductor save() const;

  /// Takes a batch that was routed by this conductor's layout. Without `at`, it is stamped with the next
  /// tick to be granted; otherwise that tick must not be granted yet, unless all of the batch was applied
  /// before: a repeat is answered whenever it comes. Fails with the reason when it is late.
  result<tick_number> submit(batch_pointer batch, std::optional<tick_number> at);
  /// A batch of one. Fails when it is malformed, too.
  result<tick_number> submit(const command& c, bool any_tick);

  /// Takes the inputs of ticks that ran before, in a world that goes on from a saved state: they run
  /// again in ticks below `until`, and nobody else's command gets one of those.
  void replay(std::vector<stamped_batch> inputs, tick_number until);

  /// Next tick to be granted.
  tick_number next_tick() const { return next_tick_; }

  /// Whether the rules allow a grant for next_tick().
  bool may_grant() const;

  /// Makes the grant for next_tick() if the rules allow it; null otherwise. `save`: shards copy the
  /// state after it for a checkpoint.
  grant_pointer try_grant(bool save = false);

  /// Takes a shard's report. Completed ticks come out of take_summaries().
  void take_report(shard_report report);

  /// Summaries completed since the last call, in order of tick.
  std::vector<world_summary> take_summaries();

  /// Newest state that all shards have reported; nothing before the first.
  bool started() const { return complete_ > first_; }
  tick_number complete_tick() const { return complete_ - 1; }

  /// Far mail of complete states that is not opened yet, by the tick that opens it; after a state is
  /// complete and before a grant is used, that is all there is in letters.
  const std::map<tick_number, std::vector<letter>>& letters_in_flight() const { return letters_; }

private:
  struct state {
    std::size_t reports = 0;
    world_summary sum;
    std::vector<letter> letters;
    std::vector<command_outcomes> outcomes; ///< by shard
    std::vector<std::uint32_t> delivered;
  };

  std::uint64_t last_seen(session_id session) const;
  void take_batches(std::vector<batch_pointer> due, grant& into);
  void merge_batches(std::span<const batch_pointer> due, grant& into,
                     std::vector<command_answer>& repeats);
  void complete(state& s);
  void settle_commands(state& s);
  void count_letters(state& s);
  std::uint64_t hash_of_sessions() const;

  std::shared_ptr<const world_setup> setup_;
  std::shared_ptr<const layout> layout_;
  tick_number first_ = 0; ///< state at which this conductor began
  tick_number next_tick_ = 0;
  tick_number open_from_ = 0; ///< ticks below take no commands but those of replay()
  tick_number complete_ = 0;  ///< states 0 .. complete_ - 1 are complete
  std::map<tick_number, state> open_;
  std::map<tick_number, std::vector<batch_pointer>> stamped_; ///< by tick, not yet granted
  std::map<tick_number, grant_pointer> granted_;              ///< ticks not yet complete
  std::deque<std::pair<tick_number, std::vector<command_answer>>> repeats_;
  std::map<session_id, std::uint64_t> granted_sequence_;  ///< with all granted ticks
  std::map<session_id, std::uint64_t> replayed_sequence_; ///< with all ticks of replay()
  std::map<session_id, std::uint64_t> sequence_;          ///< with all complete ticks: world state
  std::map<tick_number, std::vector<letter>> letters_;    ///< by tick of delivery
  std::map<tick_number, std::vector<std::int64_t>> values_; ///< by state
  std::vector<world_summary> summaries_;
};

/// Hash of a letter in flight.
std::uint64_t hash_letter(const letter& mail);

} // namespace tessera
