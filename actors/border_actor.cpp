#include "actors/border_actor.hpp"

#include "shards/command_batch.hpp"
#include "shards/packet_codec.hpp"

#include <spdlog/spdlog.h>

namespace tessera {

namespace {

border_inputs inputs_of(const std::vector<packet_pointer>& packets, const grant& given) {
  border_inputs out;
  out.packets = packets;
  out.letters = given.letters;
  if (given.world_values)
    out.world_values = *given.world_values;
  return out;
}

} // namespace

border_actor::border_actor(caf::actor_config& config, std::shared_ptr<const tracing> traced,
                           std::unique_ptr<journal> to, std::string layout_name,
                           caf::actor conductor)
  : traced_actor(config, std::move(traced), "border log"), journal_(std::move(to)),
    layout_name_(std::move(layout_name)), conductor_(std::move(conductor)) {}

caf::behavior border_actor::make_behavior() {
  set_exception_handler([this](std::exception_ptr& thrown) -> caf::error {
    try {
      std::rethrow_exception(thrown);
    } catch (const std::exception& e) {
      give_up({error_code::failure, e.what()});
    } catch (...) {
      give_up({error_code::failure, "an exception that is no std::exception"});
    }
    return caf::none;
  });
  return {
    [this](const log_borders& m) { take(m); },
    [this](const log_failed_tick& m) { take_failed(m); },
    [this](const forget_ticks& m) {
      if (!failed_)
        if (auto ok = journal_->remove_before(m.before); !ok)
          give_up(ok.error());
    },
    [this](const close_journal&) {
      if (!failed_)
        if (auto ok = journal_->close(); !ok)
          give_up(ok.error());
      tell(conductor_,
           border_closed{journal_->statistics().bytes, failed_tick_logged_, messages_sent() + 1});
    },
  };
}

void border_actor::take(const log_borders& m) {
  if (!failed_) {
    // In every tick, because older segments go; of one shard that every layout has.
    journal_->append(0, m.tick, static_cast<std::uint16_t>(record_kind::border_layout),
                     std::as_bytes(std::span(layout_name_)));
    for (const auto& of_shard : *m.of_shards)
      append(of_shard);
    if (auto ok = journal_->flush(m.tick); !ok)
      give_up(ok.error());
  }
  tell(conductor_, border_logged{m.tick, journal_->statistics().bytes});
}

void border_actor::append(const border_record& of_shard) {
  border_inputs inputs = inputs_of(of_shard.packets, *of_shard.given);
  inputs.after_start = of_shard.after_start;
  bytes_.clear();
  write_border_inputs(bytes_, inputs);
  tick_number tick = of_shard.given->tick;
  journal_->append(of_shard.shard, tick, static_cast<std::uint16_t>(record_kind::border_inputs),
                   bytes_);
  journal_->append(of_shard.shard, tick, static_cast<std::uint16_t>(record_kind::shard_hash),
                   std::as_bytes(std::span(&of_shard.hash, 1)));
}

void border_actor::take_failed(const log_failed_tick& m) {
  tick_number tick = m.inputs->given->tick;
  bool replayed =
    journal_->durable_tick() >= tick; // it ran once, and its inputs are where they were
  failed_tick_logged_ = replayed;
  if (failed_ || replayed)
    return;
  auto append = [&](record_kind kind) {
    journal_->append(m.shard, tick, static_cast<std::uint16_t>(kind), bytes_);
  };
  bytes_.clear();
  for (const auto& c : commands_of(*m.inputs->given))
    write_command(bytes_, c);
  append(record_kind::failed_commands);
  bytes_.clear();
  write_border_inputs(bytes_, inputs_of(m.inputs->packets, *m.inputs->given));
  append(record_kind::failed_inputs);
  if (auto ok = journal_->flush(tick); !ok)
    return give_up(ok.error());
  failed_tick_logged_ = true;
}

void border_actor::give_up(const error& why) {
  if (!std::exchange(failed_, true))
    spdlog::warn("the border log ends here, the world goes on: {}", why.message);
}

} // namespace tessera
