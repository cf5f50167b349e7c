// Writes the border log: what every shard was given in every tick, and the hash that it came to, so that
// one shard can be run again alone. Detached, because it encodes much and waits for the disk. Never
// synced: recovery does not need it.
//
// What always holds: a tick is written once all shards have run it, but for the one that ends the world by
// failing twice; a failed write ends the log, not the world. Without a border log only that tick is
// written.
#pragma once

#include "actors/messages.hpp"
#include "actors/traced_actor.hpp"

namespace tessera {

class border_actor : public traced_actor {
public:
  border_actor(caf::actor_config& config, std::shared_ptr<const tracing> traced,
               std::unique_ptr<journal> to, std::string layout_name, caf::actor conductor);

  caf::behavior make_behavior() override;
  const char* name() const override { return "border log"; }
  void on_exit() override { conductor_ = nullptr; }

private:
  void take(const log_borders& m);
  void append(const border_record& of_shard);
  void take_failed(const log_failed_tick& m);
  void give_up(const error& why);

  std::unique_ptr<journal> journal_;
  std::string layout_name_;
  caf::actor conductor_;
  std::vector<std::byte> bytes_; ///< used again
  bool failed_ = false;
  bool failed_tick_logged_ = false;
};

} // namespace tessera
