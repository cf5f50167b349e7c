#include "shards/instances.hpp"

#include "core/assert.hpp"
#include "core/hash.hpp"
#include "core/math.hpp"
#include "shards/entity_record.hpp"
#include "shards/shard.hpp"

#include <algorithm>
#include <cstring>
#include <numeric>

namespace tessera {

namespace {

/// One field of all rows of an archetype; null where the game names none, or these rows lack it.
class float_column {
public:
  float_column(const schema& s, const archetype& table, const std::optional<field_place>& field) {
    if (!field || table.column(field->component) == nullptr)
      return;
    at_ = table.column(field->component) + field->offset;
    stride_ = s.components[field->component].size;
  }
  bool there() const { return at_ != nullptr; }
  float operator[](std::size_t row) const {
    float value;
    std::memcpy(&value, at_ + row * stride_, sizeof value);
    return value;
  }

private:
  const std::byte* at_ = nullptr;
  std::size_t stride_ = 0;
};

/// 16 bits of an id, evenly spread. One multiplication: it is asked of every body in every tick.
std::uint16_t variety_of(entity_id id) {
  return static_cast<std::uint16_t>((id.value * 0x9E3779B97F4A7C15ull) >> 48);
}

/// Whoever stands still faces somewhere, and not all the same way.
instance_turn facing_by_id(std::uint16_t variety) {
  // A point of the square's edge, made a unit vector: no circular function is needed.
  const float along = static_cast<float>(variety & 0x3FFF) / 8192.0F - 1.0F;
  const float scale = 32767.0F / math::sqrt(1.0F + along * along);
  auto a = static_cast<std::int16_t>(along * scale);
  auto b = static_cast<std::int16_t>(scale);
  switch (variety >> 14) {
    case 0: return {a, b, 0, variety};
    case 1: return {b, static_cast<std::int16_t>(-a), 0, variety};
    case 2: return {static_cast<std::int16_t>(-a), static_cast<std::int16_t>(-b), 0, variety};
    default: return {static_cast<std::int16_t>(-b), a, 0, variety};
  }
}

instance_turn facing(float east, float south, std::uint16_t variety) {
  const float speed = math::sqrt(east * east + south * south);
  if (!(speed > 0.02F)) // slower, the direction is noise
    return facing_by_id(variety);
  const float scale = 32767.0F / speed;
  return {static_cast<std::int16_t>(east * scale), static_cast<std::int16_t>(south * scale),
          static_cast<std::uint16_t>(std::min(speed * 100.0F, 65535.0F)), variety};
}

void append_rows(const schema& s, const archetype& table, const appearance& looks,
                 float cell_size_m, instance_columns& out) {
  const std::size_t kind = kind_of(looks, table.mask());
  if (kind == looks.kinds.size() || looks.kinds[kind].shape == body_shape::hidden)
    return;
  const kind_appearance& look = looks.kinds[kind];
  const std::size_t first = out.places.size();
  const std::size_t rows = table.rows();
  out.places.resize(first + rows);
  out.turns.resize(first + rows);
  out.materials.resize(first + rows, static_cast<instance_material>(kind));
  out.ids.insert(out.ids.end(), table.ids(), table.ids() + rows);
  const auto* positions = table.column_as<position>(position_component);
  const float to_fraction = 65536.0F / cell_size_m;
  const float_column east{s, table, look.velocity_east};
  const float_column south{s, table, look.velocity_south};
  const float_column age{s, table, look.age};
  const float growth = (1.0F - look.newborn_scale) / std::max(look.grown_at, 1e-6F);
  for (std::size_t row = 0; row < rows; ++row) {
    const position& p = positions[row];
    float scale = look.length_m;
    if (age.there())
      scale *= std::clamp(look.newborn_scale + growth * age[row], 0.0F, 1.0F);
    out.places[first + row] = {p.where.x,
                               p.where.z,
                               static_cast<std::uint16_t>(p.x * to_fraction),
                               static_cast<std::uint16_t>(p.z * to_fraction),
                               p.y,
                               scale};
    const std::uint16_t variety = variety_of(table.ids()[row]);
    out.turns[first + row] = east.there() && south.there() ? facing(east[row], south[row], variety)
                                                           : facing_by_id(variety);
  }
}

void append_store(const shard& from, const store& whose, const appearance& looks, float cell_size_m,
                  instance_columns& out) {
  for (std::uint32_t t = 0; t < whose.archetype_count(); ++t)
    if (whose.at(t).rows() != 0)
      append_rows(from.declared(), whose.at(t), looks, cell_size_m, out);
}

void write_cover(const shard& from, const ground_cover& cover,
                 std::pmr::vector<std::uint8_t>& out) {
  const std::size_t stride = from.declared().cell_components[cover.cell_component].size;
  const std::byte* at = from.cells().now(cover.cell_component) + cover.offset;
  out.resize(from.cells().size());
  const float scale = 255.0F / cover.full;
  for (auto& value : out) {
    float amount;
    std::memcpy(&amount, at, sizeof amount);
    value = static_cast<std::uint8_t>(std::clamp(amount * scale, 0.0F, 255.0F));
    at += stride;
  }
}

template <class T>
void permute(std::pmr::vector<T>& column, const std::vector<std::uint32_t>& order) {
  std::pmr::vector<T> sorted(column.get_allocator());
  sorted.reserve(column.size());
  for (std::uint32_t from : order)
    sorted.push_back(column[from]);
  column = std::move(sorted);
}

} // namespace

void write_instances(const shard& from, std::span<const std::shared_ptr<const border_packet>> sent,
                     const appearance& looks, float cell_size_m, instance_columns& out) {
  out.tick = from.tick();
  out.region = from.region();
  out.places.clear();
  out.turns.clear();
  out.materials.clear();
  out.ids.clear();
  out.cover.clear();
  append_store(from, from.entities(), looks, cell_size_m, out);
  if (std::any_of(sent.begin(), sent.end(), [](const auto& p) { return p->arrival_count != 0; })) {
    store travellers{from.declared().columns()};
    for (const auto& packet : sent) {
      byte_reader reader{packet->arrivals};
      for (std::uint32_t i = 0; i < packet->arrival_count; ++i)
        TESSERA_ASSERT(read_entity(from.declared(), travellers, reader).has_value(),
                       "a shard's own packet is whole");
    }
    append_store(from, travellers, looks, cell_size_m, out);
  }
  if (looks.cover)
    write_cover(from, *looks.cover, out.cover);
}

void order_by_id(instance_columns& rows) {
  std::vector<std::uint32_t> order(rows.ids.size());
  std::iota(order.begin(), order.end(), 0u);
  std::sort(order.begin(), order.end(),
            [&](std::uint32_t l, std::uint32_t r) { return rows.ids[l] < rows.ids[r]; });
  permute(rows.places, order);
  permute(rows.turns, order);
  permute(rows.materials, order);
  permute(rows.ids, order);
}

} // namespace tessera
