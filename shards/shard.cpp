#include "shards/shard.hpp"

#include "core/fp_environment.hpp"
#include "core/hash.hpp"

#include <algorithm>
#include <cstring>

namespace tessera {

result<std::shared_ptr<const world_setup>> prepare(world_setup setup) {
  if (auto ok = check_schema(*setup.game, setup.cell_size_m); !ok)
    return tl::unexpected(ok.error());
  setup.order = *make_schedule(*setup.game);
  setup.bin_size_m = bin_size_for(setup.game->largest_radius_m(), setup.cell_size_m);
  for (std::size_t c = 1; c < setup.game->components.size(); ++c)
    if (has_mark(setup.game->components[c].mark, marks::shared))
      setup.shared_components.push_back(static_cast<component_id>(c));
  return std::make_shared<const world_setup>(std::move(setup));
}

shard::shard(std::shared_ptr<const world_setup> setup, std::shared_ptr<const layout> cut,
             shard_id id)
  : setup_(std::move(setup)), layout_(std::move(cut)), id_(id), region_(layout_->rect(id)),
    store_(setup_->game->columns()), cells_(*setup_->game, region_, setup_->extent),
    around_(*setup_->game, region_, setup_->cell_size_m, setup_->bin_size_m) {
  context_.dt_s = static_cast<float>(1.0 / setup_->tick_rate_hz);
  context_.seed = setup_->seed;
  context_.cell_size_m = setup_->cell_size_m;
  context_.extent = setup_->extent;
  context_.ground = setup_->ground.get();
  context_.parameters = setup_->game->parameters.get();
  cost_ns_.resize(setup_->game->systems.size());
  matching_.resize(setup_->game->systems.size());
  for (const auto& c : setup_->game->components)
    hash_keys_.push_back(hash_key(c.name));
  own_leavers_.ghost_columns.resize(setup_->shared_components.size());
  prepare_targets();
}

handle shard::create_entity(entity_id id, const position& place, component_mask mask) {
  const schema& s = *setup_->game;
  mask |= bit_of(position_component);
  handle who = store_.create(store_.archetype_for(mask & s.dense_mask()), id);
  for (component_mask rest = mask & ~s.dense_mask(); rest != 0; rest &= rest - 1) {
    auto c = static_cast<component_id>(__builtin_ctzll(rest));
    if (contains(s.tag_mask(), c))
      store_.set_tag(who, c, true);
    else
      store_.add(who, c);
  }
  *store_.get_as<position>(who, position_component) = place;
  return who;
}

void shard::create_from_orders(std::span<const outbox* const> boxes, bool start) {
  struct item {
    const spawn_order* order;
    const outbox* from;
  };
  std::vector<item> items;
  for (const outbox* box : boxes)
    for (const auto& order : box->spawns)
      items.push_back({&order, box});
  std::sort(items.begin(), items.end(), [](const item& l, const item& r) {
    return std::tuple(l.order->phase, l.order->parent, l.order->place.where, l.order->index) <
           std::tuple(r.order->phase, r.order->parent, r.order->place.where, r.order->index);
  });
  for (const auto& [order, from] : items) {
    cell birth = order->place.where;
    std::uint32_t serial = cells_.next_serial(birth);
    if (serial == 0)
      throw tick_failure(tick_, order->parent, "births",
                         "cell (" + std::to_string(birth.x) + ", " + std::to_string(birth.z) +
                           ") has given out all of its 4294967295 ids");
    handle who =
      create_entity(entity_id::make(birth.x, birth.z, serial), order->place, order->mask);
    std::size_t at = order->bytes_begin;
    for (component_mask rest = order->mask; rest != 0; rest &= rest - 1) {
      auto c = static_cast<component_id>(__builtin_ctzll(rest));
      std::uint32_t size = setup_->game->components[c].size;
      if (size != 0 && c != position_component)
        std::memcpy(store_.get(who, c), from->bytes.data() + at, size);
      at += size;
    }
    if (!start)
      ++report_.born;
  }
}

shard_output shard::start() {
  fp_environment_guard floats;
  outbox box;
  const outbox* boxes[] = {&box};
  for (std::size_t i = 0; i < cells_.size(); ++i) {
    box.clear();
    cell_filler filler{*setup_->game, context_, cells_.cell_at(i), cells_, box};
    if (setup_->game->fill)
      setup_->game->fill(filler);
    create_from_orders(boxes, true);
  }
  if (setup_->shuffle_rows_seed != 0) {
    for (std::uint32_t t = 0; t < store_.archetype_count(); ++t) {
      std::vector<std::uint32_t> order(store_.at(t).rows());
      for (std::uint32_t i = 0; i < order.size(); ++i)
        order[i] = i;
      std::sort(order.begin(), order.end(), [&](std::uint32_t l, std::uint32_t r) {
        auto key = [&](std::uint32_t row) {
          return hash_combine(setup_->shuffle_rows_seed, store_.at(t).ids()[row].value);
        };
        return key(l) < key(r);
      });
      store_.permute(t, order);
    }
  }
  report_ = {};
  shard_output out;
  close_tick(out, {});
  return out;
}

void shard::enter_tick(const grant& g) {
  TESSERA_ASSERT(g.tick == tick_, "a shard runs its ticks in order, each once");
  report_ = {};
  context_.tick = tick_;
  context_.world_values = g.world_values ? g.world_values->data() : nullptr;
  newcomers_.clear();
  moved_places_.clear();
  commanded_.clear();
  removed_.clear();
  handler_box_.clear();
  boxes_used_ = 0;
  rows_moved_ = false;
}

namespace {

/// Lends the thread's memory to a shard's index for one step.
class index_loan {
public:
  explicit index_loan(neighbourhood& to) : to_(to) { to_.swap(of_this_thread()); }
  ~index_loan() { to_.swap(of_this_thread()); }
  index_loan(const index_loan&) = delete;
  index_loan& operator=(const index_loan&) = delete;

private:
  static neighbourhood_memory& of_this_thread() {
    thread_local neighbourhood_memory memory;
    return memory;
  }
  neighbourhood& to_;
};

} // namespace

shard_output shard::step(const grant& g, std::span<const packet_pointer> packets,
                         const step_resources& resources) {
  auto begin = std::chrono::steady_clock::now();
  fp_environment_guard floats;
  const tick_spans spans{resources.trace, resources.trace_actor, tick_};
  const auto whole = spans.of(tick_phase::tick);
  enter_tick(g);
  index_loan loan{around_};
  for (const auto& p : packets)
    TESSERA_ASSERT(p != nullptr && p->tick == tick_, "every neighbour's packet is for this tick");
  {
    const auto span = spans.of(tick_phase::index);
    build_index(packets, resources);
  }
  std::vector<event_record> events;
  {
    const auto span = spans.of(tick_phase::arrivals);
    take_cells(packets);
    take_arrivals(packets);
    reset_scratch(); // before handlers, which may use it as systems do
    take_letters(g, events);
  }
  {
    const auto span = spans.of(tick_phase::commands);
    apply_commands(g);
  }
  {
    const auto span = spans.of(tick_phase::events);
    deliver_events(packets, events);
    if (rows_moved_)
      relink_rows();
  }
  run_systems(resources);
  {
    const auto span = spans.of(tick_phase::changes);
    apply_changes();
  }
  ++tick_;
  shard_output out;
  {
    const auto span = spans.of(tick_phase::close);
    close_tick(out, resources);
  }
  auto took = std::chrono::steady_clock::now() - begin;
  out.report.busy_ns =
    static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::nanoseconds>(took).count());
  return out;
}

