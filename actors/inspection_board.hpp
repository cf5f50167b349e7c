// Where the inspector actor puts what it knows, for whoever asks from outside; it outlives the actors of a world
// that is restarted.
//
// Always true: what is taken from it is immutable; nobody who runs the world ever waits for its lock, only the
// inspector actor and those who ask.
//
// Thread: any.
#pragma once

#include "net/inspected_world.hpp"

#include <condition_variable>
#include <map>
#include <mutex>

namespace tessera {

class inspection_board {
public:
  explicit inspection_board(session_id own) : own_(own) {}

  /// Who the inspector's commands come from.
  session_id session() const { return own_; }
  std::uint64_t next_sequence();

  void put(std::shared_ptr<const seen_world> seen, const kept_state& kept,
           const std::vector<command_answer>& answers);

  std::shared_ptr<const seen_world> seen() const; ///< null before the first state
  kept_state kept() const;
  /// Until there is another state than `after`, be it of a world that went back, or another control version than the one at the call.
  std::shared_ptr<const seen_world> wait_for(tick_number after, std::chrono::milliseconds most);
  /// Until the command is answered or can not be soon, since the world is held below `tick`.
  std::optional<command_answer> wait_for_answer(std::uint64_t sequence, tick_number tick,
                                                std::chrono::milliseconds most);

private:
  static constexpr std::size_t most_answers = 256;

  session_id own_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::uint64_t sequence_ = 0;
  std::shared_ptr<const seen_world> seen_;
  kept_state kept_;
  std::map<std::uint64_t, command_answer> answers_; ///< by sequence, the newest
};

} // namespace tessera
