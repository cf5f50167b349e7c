#include "actors/shard_actor.hpp"

#include "core/hash.hpp"

#include <algorithm>
#include <chrono>
#include <new>
#include <thread>

namespace tessera {

namespace {

/// Busy times kept for the median: some minutes at 20 Hz.
constexpr std::size_t kept_busy_times = 4096;

std::string archetype_name(const schema& s, component_mask mask) {
  std::string name;
  for (std::size_t c = 0; c < s.components.size(); ++c)
    if (contains(mask, static_cast<component_id>(c)))
      name += (name.empty() ? "" : "+") + s.components[c].name;
  return name;
}

} // namespace

shard_actor::shard_actor(caf::actor_config& config, std::shared_ptr<const tracing> traced,
                         std::shared_ptr<const world_setup> setup,
                         std::shared_ptr<const layout> cut, shard_id id,
                         std::shared_ptr<worker_pool> pool, std::shared_ptr<instance_board> board,
                         std::uint64_t delay_seed)
  : traced_actor(config, std::move(traced), "shard " + std::to_string(id)),
    shard_(std::make_unique<shard>(setup, cut, id)), layout_(std::move(cut)),
    pool_(std::move(pool)), board_(std::move(board)), cell_size_m_(setup->cell_size_m),
    delay_seed_(delay_seed) {
  if (board_)
    appearance_ = appearance_of(*setup->game);
  for (auto& slot : waiting_)
    slot.resize(layout_->neighbours(id).size());
}

caf::behavior shard_actor::make_behavior() {
  set_exception_handler([this](std::exception_ptr& thrown) -> caf::error {
    try {
      std::rethrow_exception(thrown);
    } catch (const std::exception& e) {
      report_failure(e);
    } catch (...) {
      report_failure(std::runtime_error("an exception that is no std::exception"));
    }
    return caf::none; // the actor stays, to tell its figures when the world ends
  });
  return {
    [this](const deliver_packet& m) {
      take_packet(m.packet);
      run_ready_ticks();
    },
    [this](const grant_tick& m) {
      grants_.push_back(m.grant);
      run_ready_ticks();
    },
    [this](const connect_shard& m) { begin(m); },
    [this](const shard_restored& m) {
      go_on_as(*(*m.replay)->shard);
      run_ready_ticks();
    },
    [this](const give_state&) { hand_over_state(); },
    [this](const look_at_tick& m) {
      looks_.push_back(m);
      answer_looks();
    },
    [this](const tell_statistics&) { tell_figures(); },
  };
}

void shard_actor::on_exit() {
  // Neighbours hold each other; without this none of them would ever be freed.
  neighbours_.clear();
  conductor_ = nullptr;
  checkpoints_ = nullptr;
  looks_.clear();
}

void shard_actor::begin(const connect_shard& who) {
  neighbours_ = who.neighbours;
  conductor_ = who.conductor;
  checkpoints_ = who.checkpoints;
  borders_from_ = who.borders_from;
  inspected_ = who.inspected;
  if (who.share)
    loaded_at_ = who.share->tick;
  try {
    pass_on(who.share ? shard_->start_from(*who.share) : shard_->start());
  } catch (const std::exception& e) {
    report_failure(e);
  }
}

void shard_actor::take_packet(const packet_pointer& packet) {
  const auto& neighbours = layout_->neighbours(shard_->id());
  auto at = std::lower_bound(neighbours.begin(), neighbours.end(), packet->from);
  std::size_t parity = packet->tick % 2;
  auto& slot = waiting_[parity][static_cast<std::size_t>(at - neighbours.begin())];
  TESSERA_ASSERT(slot == nullptr, "a neighbour is at most one tick ahead");
  slot = packet;
  ++arrived_[parity];
}

void shard_actor::run_ready_ticks() {
  pool_->settle_thread();
  while (!failed_ && !grants_.empty() && arrived_[shard_->tick() % 2] == neighbours_.size()) {
    std::size_t parity = shard_->tick() % 2;
    delay(0);
    // A shard that failed keeps both: restored, it runs the same tick with the same inputs.
    auto fail_with = [&](const std::exception& e) {
      report_failure(e, std::make_shared<const tick_inputs>(waiting_[parity], grants_.front()));
    };
    try {
      run_tick();
      answer_looks();
    } catch (const std::exception& e) {
      fail_with(e);
    } catch (...) {
      fail_with(std::runtime_error("an exception that is no std::exception"));
    }
  }
  if (!grants_.empty() && !waiting_since_)
    waiting_since_ = std::chrono::steady_clock::now();
}

/// Looks at the state of now; those at later ones wait.
void shard_actor::answer_looks() {
  if (failed_)
    return;
  std::erase_if(looks_, [this](const look_at_tick& m) {
    if (m.tick != shard_->tick())
      return false;
    auto seen = std::make_shared<shard_look>(look_at(*shard_, last_packets_, m.order->what));
    tell(m.inspector, looked{m.number, std::move(seen)});
    return true;
  });
}

void shard_actor::run_tick() {
  std::size_t parity = shard_->tick() % 2;
  const auto& packets = restored_packets_.empty() ? waiting_[parity] : restored_packets_;
  worker_pool::busy_worker busy{*pool_};
  const auto began = std::chrono::steady_clock::now();
  shard_output out = shard_->step(*grants_.front(), packets,
                                  {pool_->inside(), pool_->threads_for_one_shard(),
                                   pool_->handoff_ns(), tick_names(), trace_number()});
  if (waiting_since_)
    out.report.wait_ns =
      static_cast<std::uint64_t>(std::chrono::nanoseconds(began - *waiting_since_).count());
  waiting_since_.reset();
  restored_packets_.clear();
  bool save = grants_.front()->save;
  std::shared_ptr<border_record> border;
  if (tick_number tick = grants_.front()->tick; borders_from_ && tick >= *borders_from_)
    border = std::make_shared<border_record>(shard_->id(), waiting_[parity], grants_.front(),
                                             out.report.hash, loaded_at_ == tick);
  grants_.pop_front();
  for (auto& slot : waiting_[parity])
    slot = nullptr;
  arrived_[parity] = 0;
  pass_on(std::move(out), std::move(border));
  if (save)
    hand_over_state();
}

void shard_actor::pass_on(shard_output out, std::shared_ptr<border_record> border) {
  auto busy_ms = static_cast<float>(static_cast<double>(out.report.busy_ns) * 1e-6);
  if (busy_ms_.size() < kept_busy_times)
    busy_ms_.push_back(busy_ms);
  else
    busy_ms_[busy_next_++ % kept_busy_times] = busy_ms;
  ghosts_ = out.report.ghosts;
  if (checkpoints_ || inspected_ || board_)
    last_packets_ = out.packets;
  if (inspected_)
    for (const auto& p : out.packets)
      out.report.flows.push_back(
        {p->arrival_count, static_cast<std::uint32_t>(p->ghost_ids.size())});
  for (std::size_t i = 0; i < neighbours_.size(); ++i) {
    delay(i + 1);
    tell(neighbours_[i], deliver_packet{std::move(out.packets[i])});
  }
  tell(conductor_,
       tick_done{std::make_shared<shard_report>(std::move(out.report)), std::move(border)});
  show_state(); // last: nobody waits for it
}

void shard_actor::show_state() {
  if (!board_ || !board_->watched())
    return;
  std::unique_ptr<instance_columns> columns;
  try {
    columns.reset(board_->blank(shard_->id()));
    write_instances(*shard_, last_packets_, appearance_, cell_size_m_, *columns);
  } catch (const std::bad_alloc&) {
    return; // nothing is shown of this tick; the world goes on
  }
  board_->publish(shard_->id(), columns.release());
}

void shard_actor::hand_over_state() {
  if (failed_ || !checkpoints_)
    return;
  tell(checkpoints_,
       state_taken{std::make_shared<const shard_state>(take_state(*shard_, last_packets_))});
}

void shard_actor::report_failure(const std::exception& what,
                                 std::shared_ptr<const tick_inputs> inputs) {
  failed_ = true;
  auto failure = failure_of(shard_->id(), shard_->tick(), what);
  tell(conductor_,
       tick_failed{std::make_shared<const engine_failure>(std::move(failure)), std::move(inputs)});
}

void shard_actor::go_on_as(lone_shard& restored) {
  shard_ = restored.take_shard();
  restored_packets_ = restored.take_first_packets();
  failed_ = false;
  answer_looks(); // that came since the tick failed
}

void shard_actor::tell_figures() {
  shard_statistics figures;
  figures.shard = shard_->id();
  figures.cells = shard_->region();
  figures.entities = shard_->entities().size();
  figures.ghosts = ghosts_;
  if (!busy_ms_.empty()) {
    auto middle = busy_ms_.begin() + static_cast<std::ptrdiff_t>(busy_ms_.size() / 2);
    std::nth_element(busy_ms_.begin(), middle, busy_ms_.end());
    figures.tick_ms_p50 = static_cast<double>(*middle);
  }
  const store& entities = shard_->entities();
  for (std::uint32_t t = 0; t < entities.archetype_count(); ++t)
    figures.entities_by_archetype.emplace_back(
      archetype_name(shard_->declared(), entities.at(t).mask()), entities.at(t).rows());
  tell(conductor_, statistics_told{std::make_shared<const shard_statistics>(std::move(figures)),
                                   messages_sent() + 1});
}

void shard_actor::delay(std::uint64_t purpose) {
  if (delay_seed_ == 0)
    return;
  std::uint64_t h = hash_combine(hash_combine(delay_seed_, shard_->id() * 64 + purpose), ++delays_);
  if (h % 16 == 0)
    std::this_thread::sleep_for(std::chrono::microseconds(h >> 32 & 0xFF));
}

} // namespace tessera