void shard::relink_rows() {
  for (std::size_t k = 0; k < around_.size(); ++k) {
    auto& entry = around_.at(k);
    auto who = store_.find(entry.id);
    entry.table = neighbourhood::foreign;
    if (!who)
      continue;
    row_ref at = store_.locate(*who);
    entry.table = at.archetype;
    entry.row = at.row;
  }
}

shard_snapshot shard::save() const {
  shard_snapshot out;
  out.tick = tick_;
  out.entities = store_.snapshot();
  for (std::size_t i = 0; i < setup_->game->cell_components.size(); ++i) {
    const std::byte* from = cells_.now(i);
    out.cells.emplace_back(from, from + cells_.size() * setup_->game->cell_components[i].size);
  }
  for (std::size_t i = 0; i < cells_.size(); ++i)
    out.counters.push_back(cells_.counter(cells_.cell_at(i)));
  out.own_leavers = own_leavers_;
  out.own_events = own_events_;
  out.left = left_;
  return out;
}

void shard::load(const shard_snapshot& from) {
  tick_ = from.tick;
  store_.load(from.entities);
  for (std::size_t i = 0; i < from.cells.size(); ++i)
    std::memcpy(cells_.now(i), from.cells[i].data(), from.cells[i].size());
  for (std::size_t i = 0; i < from.counters.size(); ++i)
    cells_.set_counter(cells_.cell_at(i), from.counters[i]);
  cells_.publish();
  bins_.clear(); // of rows that are no more
  own_leavers_ = from.own_leavers;
  own_events_ = from.own_events;
  left_ = from.left;
}

std::size_t shard::memory_bytes() const {
  return store_.memory().total() + around_.memory_bytes();
}

} // namespace tessera
