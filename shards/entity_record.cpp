#include "shards/entity_record.hpp"

#include <cstring>

namespace tessera {

namespace {

/// A scratch component travels as a bit of the mask alone: it is zeroed before the next tick anyway.
std::uint32_t travelling_bytes(const component_info& c) {
  return has_mark(c.mark, marks::scratch) ? 0 : c.size;
}

} // namespace

void write_entity(const schema& s, const store& from, handle who, std::vector<std::byte>& to) {
  byte_writer writer{to};
  component_mask mask = from.mask_of(who);
  writer.write(from.id_of(who).value);
  writer.write(mask);
  for (std::size_t c = 0; c < s.components.size(); ++c) {
    std::uint32_t size = travelling_bytes(s.components[c]);
    if (contains(mask, static_cast<component_id>(c)) && size != 0)
      writer.write_bytes({from.get(who, static_cast<component_id>(c)), size});
  }
}

result<handle> read_entity(const schema& s, store& to, byte_reader& from) {
  entity_id id{from.read<std::uint64_t>()};
  auto mask = from.read<component_mask>();
  component_mask known = s.dense_mask() | s.tag_mask() | s.rare_mask();
  if (!from.failed() && ((mask & ~known) != 0 || !contains(mask, position_component)))
    from.give_up("an entity with components that this game does not have");
  if (!from.failed() && to.find(id))
    from.give_up("an entity that is here already");
  std::size_t bytes = 0;
  for (std::size_t c = 0; c < s.components.size(); ++c)
    if (contains(mask, static_cast<component_id>(c)))
      bytes += travelling_bytes(s.components[c]);
  auto values = from.take(bytes);
  if (auto ok = from.check(); !ok)
    return tl::unexpected(ok.error());
  handle who = to.create(to.archetype_for(mask & s.dense_mask()), id);
  std::size_t at = 0;
  for (std::size_t i = 0; i < s.components.size(); ++i) {
    auto c = static_cast<component_id>(i);
    if (!contains(mask, c))
      continue;
    if (contains(s.tag_mask(), c)) {
      to.set_tag(who, c, true);
      continue;
    }
    if (contains(s.rare_mask(), c))
      to.add(who, c);
    std::uint32_t size = travelling_bytes(s.components[i]);
    if (size != 0)
      std::memcpy(to.get(who, c), values.data() + at, size);
    at += size;
  }
  return who;
}

} // namespace tessera
