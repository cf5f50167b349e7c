#include "shards/packet_codec.hpp"

namespace tessera {

namespace {

void write_record(byte_writer& to, const event_record& e) {
  to.write(e.target.value);
  to.write(e.sender.value);
  to.write(e.index);
  to.write(e.phase);
  to.write(e.type);
  to.write(e.seen);
  to.write(e.delay);
  to.write_bytes(e.payload);
}

event_record read_record(byte_reader& from, const schema& game) {
  event_record e;
  e.target.value = from.read<std::uint64_t>();
  e.sender.value = from.read<std::uint64_t>();
  e.index = from.read<std::uint32_t>();
  e.phase = from.read<phase_number>();
  e.type = from.read<std::uint16_t>();
  e.seen = from.read<cell>();
  e.delay = from.read<std::uint32_t>();
  from.read_bytes(e.payload);
  if (!from.failed() && e.type >= game.events.size())
    from.give_up("an event that this game does not have");
  return e;
}

void write_packet(byte_writer& to, const border_packet& p) {
  to.write(p.from);
  to.write(p.tick);
  to.write_counted(std::span(p.ghost_ids));
  to.write_values(std::span(p.ghost_places));
  to.write_values(std::span(p.ghost_masks));
  // Nothing at all has no columns either.
  to.write(static_cast<std::uint32_t>(p.ghost_columns.size()));
  for (const auto& column : p.ghost_columns)
    to.write_counted(std::span(column));
  to.write(p.arrival_count);
  to.write_counted(std::span(p.arrivals));
  to.write(std::uint64_t{p.events.size()});
  for (const auto& e : p.events)
    write_record(to, e);
  to.write_counted(std::span(p.cells));
}

std::shared_ptr<const border_packet> read_packet(byte_reader& from, const world_setup& setup) {
  auto p = std::make_shared<border_packet>();
  p->from = from.read<shard_id>();
  p->tick = from.read<tick_number>();
  p->ghost_ids = from.read_counted<entity_id>();
  p->ghost_places = from.read_values<position>(p->ghost_ids.size());
  p->ghost_masks = from.read_values<component_mask>(p->ghost_ids.size());
  auto columns = from.read<std::uint32_t>();
  bool none = columns == 0 && p->ghost_ids.empty();
  if (!from.failed() && !none && columns != setup.shared_components.size())
    from.give_up("ghosts of another game");
  for (std::uint32_t i = 0; i < columns && !from.failed(); ++i) {
    auto column = from.read_counted<std::byte>();
    std::size_t size = setup.game->components[setup.shared_components[i]].size;
    if (column.size() != size * p->ghost_ids.size())
      from.give_up("a ghost column of another size");
    p->ghost_columns.push_back(std::move(column));
  }
  for (const auto& place : p->ghost_places)
    if (!setup.extent.contains(place.where))
      from.give_up("a ghost outside the world");
  p->arrival_count = from.read<std::uint32_t>();
  p->arrivals = from.read_counted<std::byte>();
  for (auto n = from.read<std::uint64_t>(); n > 0 && !from.failed(); --n)
    p->events.push_back(read_record(from, *setup.game));
  p->cells = from.read_counted<std::byte>();
  return p;
}

void write_letter(byte_writer& to, const letter& mail) {
  to.write(mail.kind);
  to.write(mail.sent);
  to.write(mail.who.value);
  to.write(mail.phase);
  to.write(mail.index);
  to.write(mail.place);
  if (mail.kind == letter_kind::event)
    write_record(to, mail.event);
  else
    to.write_counted(std::span(mail.entity));
}

letter read_letter(byte_reader& from, const schema& game) {
  letter mail;
  mail.kind = from.read<letter_kind>();
  mail.sent = from.read<tick_number>();
  mail.who.value = from.read<std::uint64_t>();
  mail.phase = from.read<phase_number>();
  mail.index = from.read<std::uint32_t>();
  mail.place = from.read<position>();
  if (mail.kind == letter_kind::event)
    mail.event = read_record(from, game);
  else if (mail.kind == letter_kind::teleport)
    mail.entity = from.read_counted<std::byte>();
  else
    from.give_up("a letter of an unknown kind");
  return mail;
}

} // namespace

void write_border_inputs(std::vector<std::byte>& out, const border_inputs& inputs) {
  byte_writer to{out};
  to.write_bool(inputs.after_start);
  to.write_counted(std::span(inputs.world_values));
  to.write(std::uint64_t{inputs.letters.size()});
  for (const auto& mail : inputs.letters)
    write_letter(to, mail);
  to.write(static_cast<std::uint32_t>(inputs.packets.size()));
  for (const auto& p : inputs.packets)
    write_packet(to, *p);
}

result<border_inputs> read_border_inputs(const world_setup& setup,
                                         std::span<const std::byte> bytes) {
  border_inputs out;
  byte_reader from{bytes};
  out.after_start = from.read_bool();
  out.world_values = from.read_counted<std::int64_t>();
  for (auto n = from.read<std::uint64_t>(); n > 0 && !from.failed(); --n)
    out.letters.push_back(read_letter(from, *setup.game));
  for (auto n = from.read<std::uint32_t>(); n > 0 && !from.failed(); --n)
    out.packets.push_back(read_packet(from, setup));
  if (auto ok = from.finish(); !ok)
    return tl::unexpected(ok.error());
  return out;
}

} // namespace tessera
