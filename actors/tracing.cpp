#include "actors/tracing.hpp"

#include "actors/messages.hpp"

#include <algorithm>
#include <fnmatch.h>
#include <string>

namespace tessera {

namespace {

constexpr std::uint32_t low(tick_number tick) {
  return static_cast<std::uint32_t>(tick);
}

/// The tick that a message belongs to; of most types, none.
template <class Message>
constexpr bool has_tick = false;

template <class Message>
std::uint32_t tick_in(const Message&);

#define TESSERA_MESSAGE_TICK(type, expression)                                                     \
  template <>                                                                                      \
  constexpr bool has_tick<type> = true;                                                            \
  template <>                                                                                      \
  std::uint32_t tick_in(const type& m) {                                                           \
    return low(expression);                                                                        \
  }

TESSERA_MESSAGE_TICK(deliver_packet, m.packet->tick)
TESSERA_MESSAGE_TICK(grant_tick, m.grant->tick)
TESSERA_MESSAGE_TICK(tick_done, m.report->tick - 1)
TESSERA_MESSAGE_TICK(tick_failed, m.failure->tick)
TESSERA_MESSAGE_TICK(log_tick, m.log->tick)
TESSERA_MESSAGE_TICK(ticks_durable, m.tick)
TESSERA_MESSAGE_TICK(log_borders, m.tick)
TESSERA_MESSAGE_TICK(border_logged, m.tick)
TESSERA_MESSAGE_TICK(state_taken, m.state->tick)
TESSERA_MESSAGE_TICK(conductor_state_taken, m.state->tick)
TESSERA_MESSAGE_TICK(checkpoint_committed, m.tick)
TESSERA_MESSAGE_TICK(look_at_tick, m.tick)
TESSERA_MESSAGE_TICK(looked, m.look->tick)
#undef TESSERA_MESSAGE_TICK

} // namespace

tracing::tracing(std::shared_ptr<trace_recorder> to, const world_setup& world, std::string actors,
                 bool counts_waiting)
  : recorder_(std::move(to)), actors_(std::move(actors)), counts_waiting_(counts_waiting),
    ticks_(*recorder_, world) {
#define TESSERA_LEARN(type)                                                                        \
  {                                                                                                \
    using element = caf::mailbox_element_vals<type>;                                               \
    message_type content{recorder_->name(#type), nullptr};                                         \
    message_type sent = content;                                                                   \
    if constexpr (has_tick<type>) {                                                                \
      content.tick = [](const caf::mailbox_element& m) {                                           \
        return tick_in(*static_cast<const type*>(m.content().get(0)));                             \
      };                                                                                           \
      sent.tick = [](const caf::mailbox_element& m) {                                              \
        return tick_in(std::get<0>(static_cast<const element&>(m).data()));                        \
      };                                                                                           \
    }                                                                                              \
    learn(&typeid(type), content);                                                                 \
    learn(&typeid(element), sent);                                                                 \
  }
  TESSERA_FOR_EACH_MESSAGE(TESSERA_LEARN)
#undef TESSERA_LEARN
  built_in_.fill(recorder_->name("caf"));
  auto name = [&](std::uint16_t number, const char* text) {
    built_in_[number] = recorder_->name(text);
  };
  name(caf::type_nr<caf::exit_msg>::value, "exit");
  name(caf::type_nr<caf::down_msg>::value, "down");
  name(caf::type_nr<caf::error>::value, "error");
  name(caf::type_nr<caf::timeout_msg>::value, "timeout");
}

bool tracing::records(const std::string& actor) const {
  return actors_.empty() || fnmatch(actors_.c_str(), actor.c_str(), 0) == 0;
}

std::shared_ptr<tracing::mailbox> tracing::count_mailbox(const std::string& actor) const {
  if (!counts_waiting_)
    return nullptr;
  const std::string kind = actor.substr(0, actor.find_last_not_of(" 0123456789") + 1);
  const std::scoped_lock held{mutex_};
  return mailboxes_.emplace_back(std::make_shared<mailbox>(kind));
}

std::map<std::string, std::uint64_t> tracing::waiting_messages() const {
  std::map<std::string, std::int64_t> sums;
  {
    const std::scoped_lock held{mutex_};
    for (const auto& m : mailboxes_)
      sums[m->kind] += m->waiting.load(std::memory_order_relaxed);
  }
  std::map<std::string, std::uint64_t> out;
  for (const auto& [kind, sum] : sums)
    out[kind] = static_cast<std::uint64_t>(std::max<std::int64_t>(sum, 0));
  return out;
}

void tracing::learn(const std::type_info* type, message_type known) {
  std::size_t at = slot_of(type);
  while (types_[at].type != nullptr)
    at = (at + 1) % slots;
  types_[at] = {type, known};
}

tracing::message_facts
tracing::facts_of_content(const caf::mailbox_element& message) const noexcept {
  const caf::type_erased_tuple& content = message.content();
  if (content.empty())
    return {};
  const auto [number, type] = content.type(0);
  if (number != 0)
    return {built_in_[number % built_in_.size()], no_trace_tick};
  const message_type* known = find(type);
  return known != nullptr ? known->of(message) : message_facts{};
}

} // namespace tessera
