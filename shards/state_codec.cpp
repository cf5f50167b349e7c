#include "shards/state_codec.hpp"

#include "shards/component_mapping.hpp"
#include "shards/entity_record.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <map>
#include <optional>

namespace tessera {

namespace {

std::span<const std::byte> bytes_of(const std::vector<std::byte>& v) {
  return v;
}

template <class T>
std::vector<T> values_of(std::vector<std::byte> bytes) {
  std::vector<T> out(bytes.size() / sizeof(T));
  if (!out.empty())
    std::memcpy(out.data(), bytes.data(), out.size() * sizeof(T));
  return out;
}

void write_event(byte_writer& to, const event_record& e) {
  to.write(e.target.value);
  to.write(e.sender.value);
  to.write(e.index);
  to.write(e.phase);
  to.write(e.type);
  to.write(e.seen.x);
  to.write(e.seen.z);
  to.write(e.delay);
  to.write_bytes(e.payload);
}

/// Nothing when the game of now does not have such events any more.
std::optional<event_record> read_event(byte_reader& from, const component_mapping& mapping) {
  event_record e;
  e.target.value = from.read<std::uint64_t>();
  e.sender.value = from.read<std::uint64_t>();
  e.index = from.read<std::uint32_t>();
  e.phase = from.read<phase_number>();
  auto type = from.read<std::uint16_t>();
  e.seen.x = from.read<std::uint16_t>();
  e.seen.z = from.read<std::uint16_t>();
  e.delay = from.read<std::uint32_t>();
  auto payload = from.take(e.payload.size());
  const auto* source = mapping.source_of_event(type);
  if (!from.failed() && (source == nullptr || source->size > payload.size()))
    from.give_up("an event that its schema does not name");
  if (from.failed() || !source->to)
    return std::nullopt;
  e.type = *source->to;
  component_mapping::convert(*source, payload.first(source->size), e.payload, 1);
  return e;
}

/// An entity's record (entity_record.hpp) in the form that the game has now.
std::vector<std::byte> read_record(byte_reader& from, const schema& game,
                                   const component_mapping& mapping) {
  auto bytes = from.read_counted<std::byte>();
  byte_reader record{bytes};
  auto id = record.read<std::uint64_t>();
  auto saved_mask = record.read<component_mask>();
  component_mask mask = 0;
  std::map<component_id, std::vector<std::byte>> values;
  for (component_mask rest = saved_mask; rest != 0; rest &= rest - 1) {
    const auto* source = mapping.source(static_cast<std::size_t>(std::countr_zero(rest)));
    if (source == nullptr) {
      from.give_up("a component that its schema does not name");
      return {};
    }
    bool travels = !has_mark(source->mark, marks::scratch);
    auto value = record.take(travels ? source->size : 0);
    if (record.failed() || !source->to)
      continue;
    auto to = static_cast<component_id>(*source->to);
    mask |= bit_of(to);
    auto& converted = values[to];
    if (has_mark(game.components[to].mark, marks::scratch))
      continue;
    converted.resize(game.components[to].size);
    if (travels)
      component_mapping::convert(*source, value, converted, 1);
  }
  if (!record.finish() || (!contains(mask, position_component) && !from.failed()))
    from.give_up("a letter that holds no whole entity");
  std::vector<std::byte> out;
  byte_writer to{out};
  to.write(id);
  to.write(mask);
  for (const auto& [component, value] : values)
    to.write_bytes(value);
  return out;
}

/// Entities that left in packets, as a store of their own.
store_snapshot arrivals_of(const schema& game, const shard_state& state) {
  auto columns = game.columns();
  store travellers(columns);
  for (const auto& p : state.packets) {
    byte_reader reader{p->arrivals};
    for (std::uint32_t i = 0; i < p->arrival_count; ++i)
      TESSERA_ASSERT(read_entity(game, travellers, reader).has_value(),
                     "a shard's own packet holds whole entities");
  }
  return travellers.snapshot();
}

/// Events of the last tick, each once, though several neighbours may have it.
std::vector<event_record> events_of(const shard_state& state) {
  std::vector<event_record> events = state.own_events;
  for (const auto& p : state.packets)
    events.insert(events.end(), p->events.begin(), p->events.end());
  std::sort(events.begin(), events.end(),
            [](const auto& l, const auto& r) { return l.order() < r.order(); });
  events.erase(std::unique(events.begin(), events.end(),
                           [](const auto& l, const auto& r) { return l.order() == r.order(); }),
               events.end());
  return events;
}

class section_writer {
public:
  explicit section_writer(const schema& game) : game_(game) {}

