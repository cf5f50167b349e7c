// Writes the journal: gathers the ticks that were logged while the disk was busy into one flush round,
// and tells the conductor what is durable. Detached, because it waits for the disk.
//
// What always holds: rounds go out in order of tick; after the first failure nothing is written and
// nothing is called durable any more.
#pragma once

#include "actors/messages.hpp"
#include "actors/traced_actor.hpp"

namespace tessera {

class journal_actor : public traced_actor {
public:
  journal_actor(caf::actor_config& config, std::shared_ptr<const tracing> traced,
                std::unique_ptr<journal> to, keep_options options, caf::actor conductor);

  caf::behavior make_behavior() override;
  const char* name() const override { return "journal"; }
  void on_exit() override { conductor_ = nullptr; }

private:
  void take(const tick_log& log);
  void flush();
  void close();
  void fail_with(const error& why);

  std::unique_ptr<journal> journal_;
  keep_options options_;
  caf::actor conductor_;
  std::optional<tick_number> newest_; ///< logged
  bool flush_sent_ = false;           ///< a flush_now is in the mailbox, behind what came before
  bool timer_set_ = false;
  bool failed_ = false;
};

} // namespace tessera
