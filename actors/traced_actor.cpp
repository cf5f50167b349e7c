#include "actors/traced_actor.hpp"

namespace tessera {

traced_actor::traced_actor(caf::actor_config& config, std::shared_ptr<const tracing> traced,
                           const std::string& name)
  : caf::event_based_actor(config), traced_(std::move(traced)), recorder_(&traced_->recorder()),
    recorded_(traced_->records(name)), counted_(traced_->count_mailbox(name)) {
  recorder_->name_actor(trace_number(), name);
}

trace_record traced_actor::record_of(trace_kind kind, const caf::mailbox_element& message) const {
  const auto facts = traced_->facts_of(message);
  trace_record r;
  r.subject = reinterpret_cast<std::uintptr_t>(&message);
  r.actor = trace_number();
  r.peer = message.sender ? static_cast<std::uint32_t>(message.sender->id()) : no_trace_actor;
  r.tick = facts.tick;
  r.kind = kind;
  r.name = facts.name;
  r.time = trace_clock();
  return r;
}

void traced_actor::enqueue(caf::mailbox_element_ptr message, caf::execution_unit* on) {
  if (counted_)
    counted_->waiting.fetch_add(1, std::memory_order_relaxed);
  if (recorder_->armed() && recorded_)
    recorder_->record(record_of(trace_kind::enqueued, *message));
  caf::event_based_actor::enqueue(std::move(message), on);
}

namespace {

/// Records the end of a handler, however it ends: it may throw, and may take its message apart.
class handling {
public:
  handling(trace_recorder& to, const trace_record& began) : to_(to), end_(began) {
    to_.record(began);
    end_.kind = trace_kind::handling_ended;
  }
  ~handling() {
    end_.time = trace_clock();
    to_.record(end_);
  }
  handling(const handling&) = delete;
  handling& operator=(const handling&) = delete;

private:
  trace_recorder& to_;
  trace_record end_;
};

} // namespace

caf::invoke_message_result traced_actor::consume(caf::mailbox_element& message) {
  if (counted_)
    counted_->waiting.fetch_sub(1, std::memory_order_relaxed);
  if (!recorder_->armed() || !recorded_)
    return caf::event_based_actor::consume(message);
  const handling now{*recorder_, record_of(trace_kind::handling_began, message)};
  return caf::event_based_actor::consume(message);
}

} // namespace tessera
