#include "actors/inspection_board.hpp"

namespace tessera {

std::uint64_t inspection_board::next_sequence() {
  const std::scoped_lock held{mutex_};
  return ++sequence_;
}

void inspection_board::put(std::shared_ptr<const seen_world> seen, const kept_state& kept,
                           const std::vector<command_answer>& answers) {
  {
    const std::scoped_lock held{mutex_};
    seen_ = std::move(seen);
    kept_ = kept;
    for (const auto& a : answers)
      answers_[a.sequence] = a;
    while (answers_.size() > most_answers)
      answers_.erase(answers_.begin());
  }
  changed_.notify_all();
}

std::shared_ptr<const seen_world> inspection_board::seen() const {
  const std::scoped_lock held{mutex_};
  return seen_;
}

kept_state inspection_board::kept() const {
  const std::scoped_lock held{mutex_};
  return kept_;
}

std::shared_ptr<const seen_world> inspection_board::wait_for(tick_number after,
                                                             std::chrono::milliseconds most) {
  std::unique_lock held{mutex_};
  const std::uint64_t version = seen_ ? seen_->control.version : 0;
  changed_.wait_for(held, most, [&] {
    return seen_ && (seen_->newest.tick != after || seen_->control.version != version);
  });
  return seen_;
}

std::optional<command_answer> inspection_board::wait_for_answer(std::uint64_t sequence,
                                                                tick_number tick,
                                                                std::chrono::milliseconds most) {
  std::unique_lock held{mutex_};
  changed_.wait_for(held, most, [&] {
    const bool stands = seen_ && seen_->control.held_at && *seen_->control.held_at <= tick &&
                        seen_->newest.tick >= *seen_->control.held_at;
    return answers_.contains(sequence) || stands;
  });
  auto found = answers_.find(sequence);
  return found == answers_.end() ? std::nullopt : std::optional(found->second);
}

} // namespace tessera
