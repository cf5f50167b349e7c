// The base of every actor: what is put into its mailbox and what it handles is recorded, if the world's
// recorder is armed, and what it sends to others is counted; so is what waits in its mailbox, in a world
// that is looked at.
//
// Invariants: a message is recorded as enqueued before it can be handled, on the sender's thread; as
// begun and ended on the thread of the handler. All three carry the message's address, which is its own
// until it is handled. Where mailboxes are counted, a message counts from its enqueueing to the begin of its
// handler.
#pragma once

#include "actors/tracing.hpp"

#include <caf/all.hpp>
#include <string>
#include <utility>

namespace tessera {

class traced_actor : public caf::event_based_actor {
public:
  traced_actor(caf::actor_config& config, std::shared_ptr<const tracing> traced,
               const std::string& name);

  using caf::event_based_actor::enqueue;
  void enqueue(caf::mailbox_element_ptr message, caf::execution_unit* on) override;
  caf::invoke_message_result consume(caf::mailbox_element& message) override;

protected:
  /// Sends to another actor of the world, and counts it.
  template <class Message>
  void tell(const caf::actor& to, Message&& message) {
    ++messages_sent_;
    send(to, std::forward<Message>(message));
  }
  /// Messages to others so far: each is in the trace too. What an actor sends to itself is not counted.
  std::uint64_t messages_sent() const { return messages_sent_; }

  std::uint32_t trace_number() const { return static_cast<std::uint32_t>(id()); }
  /// Names for spans of a tick; null for an actor that is not to be recorded.
  const tick_trace* tick_names() const { return recorded_ ? &traced_->ticks() : nullptr; }

private:
  trace_record record_of(trace_kind kind, const caf::mailbox_element& message) const;

  std::shared_ptr<const tracing> traced_;
  trace_recorder* recorder_; ///< of traced_
  bool recorded_;            ///< whether this actor is among those that are to be recorded
  std::shared_ptr<tracing::mailbox> counted_; ///< null: nobody wants to know
  std::uint64_t messages_sent_ = 0;
};

} // namespace tessera
