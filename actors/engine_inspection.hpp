// A running engine as the inspector sees it.
#pragma once

#include "actors/engine.hpp"
#include "actors/inspection_board.hpp"
#include "actors/tracing.hpp"
#include "net/inspected_world.hpp"

#include <caf/actor.hpp>

namespace tessera {

/// Those of an engine that answer onlookers.
struct engine_actors {
  caf::actor conductor;
  caf::actor inspector;
  const tracing& traced;
};

class engine_inspection : public inspected_world {
public:
  /// The engine outlives it.
  engine_inspection(engine& of, world_about about, std::shared_ptr<inspection_board> board,
                    std::shared_ptr<trace_recorder> recorder, std::shared_ptr<kept_world> keep)
    : engine_(&of), about_(std::move(about)), board_(std::move(board)),
      recorder_(std::move(recorder)), keep_(std::move(keep)) {}

  const world_about& about() const override { return about_; }
  trace_recorder& recorder() override { return *recorder_; }
  answer<std::shared_ptr<const seen_world>> seen() override;
  answer<std::shared_ptr<const seen_world>> wait_for(tick_number after,
                                                     std::chrono::milliseconds most) override;
  void want_shard_figures() override;
  answer<world_look> look(look_request what, std::vector<shard_id> shards,
                          std::chrono::milliseconds most) override;
  answer<control_state> control(const control_order& order) override;
  answer<edit_answer> edit(command what, std::chrono::milliseconds most) override;
  answer<kept_state> history() override;
  answer<std::map<std::string, std::uint64_t>> waiting_messages() override;

private:
  engine* engine_;
  world_about about_;
  std::shared_ptr<inspection_board> board_;
  std::shared_ptr<trace_recorder> recorder_;
  std::shared_ptr<kept_world> keep_;
};

} // namespace tessera
