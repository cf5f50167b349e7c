// What the inspector asks of a running world: the face that actors/ shows to net/.
//
// Always true: every answer is a copy or immutable; what names a tick is the state after that many ticks
// of all shards; none of the questions changes what the world computes, but edit().
//
// Thread: every function may be called from any thread, and blocks for the times given at most.
#pragma once

#include "core/trace_recorder.hpp"
#include "shards/conductor.hpp"
#include "shards/layout.hpp"
#include "shards/look.hpp"
#include "shards/mail.hpp"
#include "shards/world_setup.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <tl/expected.hpp>
#include <vector>

namespace tessera {

/// Why a question has no answer, as HTTP's status has it.
struct refusal {
  int status = 400;
  std::string why;
};
template <class T>
using answer = tl::expected<T, refusal>;
inline tl::unexpected<refusal> refuse_with(int status, std::string why) {
  return tl::unexpected<refusal>(refusal{status, std::move(why)});
}

/// What never changes while the world runs.
struct world_about {
  std::shared_ptr<const world_setup> setup;
  std::shared_ptr<const layout> cut;
  unsigned workers = 0;
  bool kept = false;
};

/// Who holds the world, and how fast it is to run.
struct pace {
  enum class kind : std::uint8_t { real, max, times };
  kind how = kind::max;
  double factor = 1; ///< of times
};
struct control_state {
  std::uint64_t version = 0; ///< rises with every change
  tick_number next_tick = 0;
  std::optional<tick_number> held_at; ///< no tick is granted at or above
  bool held_on_the_way = false;       ///< run_to or step asked for held_at
  pace speed;
  bool ended = false;
};
struct control_order {
  enum class kind : std::uint8_t { tell, pause, resume, step, run_to, speed };
  kind what = kind::tell;
  tick_number tick = 0; ///< step: how many; run_to: state to stand at
  pace speed;
};

/// One completed tick.
struct tick_frame {
  tick_number tick = 0;      ///< ticks run after it
  std::uint64_t busy_ns = 0; ///< of the slowest shard
  shard_id slowest = 0;
  std::uint64_t interval_ns = 0; ///< since the state before was complete; 0 for the first
  std::uint64_t entities = 0;
  std::uint64_t migrations = 0;
};

/// Sums since the start of the command.
struct tick_totals {
  /// Upper bounds of the histogram's buckets, in seconds; one more takes the rest.
  static constexpr std::array<double, 12> bounds_s = {0.0005, 0.001, 0.0025, 0.005, 0.01, 0.02,
                                                      0.03,   0.05,  0.1,    0.2,   0.5,  1};
  std::array<std::uint64_t, bounds_s.size() + 1> ticks_by_time{};
  std::uint64_t ticks = 0;
  std::uint64_t busy_ns = 0;     ///< of the slowest shard
  std::uint64_t busy_ns_sum = 0; ///< of all shards
  std::uint64_t wait_ns_sum = 0;
  std::uint64_t migrations = 0;
  std::uint64_t packet_bytes = 0;
  std::uint64_t events = 0;
  std::uint64_t births = 0;
  std::uint64_t deaths = 0;

  void add(const world_summary& state);
  void add(const tick_totals& others);
};

/// Every shard's figures of one tick, in the order of the layout.
struct shard_figures {
  struct of_shard {
    std::uint64_t busy_ns = 0;
    std::uint64_t wait_ns = 0;
    std::uint64_t entities = 0;
    std::uint64_t ghosts = 0;
    std::uint64_t left = 0;
    std::uint64_t packet_bytes = 0;
    std::vector<border_flow> flows; ///< to each neighbour, in the order of layout::neighbours
  };
  tick_number tick = 0;
  std::vector<of_shard> shards;
};

/// The newest complete state, and what led to it.
struct seen_world {
  world_summary newest; ///< without answers and grant
  control_state control;
  std::shared_ptr<const shard_figures> shards; ///< null until they were asked for
  std::vector<tick_frame> frames;              ///< oldest first, at most most_frames
  tick_totals totals;
  double planned_ns = 0; ///< between two ticks at the speed of now; 0 at speed max

  static constexpr std::size_t most_frames = 600;
};

/// Answers of all shards that were asked, of one tick.
struct world_look {
  tick_number tick = 0;
  std::vector<std::shared_ptr<const shard_look>> shards; ///< by shard
};

/// What became of an edit.
struct edit_answer {
  tick_number tick = 0;
  std::optional<command_answer> answer; ///< none: it waits, since the world is held
};

/// What is durable of a kept world.
struct kept_state {
  std::optional<tick_number> durable_tick;
  std::uint64_t checkpoints = 0;
  std::optional<tick_number> checkpoint_tick;
  std::uint64_t checkpoint_bytes = 0;
  double checkpoint_s = 0;
  tick_number recovered_from = 0;
  tick_number replayed_ticks = 0;
  double recovery_s = 0;
  std::uint64_t disk_journal = 0;
  std::uint64_t disk_border = 0;
  std::uint64_t disk_checkpoints = 0;
  std::uint64_t disk_other = 0;
};

class inspected_world {
public:
  virtual ~inspected_world() = default;

  virtual const world_about& about() const = 0;
  /// Where actors record what they do.
  virtual trace_recorder& recorder() = 0;

  /// The newest state; 503 before the first.
  virtual answer<std::shared_ptr<const seen_world>> seen() = 0;
  /// As seen(), once it has another state than `after`, or another control version, or the time is over.
  virtual answer<std::shared_ptr<const seen_world>> wait_for(tick_number after,
                                                             std::chrono::milliseconds most) = 0;
  /// Makes the world collect figures of every shard for a while.
  virtual void want_shard_figures() = 0;
  /// `shards`: whom to ask, ascending; empty: all.
  virtual answer<world_look> look(look_request what, std::vector<shard_id> shards,
                                  std::chrono::milliseconds most) = 0;
  virtual answer<control_state> control(const control_order& order) = 0;
  /// Gives the command its session, sequence and tick, and waits for its answer.
  virtual answer<edit_answer> edit(command what, std::chrono::milliseconds most) = 0;
  /// Messages that wait in mailboxes, by kind of actor: "shard", "conductor".
  virtual answer<std::map<std::string, std::uint64_t>> waiting_messages() = 0;
  /// 404 of a world that is in memory only.
  virtual answer<kept_state> history() = 0;
};

} // namespace tessera
