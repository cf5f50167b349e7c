#include "actors/engine_inspection.hpp"

#include "actors/messages.hpp"

#include <algorithm>

namespace tessera {

namespace {

tl::unexpected<refusal> gone() {
  return refuse_with(503, "the world has ended, or is being recovered");
}

/// The promise's answer; an actor that went without one broke it.
template <class T>
answer<T> wait_for_answer(std::future<answer<T>>& coming, std::chrono::milliseconds most) {
  if (coming.wait_for(most) != std::future_status::ready)
    return refuse_with(503, "the world did not answer in time");
  try {
    return coming.get();
  } catch (const std::future_error&) {
    return gone();
  }
}

} // namespace

answer<std::shared_ptr<const seen_world>> engine_inspection::seen() {
  if (auto seen = board_->seen())
    return seen;
  return refuse_with(503, "the world has not begun yet");
}

answer<std::shared_ptr<const seen_world>>
engine_inspection::wait_for(tick_number after, std::chrono::milliseconds most) {
  if (auto seen = board_->wait_for(after, most))
    return seen;
  return refuse_with(503, "the world has not begun yet");
}

void engine_inspection::want_shard_figures() {
  engine_->reach(
    [](const engine_actors& a) { caf::anon_send(a.inspector, tessera::want_shard_figures{}); });
}

answer<world_look> engine_inspection::look(look_request what, std::vector<shard_id> shards,
                                           std::chrono::milliseconds most) {
  auto order = std::make_shared<look_order>();
  order->what = std::move(what);
  order->shards = std::move(shards);
  order->expires = std::chrono::steady_clock::now() + most;
  auto coming = order->answer.get_future();
  if (!engine_->reach(
        [&](const engine_actors& a) { caf::anon_send(a.inspector, look_into_shards{order}); }))
    return gone();
  order = nullptr; // so that the promise breaks if its actor goes
  return wait_for_answer(coming, most + std::chrono::milliseconds(100));
}

answer<control_state> engine_inspection::control(const control_order& order) {
  control_world m;
  m.order = order;
  m.told = std::make_shared<std::promise<answer<control_state>>>();
  auto coming = m.told->get_future();
  if (!engine_->reach([&](const engine_actors& a) { caf::anon_send(a.conductor, std::move(m)); }))
    return gone();
  m.told = nullptr;
  auto state = wait_for_answer(coming, std::chrono::milliseconds(2000));
  // Whoever asks next is to see what was ordered.
  const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(500);
  auto seen = board_->seen();
  while (state && seen && seen->control.version < state->version &&
         std::chrono::steady_clock::now() < end)
    seen = board_->wait_for(seen->newest.tick, std::chrono::milliseconds(10));
  return state;
}

answer<edit_answer> engine_inspection::edit(command what, std::chrono::milliseconds most) {
  const std::uint64_t sequence = board_->next_sequence();
  what.sequence = sequence;
  command_batch one{board_->session()};
  one.add(std::move(what));
  auto routed = routed_batch::make(*about_.setup, *about_.cut, std::move(one));
  if (!routed)
    return refuse_with(409, routed.error().message);
  submit_commands m{std::move(*routed), std::nullopt, {}};
  m.answer = std::make_shared<std::promise<result<tick_number>>>();
  auto coming = m.answer->get_future();
  if (!engine_->reach([&](const engine_actors& a) { caf::anon_send(a.conductor, std::move(m)); }))
    return gone();
  m.answer = nullptr;
  if (coming.wait_for(most) != std::future_status::ready)
    return refuse_with(503, "the world did not answer in time");
  try {
    auto tick = coming.get();
    if (!tick)
      return refuse_with(409, tick.error().message);
    return edit_answer{*tick, board_->wait_for_answer(sequence, *tick, most)};
  } catch (const std::future_error&) {
    return gone();
  }
}

answer<std::map<std::string, std::uint64_t>> engine_inspection::waiting_messages() {
  answer<std::map<std::string, std::uint64_t>> counts = gone();
  engine_->reach([&](const engine_actors& a) { counts = a.traced.waiting_messages(); });
  return counts;
}

answer<kept_state> engine_inspection::history() {
  if (!keep_)
    return refuse_with(404, "the world is in memory only");
  kept_state out = board_->kept();
  answer<kept_state> all = gone();
  engine_->reach([&](const engine_actors&) { // keeps a recovery from beginning meanwhile
    auto bytes = keep_->directory().disk_bytes();
    if (!bytes) {
      all = refuse_with(503, bytes.error().message);
      return;
    }
    out.disk_journal = bytes->journal;
    out.disk_border = bytes->border;
    out.disk_checkpoints = bytes->checkpoints;
    out.disk_other = bytes->world + bytes->aside + bytes->other;
    all = out;
  });
  return all;
}

} // namespace tessera
