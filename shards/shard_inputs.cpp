// Steps 1 to 3 of a tick: packets, far mail, commands and events come in, the neighbourhood is indexed
// as it was at the end of the last tick.
#include "shards/entity_record.hpp"
#include "shards/shard.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>

namespace tessera {

namespace {

using steady = std::chrono::steady_clock;

double since_ns(steady::time_point begin) {
  return std::chrono::duration<double, std::nano>(steady::now() - begin).count();
}

shared_rows rows_of(const border_packet& p) {
  shared_rows rows;
  rows.count = p.ghost_ids.size();
  rows.ids = p.ghost_ids.data();
  rows.places = p.ghost_places.data();
  rows.masks = p.ghost_masks.data();
  for (const auto& column : p.ghost_columns)
    rows.columns.push_back(column.data());
  return rows;
}

} // namespace

void shard::build_index(std::span<const packet_pointer> packets, const step_resources& resources) {
  if (!around_.enabled())
    return;
  bool nobody = store_.size() == 0 && own_leavers_.ghost_ids.empty();
  for (const auto& p : packets)
    nobody = nobody && p->ghost_ids.empty();
  if (nobody) {
    around_.clear();
    return;
  }
  auto begin = steady::now();
  std::vector<shared_rows> sources;
  component_mask shared = setup_->game->shared_mask();
  for (std::uint32_t t = 0; t < store_.archetype_count(); ++t) {
    archetype& table = store_.at(t);
    shared_rows rows;
    rows.count = table.rows();
    rows.ids = table.ids();
    rows.places = table.column_as<position>(position_component);
    rows.mask = table.mask() & shared;
    for (component_id c : setup_->shared_components)
      rows.columns.push_back(table.column(c));
    if (t < bins_.size() && bins_structure_ == store_.structure_version())
      rows.bins = bins_[t].data();
    sources.push_back(std::move(rows));
  }
  std::size_t own = sources.size();
  sources.push_back(rows_of(own_leavers_));
  for (const auto& p : packets)
    sources.push_back(rows_of(*p));
  bool worth_it = resources.workers != nullptr && index_cost_ns_ > 2 * resources.handoff_ns;
  static const std::unique_ptr<executor> in_line = make_inline_executor();
  executor& workers = worth_it ? *resources.workers : *in_line;
  around_.build(sources, own, workers, worth_it ? resources.worker_count : 1);
  if (!worth_it)
    index_cost_ns_ += (since_ns(begin) - index_cost_ns_) * 0.25;
  for (const auto& p : packets)
    report_.ghosts += p->ghost_ids.size();
  order_rows();
}

void shard::order_rows() {
  // Rows drift out of the order in which the index visits them; beyond this share of far jumps the
  // misses cost more than moving the rows.
  constexpr float too_much = 0.5F;
  if (around_.disorder() < too_much)
    return;
  std::vector<std::uint32_t> order;
  for (std::uint32_t t = 0; t < store_.archetype_count(); ++t) {
    around_.rows_in_order(t, order);
    if (order.size() != store_.at(t).rows())
      continue; // somebody is outside the index; the rows stay
    store_.permute(t, order);
    around_.rows_were_ordered(t);
  }
}

void shard::take_cells(std::span<const packet_pointer> packets) {
  const auto& neighbours = layout_->neighbours(id_);
  for (std::size_t i = 0; i < packets.size(); ++i) {
    cell_rect part = layout_->rect(neighbours[i]).clipped(region_.grown(1));
    if (packets[i]->cells.empty() || part.width() <= 0 || part.depth() <= 0)
      continue;
    TESSERA_ASSERT(cells_.unpack(part, packets[i]->cells), "a neighbour packs the cells we expect");
  }
}

void shard::take_arrivals(std::span<const packet_pointer> packets) {
  for (const auto& p : packets) {
    byte_reader reader{p->arrivals};
    for (std::uint32_t i = 0; i < p->arrival_count; ++i) {
      auto who = read_entity(*setup_->game, store_, reader);
      TESSERA_ASSERT(who.has_value(), "a neighbour's packet holds whole entities");
      if (!around_.enabled())
        continue;
      // The sender ran it in the last tick, so it is in the index already, as somebody else's.
      entity_id id = store_.id_of(*who);
      std::int32_t bin = around_.bin_of(position_of(*who));
      for (std::uint32_t k = around_.begin(bin); k < around_.end(bin); ++k) {
        if (around_.at(k).id == id) {
          row_ref at = store_.locate(*who);
          around_.at(k).table = at.archetype;
          around_.at(k).row = at.row;
        }
      }
    }
  }
}

void shard::take_letters(const grant& g, std::vector<event_record>& events) {
  for (std::uint32_t i = 0; i < g.letters.size(); ++i) {
    const letter& mail = g.letters[i];
    if (mail.kind != letter_kind::teleport || layout_->owner(mail.place.where) != id_)
      continue;
    byte_reader reader{mail.entity};
    auto who = read_entity(*setup_->game, store_, reader);
    TESSERA_ASSERT(who.has_value(), "a letter holds a whole entity");
    *store_.get_as<position>(*who, position_component) = mail.place;
    add_newcomer(mail.who, mail.place);
    report_.delivered.push_back(i);
  }
  // Who lands in this tick reads this tick's letters, whatever their order.
  for (std::uint32_t i = 0; i < g.letters.size(); ++i) {
    const letter& mail = g.letters[i];
    if (mail.kind != letter_kind::event || !store_.find(mail.event.target))
      continue;
    events.push_back(mail.event);
    report_.delivered.push_back(i);
  }
}

void shard::add_newcomer(entity_id id, const position& place) {
  if (!around_.enabled())
    return;
  query_place at;
  at.bin = around_.bin_of(place);
  at.x = place.x;
  at.y = place.y;
  at.z = place.z;
  newcomers_.push_back({id, at});
}

const position& shard::position_of(handle who) const {
  return *reinterpret_cast<const position*>(store_.get(who, position_component));
}

query_place shard::place_of(entity_id id, const position& now) const {
  if (!around_.enabled())
    return {};
  if (auto moved = moved_places_.find(id); moved != moved_places_.end())
    return moved->second;
  for (const auto& n : newcomers_)
    if (n.id == id)
      return n.place;
  // Nobody moved it in this tick, so its place is its place at the end of the last one.
  std::int32_t bin = around_.bin_of(now);
  if (bin < 0)
    return {};
  for (std::uint32_t k = around_.begin(bin); k < around_.end(bin); ++k)
    if (around_.at(k).id == id)
      return {bin, around_.x()[k], around_.y()[k], around_.z()[k], k};
  return {};
}

void shard::remember_place(entity_id id, const position& now) {
  if (around_.enabled())
    moved_places_.try_emplace(id, place_of(id, now));
}

/// The targets of a large batch are in no cache, so some are looked for together before the first command
/// is applied: their misses overlap.
void shard::apply_commands(const grant& g) {
  constexpr std::size_t together = 16;
  thread_local std::vector<std::uint32_t> places;
  std::array<command_view, together> views;
  command_outcomes& out = report_.outcomes;
  for (std::uint32_t b = 0; b < g.commands.size(); ++b) {
    const command_batch& batch = g.commands[b]->commands();
    places.clear();
    g.commands[b]->for_shard(id_, [&](std::uint32_t place) { places.push_back(place); });
    for (std::size_t first = 0; first < places.size(); first += together) {
      const std::size_t count = std::min(together, places.size() - first);
      for (std::size_t k = 0; k < count; ++k)
        views[k] = decode_command(batch.bytes(places[first + k]));
      for (std::size_t k = 0; k < count && count > 1; ++k)
        store_.find(views[k].target);
      for (std::size_t k = 0; k < count; ++k) {
        command_outcome outcome;
        outcome.batch = b;
        outcome.place = places[first + k];
        if (!apply_command(views[k], outcome))
          continue; // its owner, if anybody, is another shard
        out.list.push_back(outcome);
        auto bytes = batch.bytes(outcome.place);
        if (views[k].changes_state())
          out.log.insert(out.log.end(), bytes.begin(), bytes.end());
      }
    }
  }
}

/// False if its target is not here.
bool shard::apply_command(const command_view& c, command_outcome& outcome) {
  if (c.op == command_op::spawn)
    return apply_spawn(c, outcome);
  auto who = store_.find(c.target);
  if (!who || (c.expected && position_of(*who).where != *c.expected))
    return false;
  switch (c.op) {
    case command_op::despawn:
      removed_.push_back(c.target);
      store_.destroy(*who);
      rows_moved_ = true;
      ++report_.died;
      break;
    case command_op::teleport: depart(*who, c.place, command_phase); break;
    case command_op::set: apply_set(c, *who, outcome); break;
    case command_op::event: apply_event(c, *who, outcome); break;
    case command_op::get: apply_get(c, *who, outcome); break;
    case command_op::spawn: break;
  }
  return true;
}

void shard::reject(command_outcome& outcome, std::string reason) {
  outcome.result = command_result::rejected;
  outcome.detail = report_.outcomes.reasons.size();
  report_.outcomes.reasons.push_back(std::move(reason));
}

bool shard::apply_spawn(const command_view& c, command_outcome& outcome) {
  if (layout_->owner(c.place.where) != id_)
    return false;
  std::uint32_t serial = cells_.next_serial(c.place.where);
  if (serial == 0) {
    reject(outcome, "the cell has given out all of its ids");
    return true;
  }
  component_mask mask = 0;
  c.for_each_part([&](const part_view& part) { mask |= component_mask{1} << part.type; });
  auto newborn = entity_id::make(c.place.where.x, c.place.where.z, serial);
  outcome.detail = newborn.value;
  handle who = create_entity(newborn, c.place, mask);
  c.for_each_part([&](const part_view& part) {
    if (!part.bytes.empty() && part.type != position_component)
      std::memcpy(store_.get(who, static_cast<component_id>(part.type)), part.bytes.data(),
                  part.bytes.size());
  });
  add_newcomer(newborn, c.place);
  ++report_.born;
  return true;
}

void shard::set_position(const command_view& c, handle who) {
  auto& now = *store_.get_as<position>(who, position_component);
  if (cell_distance(now.where, c.place.where) > limits::cells_per_tick) {
    depart(who, c.place, command_phase);
    return;
  }
  remember_place(store_.id_of(who), now);
  float size = setup_->cell_size_m;
  now.x = c.place.x + static_cast<float>(std::int32_t{c.place.where.x} - now.where.x) * size;
  now.y = c.place.y;
  now.z = c.place.z + static_cast<float>(std::int32_t{c.place.where.z} - now.where.z) * size;
  commanded_.push_back(store_.id_of(who));
}

void shard::apply_set(const command_view& c, handle who, command_outcome& outcome) {
  const part_view& part = c.first_part;
  if (part.type == position_component) {
    set_position(c, who);
    return;
  }
  const auto& info = setup_->game->components[part.type];
  std::byte* value = store_.get(who, static_cast<component_id>(part.type));
  if (value == nullptr) {
    reject(outcome, "the entity has no component " + info.name);
    return;
  }
  for (std::size_t f = 0; f < info.fields.size(); ++f)
    if ((part.fields >> f & 1) != 0)
      std::memcpy(value + info.fields[f].offset, part.bytes.data() + info.fields[f].offset,
                  size_of(info.fields[f].type));
}

void shard::apply_get(const command_view& c, handle who, command_outcome& outcome) {
  const auto& info = setup_->game->components[c.first_part.type];
  const std::byte* value = store_.get(who, static_cast<component_id>(c.first_part.type));
  if (value == nullptr) {
    reject(outcome, "the entity has no component " + info.name);
    return;
  }
  auto& values = report_.outcomes.values;
  outcome.detail = values.size();
  outcome.value_bytes = info.size;
  values.insert(values.end(), value, value + info.size);
}

void shard::apply_event(const command_view& c, handle who, command_outcome& outcome) {
  event_record event;
  event.target = c.target;
  event.type = c.first_part.type;
  std::memcpy(event.payload.data(), c.first_part.bytes.data(), c.first_part.bytes.size());
  // A handler that throws rejects the command, so what it did until then is taken back.
  auto before = save_row(who);
  std::size_t events = handler_box_.events.size();
  std::size_t far = handler_box_.far.size();
  std::size_t spawns = handler_box_.spawns.size();
  std::size_t changes = handler_box_.changes.size();
  try {
    handle_event(event, who);
  } catch (const tick_failure& failure) {
    restore_row(who, before);
    handler_box_.events.resize(events);
    handler_box_.far.resize(far);
    handler_box_.spawns.resize(spawns);
    handler_box_.changes.resize(changes);
    reject(outcome, failure.system() + ": " + failure.what());
  }
}

/// The entity's components and its cell's data: all that a handler can write in place.
std::vector<std::byte> shard::save_row(handle who) const {
  std::vector<std::byte> saved;
  for (auto [at, size] : written_places(who))
    saved.insert(saved.end(), at, at + size);
  return saved;
}

void shard::restore_row(handle who, const std::vector<std::byte>& saved) {
  std::size_t from = 0;
  for (auto [at, size] : written_places(who)) {
    std::memcpy(at, saved.data() + from, size);
    from += size;
  }
}

std::vector<std::pair<std::byte*, std::size_t>> shard::written_places(handle who) const {
  std::vector<std::pair<std::byte*, std::size_t>> places;
  auto& entities = const_cast<store&>(store_);
  component_mask mask = store_.mask_of(who);
  for (std::size_t c = 0; c < setup_->game->components.size(); ++c) {
    std::size_t size = setup_->game->components[c].size;
    if (contains(mask, static_cast<component_id>(c)) && size != 0)
      places.emplace_back(entities.get(who, static_cast<component_id>(c)), size);
  }
  std::size_t cell_index = cells_.index(position_of(who).where);
  for (std::size_t c = 0; c < setup_->game->cell_components.size(); ++c) {
    std::size_t size = setup_->game->cell_components[c].size;
    places.emplace_back(const_cast<cell_table&>(cells_).now(c) + cell_index * size, size);
  }
  return places;
}

void shard::depart(handle who, const position& to, phase_number phase) {
  letter mail;
  mail.kind = letter_kind::teleport;
  mail.sent = tick_;
  mail.who = store_.id_of(who);
  mail.phase = phase;
  mail.place = to;
  write_entity(*setup_->game, store_, who, mail.entity);
  if (phase == command_phase)
    removed_.push_back(mail.who);
  report_.letters.push_back(std::move(mail));
  ++report_.teleporting;
  store_.destroy(who);
  rows_moved_ = true;
}

void shard::deliver_events(std::span<const packet_pointer> packets,
                           std::vector<event_record>& events) {
  events.insert(events.end(), own_events_.begin(), own_events_.end());
  for (const auto& p : packets)
    events.insert(events.end(), p->events.begin(), p->events.end());
  std::sort(events.begin(), events.end(),
            [](const event_record& l, const event_record& r) { return l.order() < r.order(); });
  std::sort(removed_.begin(), removed_.end());
  for (const auto& event : events) {
    if (auto who = store_.find(event.target)) {
      handle_event(event, *who);
      continue;
    }
    // A letter came to its target's owner alone. Of a near event everybody who might own the target
    // has a copy, and one of them counts it: whoever lost the target to a command just now, or else
    // whoever ran it last, unless it left for a neighbour, who has it.
    bool lost_it = std::binary_search(removed_.begin(), removed_.end(), event.target);
    bool ran_it = layout_->owner(event.seen) == id_ &&
                  !std::binary_search(left_.begin(), left_.end(), event.target);
    if (event.delay != 1 || lost_it || ran_it)
      ++report_.events_refused;
  }
}

void shard::handle_event(const event_record& event, handle who) {
  for (const auto& handler : setup_->game->handlers) {
    if (handler.event != event.type)
      continue;
    row_ref at = store_.locate(who);
    component_mask mask = store_.at(at.archetype).mask();
    if ((mask & handler.required) != handler.required ||
        (store_.mask_of(who) & handler.access.without) != 0)
      continue;
    const position& now = position_of(who);
    if (contains(handler.access.writes, position_component))
      remember_place(event.target, now);
    handler_call call;
    call.world = &context_;
    call.handler = &handler;
    call.entities = &store_;
    call.cells = &cells_;
    call.around = around_.enabled() ? &around_ : nullptr;
    call.out = &handler_box_;
    call.table = at.archetype;
    call.row = at.row;
    if (handler.access.neighbours != 0 || handler.asks_neighbours)
      call.place = place_of(event.target, now);
    call.event = &event;
    handler.run(call);
  }
}

} // namespace tessera
