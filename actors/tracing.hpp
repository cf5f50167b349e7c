// What the actors of one world need to be traced: the recorder, and a number and a tick for every type
// of message. Made once per world, before its actors; nothing in it changes afterwards but the
// recorder's rings, whether it is armed, and the counts of mailboxes.
#pragma once

#include "core/trace_recorder.hpp"
#include "shards/tick_trace.hpp"

#include <array>
#include <atomic>
#include <caf/mailbox_element.hpp>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <typeinfo>
#include <utility>
#include <vector>

namespace tessera {

class tracing {
public:
  /// `actors`: a shell pattern ("shard 1*"); only actors whose names match are recorded. Empty: all.
  /// `counts_waiting`: whether the messages in each mailbox are counted.
  tracing(std::shared_ptr<trace_recorder> to, const world_setup& world, std::string actors,
          bool counts_waiting = false);

  trace_recorder& recorder() const noexcept { return *recorder_; }
  bool records(const std::string& actor) const;
  /// Names of spans inside a tick.
  const tick_trace& ticks() const noexcept { return ticks_; }

  /// Messages that were put into one actor's mailbox and not handled yet.
  struct alignas(64) mailbox {
    explicit mailbox(std::string of) : kind(std::move(of)) {}
    std::string kind; ///< of the actor: "shard"
    std::atomic<std::int64_t> waiting{0};
  };
  /// A mailbox that counts, of the actor with this name; null where they are not counted. Any thread.
  std::shared_ptr<mailbox> count_mailbox(const std::string& actor) const;
  /// What waits now, by kind of actor. Any thread.
  std::map<std::string, std::uint64_t> waiting_messages() const;

  struct message_facts {
    std::uint16_t name = 0;
    std::uint32_t tick = no_trace_tick;
  };
  struct message_type {
    std::uint16_t name = 0;
    /// Null: it belongs to no tick.
    std::uint32_t (*tick)(const caf::mailbox_element& message) = nullptr;

    message_facts of(const caf::mailbox_element& message) const noexcept {
      return {name, tick != nullptr ? tick(message) : no_trace_tick};
    }
  };
  /// Any thread.
  message_facts facts_of(const caf::mailbox_element& message) const noexcept {
    // What an actor sends is of one type per type of message, found without asking the message.
    if (const message_type* known = find(&typeid(message)))
      return known->of(message);
    return facts_of_content(message);
  }

private:
  struct slot {
    const std::type_info* type = nullptr;
    message_type known;
  };
  /// A power of two, several times the number of types, so that a look-up is one probe or two.
  static constexpr std::size_t slots = 256;

  static std::size_t slot_of(const std::type_info* type) noexcept {
    return (reinterpret_cast<std::uintptr_t>(type) >> 4) * 0x9E37'79B9'7F4A'7C15U >> 56;
  }
  const message_type* find(const std::type_info* type) const noexcept {
    std::size_t at = slot_of(type);
    for (; types_[at].type != type; at = (at + 1) % slots)
      if (types_[at].type == nullptr)
        return nullptr;
    return &types_[at].known;
  }
  void learn(const std::type_info* type, message_type known);
  /// Of messages that were put together at run time, such as those of timers, and of CAF's own.
  message_facts facts_of_content(const caf::mailbox_element& message) const noexcept;

  std::shared_ptr<trace_recorder> recorder_;
  std::string actors_;
  bool counts_waiting_;
  mutable std::mutex mutex_; ///< of the list
  mutable std::vector<std::shared_ptr<mailbox>> mailboxes_;
  tick_trace ticks_;
  std::array<slot, slots> types_{};
  std::array<std::uint16_t, 64> built_in_{}; ///< names of CAF's own types, by their number
};

} // namespace tessera
