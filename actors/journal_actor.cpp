#include "actors/journal_actor.hpp"

#include <chrono>

namespace tessera {

journal_actor::journal_actor(caf::actor_config& config, std::shared_ptr<const tracing> traced,
                             std::unique_ptr<journal> to, keep_options options,
                             caf::actor conductor)
  : traced_actor(config, std::move(traced), "journal"), journal_(std::move(to)), options_(options),
    conductor_(std::move(conductor)) {}

caf::behavior journal_actor::make_behavior() {
  set_exception_handler([this](std::exception_ptr& thrown) -> caf::error {
    try {
      std::rethrow_exception(thrown);
    } catch (const std::exception& e) {
      fail_with({error_code::failure, e.what()});
    } catch (...) {
      fail_with({error_code::failure, "an exception that is no std::exception"});
    }
    return caf::none;
  });
  return {
    [this](const log_tick& m) { take(*m.log); },
    [this](const flush_now&) {
      flush_sent_ = false;
      flush();
    },
    [this](const flush_due&) {
      timer_set_ = false;
      flush();
    },
    [this](const forget_ticks& m) {
      if (failed_)
        return;
      if (auto ok = journal_->remove_before(m.before); !ok)
        fail_with(ok.error());
    },
    [this](const close_journal&) { close(); },
  };
}

void journal_actor::take(const tick_log& log) {
  if (failed_)
    return;
  for (const auto& entry : log.entries)
    journal_->append(entry.shard, log.tick, static_cast<std::uint16_t>(entry.kind), entry.bytes);
  journal_->append(0, log.tick, static_cast<std::uint16_t>(record_kind::world_hash),
                   std::as_bytes(std::span(&log.hash, 1)));
  newest_ = log.tick;
  // Without sync a write is cheap; with it somebody waits for the acknowledgement. Ticks that came
  // while the last round was written are in the mailbox before this message, so they go with it.
  bool soon =
    options_.how == durability::none || (options_.how == durability::sync && !log.entries.empty());
  if (soon && !flush_sent_) {
    flush_sent_ = true;
    send(this, flush_now{});
  } else if (!soon && !timer_set_) {
    timer_set_ = true;
    delayed_send(this, std::chrono::milliseconds(options_.flush_interval_ms), flush_due{});
  }
}

void journal_actor::flush() {
  if (failed_ || !newest_ || journal_->durable_tick() >= newest_)
    return;
  if (auto ok = journal_->flush(*newest_); !ok)
    return fail_with(ok.error());
  tell(conductor_, ticks_durable{*journal_->durable_tick(), journal_->statistics().bytes});
}

void journal_actor::close() {
  flush();
  if (!failed_)
    if (auto ok = journal_->close(); !ok)
      fail_with(ok.error());
  tell(conductor_, journal_closed{std::make_shared<journal_statistics>(journal_->statistics()),
                                  messages_sent() + 1});
}

void journal_actor::fail_with(const error& why) {
  if (failed_)
    return;
  failed_ = true;
  tell(conductor_, storage_failed{std::make_shared<const error>(why)});
}

} // namespace tessera
