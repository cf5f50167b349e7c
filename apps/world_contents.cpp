#include "apps/world_contents.hpp"

#include "apps/text.hpp"
#include "net/json_values.hpp"

#include <algorithm>

namespace tessera {

result<world_contents> world_contents::of(const replayed_world& world) {
  auto state = world.state();
  if (!state)
    return tl::unexpected(state.error());
  world_contents out;
  out.setup_ = world.shared_setup();
  out.cut_ = world.shared_cut();
  out.state_ = std::move(*state);
  out.add_tables();
  out.add_letters(world);
  std::sort(out.entities_.begin(), out.entities_.end(),
            [](const entity& l, const entity& r) { return l.id < r.id; });
  out.add_beside();
  return out;
}

void world_contents::add_tables() {
  entities_.reserve(state_->entities());
  for (const auto& part : state_->parts()) {
    for (const auto& table : part.tables) {
      for (std::uint32_t row = 0; row < table.ids.size(); ++row) {
        entity e;
        e.id = table.ids[row];
        e.mask = table.mask;
        e.place = table.place(row);
        e.shard = cut_->owner(e.place.where);
        e.table = &table;
        e.row = row;
        entities_.push_back(e);
      }
    }
  }
}

void world_contents::add_letters(const replayed_world& world) {
  for (const auto& [due, letters] : state_->conductor().letters) {
    for (const auto& mail : letters) {
      if (mail.kind != letter_kind::teleport)
        continue;
      auto who = world.find(mail.who);
      if (!who)
        continue;
      entity e;
      e.id = mail.who;
      e.mask = who->mask;
      e.travelling = true;
      e.place = who->place;
      e.shard = who->shard;
      e.letter = static_cast<std::uint32_t>(letters_.size());
      letters_.push_back(std::move(*who));
      entities_.push_back(e);
    }
  }
}

void world_contents::add_beside() {
  rares_.resize(setup_->game->components.size());
  auto give = [&](entity_id owner, component_id component) {
    auto at = std::lower_bound(entities_.begin(), entities_.end(), owner,
                               [](const entity& l, entity_id r) { return l.id < r; });
    if (at != entities_.end() && at->id == owner)
      at->mask |= bit_of(component);
  };
  for (const auto& part : state_->parts()) {
    for (const auto& tag : part.tags)
      for (entity_id owner : tag.owners)
        give(owner, tag.component);
    for (const auto& rare : part.rares) {
      std::size_t size = setup_->game->components[rare.component].size;
      for (std::size_t i = 0; i < rare.owners.size(); ++i) {
        give(rare.owners[i], rare.component);
        if (!rare.values.empty())
          rares_[rare.component].push_back({rare.owners[i], rare.values.data() + i * size});
      }
    }
  }
  for (auto& values : rares_)
    std::sort(values.begin(), values.end(),
              [](const rare_value& l, const rare_value& r) { return l.owner < r.owner; });
}

const std::byte* world_contents::value(const entity& of, component_id component) const {
  const component_info& info = setup_->game->components[component];
  if (!contains(of.mask, component) || info.size == 0 || has_mark(info.mark, marks::scratch))
    return nullptr;
  if (of.travelling) {
    const auto& bytes = letters_[of.letter].values[component];
    return bytes.empty() ? nullptr : bytes.data();
  }
  if (!has_mark(info.mark, marks::rare)) {
    const auto& column = of.table->columns[component];
    return column.empty() ? nullptr : column.data() + std::size_t{of.row} * info.size;
  }
  const auto& values = rares_[component];
  auto at = std::lower_bound(values.begin(), values.end(), of.id,
                             [](const rare_value& l, entity_id r) { return l.owner < r; });
  return at != values.end() && at->owner == of.id ? at->bytes : nullptr;
}

std::size_t world_contents::cell_index(const saved_part& part, cell c) const {
  return static_cast<std::size_t>(c.z - part.region.z0) *
           static_cast<std::size_t>(part.region.width()) +
         static_cast<std::size_t>(c.x - part.region.x0);
}

const std::byte* world_contents::cell_value(std::size_t component, cell c) const {
  const saved_part& part = state_->parts()[owner(c)];
  return part.cells[component].data() +
         cell_index(part, c) * setup_->game->cell_components[component].size;
}

std::uint32_t world_contents::counter(cell c) const {
  const saved_part& part = state_->parts()[owner(c)];
  return part.counters[cell_index(part, c)];
}

nlohmann::ordered_json world_contents::entity_json(const entity& of) const {
  nlohmann::ordered_json out{{"id", hex_text(of.id.value)}, {"shard", of.shard}};
  if (of.travelling)
    out["travelling"] = true;
  auto& has = out["components"] = nlohmann::ordered_json::object();
  const auto& components = setup_->game->components;
  for (std::size_t c = 0; c < components.size(); ++c) {
    if (!contains(of.mask, static_cast<component_id>(c)))
      continue;
    const std::byte* bytes = value(of, static_cast<component_id>(c));
    if (of.travelling && c == position_component)
      bytes = reinterpret_cast<const std::byte*>(&of.place);
    has[components[c].name] = bytes == nullptr ? nlohmann::ordered_json::object()
                                               : fields_value(components[c].fields, bytes);
  }
  return out;
}

namespace {

std::string line(const nlohmann::ordered_json& value) {
  return value.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

void dump_cells(std::ostream& to, const world_contents& what) {
  const auto& components = what.setup().game->cell_components;
  const cell_rect& world = what.setup().extent;
  const char* before = "\n";
  for (std::int32_t z = world.z0; z < world.z1; ++z) {
    for (std::int32_t x = world.x0; x < world.x1; ++x) {
      cell c{static_cast<std::uint16_t>(x), static_cast<std::uint16_t>(z)};
      nlohmann::ordered_json one{{"cell", {c.x, c.z}}};
      for (std::size_t i = 0; i < components.size(); ++i)
        one[components[i].name] = fields_value(components[i].fields, what.cell_value(i, c));
      to << before << line(one);
      before = ",\n";
    }
  }
}

} // namespace

void dump_state(std::ostream& to, const world_contents& what, const std::string& world,
                std::uint64_t hash) {
  const saved_conductor& conductor = what.state().conductor();
  to << "{\"tick\":" << what.state().tick() << ",\n\"world\":" << line(world)
     << ",\n\"game\":" << line(what.setup().game->game) << ",\n\"world_hash\":\"" << hex_text(hash)
     << "\",\n\"entities\":[";
  const char* before = "\n";
  for (const auto& e : what.entities()) {
    to << before << line(what.entity_json(e));
    before = ",\n";
  }
  to << "],\n\"cells\":[";
  if (!what.setup().game->cell_components.empty())
    dump_cells(to, what);
  nlohmann::ordered_json sessions = nlohmann::ordered_json::object();
  for (auto [session, sequence] : conductor.sequence)
    sessions[std::to_string(session)] = std::to_string(sequence);
  std::size_t letters = 0;
  for (const auto& [due, mail] : conductor.letters)
    letters += mail.size();
  std::size_t events = 0;
  for (const auto& part : what.state().parts())
    events += part.events.size();
  to << "],\n\"sessions\":" << line(sessions) << ",\n\"letters\":" << letters
     << ",\n\"events\":" << events << "}\n";
}

} // namespace tessera