  void add(std::string name, std::uint32_t element_bytes, std::span<const std::byte> bytes) {
    sections_.push_back({std::move(name), element_bytes, bytes, {}});
  }
  void add_own(std::string name, std::uint32_t element_bytes, std::vector<std::byte> bytes) {
    sections_.push_back({std::move(name), element_bytes, {}, std::move(bytes)});
    sections_.back().bytes = bytes_of(sections_.back().own);
  }

  /// Tables, tags and rare components of one store.
  void add_store(const store_snapshot& from, bool copy);
  std::vector<state_section> finish() {
    add_own("tables", 1, std::move(tables_));
    add_own("beside", 1, std::move(beside_));
    return std::move(sections_);
  }

private:
  void add_values(std::string name, std::uint32_t size, const std::byte* at, std::size_t bytes,
                  bool copy) {
    if (copy)
      add_own(std::move(name), size, {at, at + bytes});
    else
      add(std::move(name), size, {at, bytes});
  }
  void add_beside(component_id c, const std::vector<entity_id>& owners,
                  std::span<const std::byte> values) {
    byte_writer to{beside_};
    to.write(c);
    to.write_counted(std::span(owners));
    to.write_counted(values);
  }

  const schema& game_;
  std::vector<state_section> sections_;
  std::vector<std::byte> tables_; // mask and rows of each
  std::vector<std::byte> beside_; // component, owners, values
  std::size_t count_ = 0;
};

void section_writer::add_store(const store_snapshot& from, bool copy) {
  for (const auto& part : from.parts) {
    byte_writer to{tables_};
    to.write(part.mask);
    to.write(std::uint64_t{part.rows});
    std::string prefix = "table/" + std::to_string(count_++) + "/";
    add_values(prefix + "id", 8, from.at(part.ids_offset), std::size_t{part.rows} * 8, copy);
    for (const auto& column : part.columns) {
      const auto& info = game_.components[column.component];
      if (has_mark(info.mark, marks::scratch) || info.size == 0)
        continue;
      add_values(prefix + info.name, info.size, from.at(column.offset), column.bytes, copy);
    }
    for (const auto& tag : part.tags) {
      std::vector<entity_id> owners;
      for (std::uint32_t row = 0; row < part.rows; ++row) {
        std::uint64_t word;
        std::memcpy(&word, from.at(tag.offset) + row / 64 * 8, 8);
        if ((word >> (row % 64) & 1) != 0)
          owners.push_back(from.ids(part)[row]);
      }
      add_beside(tag.component, owners, {});
    }
  }
  for (const auto& rare : from.sparse) {
    std::vector<entity_id> owners;
    for (row_ref at : rare.owners)
      for (const auto& part : from.parts)
        if (part.archetype == at.archetype)
          owners.push_back(from.ids(part)[at.row]);
    bool scratch = has_mark(game_.components[rare.component].mark, marks::scratch);
    add_beside(rare.component, owners,
               scratch ? std::span<const std::byte>{}
                       : std::span(from.at(rare.offset), rare.bytes));
  }
}

} // namespace

std::vector<state_section> write_sections(const schema& game, const shard_state& state) {
  section_writer to{game};
  std::vector<std::byte> head;
  byte_writer writer{head};
  writer.write(state.tick);
  writer.write(state.region);
  to.add_own("shard", 1, std::move(head));
  to.add_own("schema", 1, write_schema(game));
  to.add("counters", 4, std::as_bytes(std::span(state.counters)));
  for (std::size_t c = 0; c < state.cells.size(); ++c)
    to.add("cell/" + game.cell_components[c].name, game.cell_components[c].size, state.cells[c]);
  to.add_store(state.entities, false);
  to.add_store(arrivals_of(game, state), true);
  std::vector<std::byte> mail;
  byte_writer events{mail};
  auto sent = events_of(state);
  events.write(std::uint64_t{sent.size()});
  for (const auto& e : sent)
    write_event(events, e);
  to.add_own("events", 1, std::move(mail));
  return to.finish();
}

std::vector<std::byte> write_conductor(const saved_conductor& state) {
  std::vector<std::byte> out;
  byte_writer to{out};
  to.write(state.tick);
  to.write(std::uint64_t{state.sequence.size()});
  for (auto [session, sequence] : state.sequence) {
    to.write(session);
    to.write(sequence);
  }
  to.write(std::uint64_t{state.letters.size()});
  for (const auto& [due, letters] : state.letters) {
    to.write(due);
    to.write(std::uint64_t{letters.size()});
    for (const auto& mail : letters) {
      to.write(mail.kind);
      to.write(mail.sent);
      to.write(mail.who.value);
      to.write(mail.phase);
      to.write(mail.index);
      to.write(mail.place);
      if (mail.kind == letter_kind::teleport)
        to.write_counted(bytes_of(mail.entity));
      else
        write_event(to, mail.event);
    }
  }
  to.write(std::uint64_t{state.values.size()});
  for (const auto& [tick, values] : state.values) {
    to.write(tick);
    to.write_counted(std::span(values));
  }
  return out;
}

namespace {

/// Reads one part, component by component through the mapping from the saved schema.
class part_reader {
public:
  part_reader(const schema& game, const section_source& sections)
    : game_(game), sections_(sections) {}

