// What the conductor knows: which ticks may run, which commands and letters they get, and what the
// world was like at every tick that all shards have finished.
//
// Always true:
// - a grant for tick t is made once all shards have reported the state limits::far_mail_ticks - 1
//   ticks earlier, so the letters and world values in it are complete and the same under any layout;
// - a grant never changes once made; a command is stamped with a tick not yet granted, so no input is
//   late; within a tick commands are ordered by (session, sequence);
// - nothing here depends on the order in which reports arrive: sums are of integers, lists are sorted.
//
// Thread: one at a time; actors/ gives it to the conductor actor, tests drive it by hand.
#pragma once

#include "shards/mail.hpp"
#include "shards/saved_world.hpp"
#include "shards/world_setup.hpp"

#include <deque>
#include <limits>
#include <map>
#include <memory>
#include <vector>

namespace tessera {

using grant_pointer = std::shared_ptr<const grant>;

/// A command's target was nobody's.
inline constexpr shard_id no_shard = std::numeric_limits<shard_id>::max();

/// The answer to one command.
struct command_answer {
  session_id session = 0;
  std::uint64_t sequence = 0;
  tick_number tick = 0; ///< at which it applied or was refused
  command_result result = command_result::applied;
  std::string reason;
  entity_id entity;
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
  std::uint64_t busy_ns_sum = 0;
  std::uint64_t wait_ns_sum = 0; ///< shards with their grant waited for packets of neighbours
  std::vector<std::int64_t> world_values;
  std::vector<command_answer> answers;
  /// What the tick that led here was given; null for a first state.
  grant_pointer ran;
  /// Per command of `ran`: the shard that applied or rejected it, or no_shard.
  std::vector<shard_id> applied_by;
};

class conductor {
public:
  /// Of a world that starts anew, or goes on from what save() gave; its shards report that state
  /// first.
  conductor(std::shared_ptr<const world_setup> setup, std::size_t shard_count,
            const saved_conductor* from = nullptr);

  /// What is in nobody's shard at the newest complete state.
  saved_conductor save() const;

  /// Takes a command. With `any_tick`, it is stamped with the next tick to be granted; otherwise its
  /// tick must not be granted yet, unless the command was applied before: a repeat is answered
  /// whenever it comes. Fails with the reason when it is late or malformed.
  result<tick_number> submit(command c, bool any_tick);

  /// Takes the inputs of ticks that ran before, in a world that goes on from a saved state: they run
  /// again in ticks below `until`, and nobody else's command gets one of those.
  void replay(std::vector<command> inputs, tick_number until);

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
    struct outcome {
      command_outcome of;
      shard_id shard = 0;
      auto order() const { return std::tuple(of.session, of.sequence); }
    };
    std::vector<outcome> outcomes;
    std::vector<std::uint32_t> delivered;
  };

  bool is_repeat(const command& c) const;
  void complete(state& s);
  void answer_commands(state& s);
  void count_letters(state& s);
  std::uint64_t hash_of_sessions() const;

  std::shared_ptr<const world_setup> setup_;
  std::size_t shard_count_;
  tick_number first_ = 0; ///< state at which this conductor began
  tick_number next_tick_ = 0;
  tick_number open_from_ = 0; ///< ticks below take no commands but those of replay()
  tick_number complete_ = 0;  ///< states 0 .. complete_ - 1 are complete
  std::map<tick_number, state> open_;
  std::map<tick_number, std::vector<command>> stamped_; ///< by tick, not yet granted
  std::map<tick_number, grant_pointer> granted_;        ///< ticks not yet complete
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

/// Checks a command against the world: place inside it, finite numbers, known types and sizes.
result<void> check_command(const world_setup& setup, const command& c);

} // namespace tessera