  result<saved_part> read();

private:
  result<void> read_head();
  result<void> read_cells();
  result<void> read_tables();
  result<void> read_beside();
  result<void> read_events();
  result<void> read_column(saved_part::table& table, const std::string& prefix, std::size_t from,
                           std::size_t rows);
  result<std::vector<std::byte>> values(const std::string& name, std::size_t bytes);

  const schema& game_;
  const section_source& sections_;
  component_mapping mapping_;
  saved_part part_;
};

result<std::vector<std::byte>> part_reader::values(const std::string& name, std::size_t bytes) {
  auto found = sections_(name);
  if (found && found->size() != bytes)
    return fail(error_code::bad_bytes, "section " + name + " has " + std::to_string(found->size()) +
                                         " bytes, not " + std::to_string(bytes));
  return found;
}

result<void> part_reader::read_head() {
  auto head = sections_("shard");
  if (!head)
    return tl::unexpected(head.error());
  byte_reader reader{*head};
  part_.tick = reader.read<tick_number>();
  part_.region = reader.read<cell_rect>();
  if (auto ok = reader.finish(); !ok)
    return ok;
  constexpr std::int32_t most = 1 << 16;
  const cell_rect& r = part_.region;
  if (r.x0 < 0 || r.z0 < 0 || r.x1 > most || r.z1 > most || r.x1 <= r.x0 || r.z1 <= r.z0)
    return fail(error_code::bad_bytes, "the part's cells are no rectangle of a world");
  auto saved = sections_("schema");
  if (!saved)
    return tl::unexpected(saved.error());
  auto mapping = map_components(game_, *saved);
  if (!mapping)
    return tl::unexpected(mapping.error());
  mapping_ = std::move(*mapping);
  return {};
}

result<void> part_reader::read_cells() {
  auto area = static_cast<std::size_t>(part_.region.area());
  auto counters = values("counters", area * 4);
  if (!counters)
    return tl::unexpected(counters.error());
  part_.counters = values_of<std::uint32_t>(std::move(*counters));
  part_.cells.resize(game_.cell_components.size());
  for (std::size_t c = 0; c < game_.cell_components.size(); ++c) {
    part_.cells[c].resize(area * game_.cell_components[c].size);
    const auto* from = mapping_.source_of_cells(c);
    if (from == nullptr)
      continue; // new in this version of the game
    auto saved = values("cell/" + from->name, area * from->size);
    if (!saved)
      return tl::unexpected(saved.error());
    mapping_.convert(*from, *saved, part_.cells[c], area);
  }
  return {};
}

result<void> part_reader::read_tables() {
  auto tables = sections_("tables");
  if (!tables)
    return tl::unexpected(tables.error());
  byte_reader reader{*tables};
  for (std::size_t i = 0; reader.remaining() != 0 && !reader.failed(); ++i) {
    auto mask = reader.read<component_mask>();
    auto rows = reader.read<std::uint64_t>();
    if (reader.failed() || rows > limits::rows_per_archetype || !contains(mask, position_component))
      return fail(error_code::bad_bytes, "table " + std::to_string(i) + " is no table");
    std::string prefix = "table/" + std::to_string(i) + "/";
    auto ids = values(prefix + "id", rows * 8);
    if (!ids)
      return tl::unexpected(ids.error());
    saved_part::table table;
    table.ids = values_of<entity_id>(std::move(*ids));
    table.columns.resize(game_.components.size());
    for (component_mask rest = mask; rest != 0; rest &= rest - 1)
      if (auto ok =
            read_column(table, prefix, static_cast<std::size_t>(std::countr_zero(rest)), rows);
          !ok)
        return ok;
    part_.tables.push_back(std::move(table));
  }
  return reader.check();
}

result<void> part_reader::read_column(saved_part::table& table, const std::string& prefix,
                                      std::size_t from, std::size_t rows) {
  const auto* source = mapping_.source(from);
  if (source == nullptr)
    return fail(error_code::bad_bytes, prefix + " has a component that its schema does not name");
  if (!source->to)
    return {}; // dropped in this version of the game
  auto to = static_cast<component_id>(*source->to);
  table.mask |= bit_of(to);
  if (!contains(game_.dense_mask(), to))
    return fail(error_code::wrong_code,
                "component " + source->name + " was stored in columns and is not any more");
  const auto& info = game_.components[to];
  if (has_mark(info.mark, marks::scratch) || source->size == 0)
    return {};
  auto saved = values(prefix + source->name, rows * source->size);
  if (!saved)
    return tl::unexpected(saved.error());
  table.columns[to].resize(rows * info.size);
  mapping_.convert(*source, *saved, table.columns[to], rows);
  return {};
}

result<void> part_reader::read_beside() {
  auto beside = sections_("beside");
  if (!beside)
    return tl::unexpected(beside.error());
  byte_reader reader{*beside};
  while (reader.remaining() != 0 && !reader.failed()) {
    auto component = reader.read<component_id>();
    auto owners = reader.read_counted<entity_id>();
    auto bytes = reader.read_counted<std::byte>();
    if (reader.failed())
      break;
    const auto* source = mapping_.source(component);
    if (source == nullptr || (!bytes.empty() && bytes.size() != owners.size() * source->size))
      return fail(error_code::bad_bytes, "tags and rare components are not as their schema says");
    if (!source->to)
      continue;
    auto to = static_cast<component_id>(*source->to);
    if (contains(game_.tag_mask(), to)) {
      part_.tags.push_back({to, std::move(owners)});
      continue;
    }
    if (!contains(game_.rare_mask(), to))
      return fail(error_code::wrong_code,
                  "component " + source->name + " was a tag or rare and is not any more");
    saved_part::rare rare{to, std::move(owners), {}};
    if (!bytes.empty()) {
      rare.values.resize(rare.owners.size() * game_.components[to].size);
      mapping_.convert(*source, bytes, rare.values, rare.owners.size());
    }
    part_.rares.push_back(std::move(rare));
  }
  return reader.check();
}

result<void> part_reader::read_events() {
  auto bytes = sections_("events");
  if (!bytes)
    return tl::unexpected(bytes.error());
  byte_reader reader{*bytes};
  auto count = reader.read<std::uint64_t>();
  for (std::uint64_t i = 0; i < count && !reader.failed(); ++i)
    if (auto e = read_event(reader, mapping_))
      part_.events.push_back(*e);
  return reader.finish();
}

result<saved_part> part_reader::read() {
  for (auto step : {&part_reader::read_head, &part_reader::read_cells, &part_reader::read_tables,
                    &part_reader::read_beside, &part_reader::read_events})
    if (auto ok = (this->*step)(); !ok)
      return tl::unexpected(ok.error());
  return std::move(part_);
}

} // namespace

result<saved_part> read_part(const schema& game, const section_source& sections) {
  return part_reader{game, sections}.read();
}

result<saved_conductor> read_conductor(const schema& game, std::span<const std::byte> saved_schema,
                                       std::span<const std::byte> bytes) {
  auto mapping = map_components(game, saved_schema);
  if (!mapping)
    return tl::unexpected(mapping.error());
  saved_conductor out;
  byte_reader from{bytes};
  out.tick = from.read<tick_number>();
  for (auto n = from.read<std::uint64_t>(); n > 0 && !from.failed(); --n) {
    auto session = from.read<session_id>();
    out.sequence[session] = from.read<std::uint64_t>();
  }
  for (auto n = from.read<std::uint64_t>(); n > 0 && !from.failed(); --n) {
    auto& letters = out.letters[from.read<tick_number>()];
    for (auto m = from.read<std::uint64_t>(); m > 0 && !from.failed(); --m) {
      letter mail;
      mail.kind = from.read<letter_kind>();
      mail.sent = from.read<tick_number>();
      mail.who.value = from.read<std::uint64_t>();
      mail.phase = from.read<phase_number>();
      mail.index = from.read<std::uint32_t>();
      mail.place = from.read<position>();
      if (mail.kind == letter_kind::teleport)
        mail.entity = read_record(from, game, *mapping);
      else if (auto e = read_event(from, *mapping))
        mail.event = *e;
      else if (!from.failed())
        continue; // of a kind that the game does not have any more
      if (mail.kind != letter_kind::event && mail.kind != letter_kind::teleport)
        from.give_up("a letter of an unknown kind");
      letters.push_back(std::move(mail));
    }
  }
  for (auto n = from.read<std::uint64_t>(); n > 0 && !from.failed(); --n) {
    auto tick = from.read<tick_number>();
    out.values[tick] = from.read_counted<std::int64_t>();
  }
  if (auto ok = from.finish(); !ok)
    return tl::unexpected(ok.error());
  return out;
}

} // namespace tessera
