#include "shards/instances.hpp"

#include "core/assert.hpp"
#include "core/lanes.hpp"
#include "core/math.hpp"
#include "shards/entity_record.hpp"
#include "shards/shard.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
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
  /// Rows from `first` on, one behind the other.
  void copy(std::size_t first, std::size_t rows, float* to) const {
    const std::byte* from = at_ + first * stride_;
    // Speeds are pairs nearly everywhere; a stride that is known is many rows a time.
    if (stride_ == 2 * sizeof(float)) {
      for (std::size_t i = 0; i < rows; ++i)
        std::memcpy(to + i, from + i * 2 * sizeof(float), sizeof(float));
      return;
    }
    for (std::size_t i = 0; i < rows; ++i)
      std::memcpy(to + i, from + i * stride_, sizeof(float));
  }

private:
  const std::byte* at_ = nullptr;
  std::size_t stride_ = 0;
};

// Rows go through registers eight at a time, by way of blocks that stay in the nearest cache.
constexpr std::size_t block_rows = 64;
struct block {
  alignas(32) std::array<float, block_rows> east{}, south{}, speed{}, length{};
  alignas(32) std::array<std::int32_t, block_rows> variety{};
};

constexpr float slowest_m_s = 0.02F; // slower, the direction is noise

TESSERA_LANES_INLINE lane_ints choose(lane_ints mask, lane_ints yes, lane_ints no) {
  return (yes & mask) | (no & ~mask);
}
/// Plain loops are vectorised where nothing in them decides; vectors have no root of their own.
TESSERA_LANES_INLINE lanes roots_of(lanes value) {
  alignas(32) std::array<float, lane_count> out{};
  store_lanes(out.data(), value);
  for (float& one : out)
    one = math::sqrt(one);
  return load_lanes(out.data());
}

struct lane_direction {
  lane_ints east, south; ///< of a unit vector, in 32767ths
};

/// Whoever stands still faces somewhere, and not all the same way.
TESSERA_LANES_INLINE lane_direction direction_at_rest(lane_ints variety) {
  // A point of the square's edge, made a unit vector: no circular function is needed.
  const lanes along =
    __builtin_convertvector(variety & splat_int(0x3FFF), lanes) / splat(8192.0F) - splat(1.0F);
  const lanes edge = splat(32767.0F) / roots_of(splat(1.0F) + along * along);
  const lane_ints beside = whole(along * edge);
  const lane_ints ahead = whole(edge);
  // By quarters, in turn: (beside, ahead), (ahead, -beside), and both with the other sign.
  const lane_ints odd = -((variety >> 14) & splat_int(1));
  const lane_ints back = -((variety >> 15) & splat_int(1));
  return {(choose(odd, ahead, beside) ^ back) - back, (choose(odd, -beside, ahead) ^ back) - back};
}

/// Of eight rows; behind the last one there is room for them.
TESSERA_LANES_INLINE void face(const block& b, std::size_t i, instance_turn* to_rows) {
  const lanes east = load_lanes(&b.east[i]);
  const lanes south = load_lanes(&b.south[i]);
  const lane_ints variety = load_ints(&b.variety[i]);
  const lanes speed = roots_of(east * east + south * south);
  const lane_ints moves = speed > splat(slowest_m_s);
  const lanes scale = splat(32767.0F) / (keep(moves, speed) + keep(~moves, splat(1.0F)));
  lane_direction to{whole(keep(moves, east) * scale), whole(keep(moves, south) * scale)};
  if (!all_set(moves)) { // most often all do, and roots and quotients are what takes time
    const lane_direction rest = direction_at_rest(variety);
    to = {choose(moves, to.east, rest.east), choose(moves, to.south, rest.south)};
  }
  const lanes speed_cm_s = speed * splat(100.0F);
  const lane_ints fits = speed_cm_s < splat(65535.0F);
  const lane_ints shown_cm_s =
    whole(keep(fits & moves, speed_cm_s) + keep(~fits & moves, splat(65535.0F)));
  const lane_ints direction = (to.east & splat_int(0xFFFF)) | (to.south << 16);
  const lane_ints rest = shown_cm_s | (variety << 16);
  const lane_ints first = __builtin_shufflevector(direction, rest, 0, 8, 1, 9, 2, 10, 3, 11);
  const lane_ints second = __builtin_shufflevector(direction, rest, 4, 12, 5, 13, 6, 14, 7, 15);
  std::memcpy(static_cast<void*>(to_rows), &first, sizeof first);
  std::memcpy(static_cast<void*>(to_rows + 4), &second, sizeof second);
}

/// 16 bits of an id, evenly spread. One multiplication: it is asked of every body in every tick.
std::int32_t variety_of(entity_id id) {
  return static_cast<std::int32_t>((id.value * 0x9E3779B97F4A7C15ull) >> 48);
}

/// Of rows Row and Row + 1 of eight: each is four words.
template <int Row>
TESSERA_LANES_INLINE void write_two_places(const position* from, float to_fraction, lanes lengths,
                                           instance_place* to) {
  constexpr std::int32_t all = -1;
  const lane_ints axes{0, all, 0, all, 0, all, 0, all};
  const lane_ints words = load_ints(from + Row);
  lanes metres;
  std::memcpy(&metres, &words, sizeof metres);
  const lane_ints parts = whole(keep(axes, metres) * splat(to_fraction)); // -, x, -, z
  const lane_ints south = __builtin_shufflevector(parts, parts, 0, 3, 2, 3, 4, 7, 6, 7);
  const lane_ints fractions = (parts & splat_int(0xFFFF)) | (south << 16);
  const lanes two = __builtin_shufflevector(lengths, lengths, Row, Row, Row, Row, Row + 1, Row + 1,
                                            Row + 1, Row + 1);
  lane_ints scale;
  std::memcpy(&scale, &two, sizeof scale);
  // The cell and the height stay where they are.
  lane_ints out = __builtin_shufflevector(words, fractions, 0, 9, 2, 3, 4, 13, 6, 7);
  out = __builtin_shufflevector(out, scale, 0, 1, 2, 11, 4, 5, 6, 15);
  std::memcpy(static_cast<void*>(to + Row), &out, sizeof out);
}

/// Of eight rows.
TESSERA_LANES_INLINE void write_places(const position* from, float to_fraction,
                                       const float* lengths, instance_place* to) {
  const lanes eight = load_lanes(lengths);
  write_two_places<0>(from, to_fraction, eight, to);
  write_two_places<2>(from, to_fraction, eight, to);
  write_two_places<4>(from, to_fraction, eight, to);
  write_two_places<6>(from, to_fraction, eight, to);
}
static_assert(sizeof(cell) == 4 && offsetof(instance_place, y_m) == 8 &&
              offsetof(instance_place, x) == 4 && offsetof(instance_turn, speed_cm_s) == 4);

/// Makes room for more rows without writing what is written over at once.
template <class T>
T* add_rows(std::pmr::vector<T>& to, std::size_t& end, std::size_t rows) {
  if (to.size() < end + rows)
    to.resize(end + rows);
  return to.data() + end;
}

void append_rows(const schema& s, const archetype& table, const appearance& looks,
                 float cell_size_m, instance_columns& out, std::size_t& end) {
  const std::size_t kind = kind_of(looks, table.mask());
  if (kind == looks.kinds.size() || looks.kinds[kind].shape == body_shape::hidden)
    return;
  const kind_appearance& look = looks.kinds[kind];
  const std::size_t all = table.rows();
  instance_place* places = add_rows(out.places, end, all);
  instance_turn* turns = add_rows(out.turns, end, all);
  std::fill_n(add_rows(out.materials, end, all), all, static_cast<instance_material>(kind));
  std::copy_n(table.ids(), all, add_rows(out.ids, end, all));
  end += all;
  const auto* positions = table.column_as<position>(position_component);
  const float to_fraction = 65536.0F / cell_size_m;
  const float_column east{s, table, look.velocity_east};
  const float_column south{s, table, look.velocity_south};
  const float_column age{s, table, look.age};
  const float growth = (1.0F - look.newborn_scale) / std::max(look.grown_at, 1e-6F);
  block b;
  b.length.fill(look.length_m);
  for (std::size_t first = 0; first < all; first += block_rows) {
    const std::size_t rows = std::min(block_rows, all - first);
    if (age.there())
      for (std::size_t i = 0; i < rows; ++i)
        b.length[i] =
          look.length_m * std::clamp(look.newborn_scale + growth * age[first + i], 0.0F, 1.0F);
    if (east.there() && south.there()) {
      east.copy(first, rows, b.east.data());
      south.copy(first, rows, b.south.data());
    }
    for (std::size_t i = 0; i < rows; ++i)
      b.variety[i] = variety_of(table.ids()[first + i]);
    std::size_t i = 0;
    for (; i + lane_count <= rows; i += lane_count) {
      write_places(positions + first + i, to_fraction, &b.length[i], places + first + i);
      face(b, i, turns + first + i);
    }
    if (i == rows)
      continue;
    // The last few, where whole lanes would go beyond the end.
    std::array<position, lane_count> last{};
    std::array<instance_place, lane_count> last_places;
    std::array<instance_turn, lane_count> last_turns;
    std::copy_n(positions + first + i, rows - i, last.begin());
    write_places(last.data(), to_fraction, &b.length[i], last_places.data());
    face(b, i, last_turns.data());
    std::copy_n(last_places.begin(), rows - i, places + first + i);
    std::copy_n(last_turns.begin(), rows - i, turns + first + i);
  }
}

void append_store(const shard& from, const store& whose, const appearance& looks, float cell_size_m,
                  instance_columns& out, std::size_t& end) {
  for (std::uint32_t t = 0; t < whose.archetype_count(); ++t)
    if (whose.at(t).rows() != 0)
      append_rows(from.declared(), whose.at(t), looks, cell_size_m, out, end);
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
void permute(std::pmr::vector<T>& column, std::span<const std::uint32_t> order) {
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
  std::size_t end = 0;
  append_store(from, from.entities(), looks, cell_size_m, out, end);
  if (std::any_of(sent.begin(), sent.end(), [](const auto& p) { return p->arrival_count != 0; })) {
    store travellers{from.declared().columns()};
    for (const auto& packet : sent) {
      byte_reader reader{packet->arrivals};
      for (std::uint32_t i = 0; i < packet->arrival_count; ++i)
        TESSERA_ASSERT(read_entity(from.declared(), travellers, reader).has_value(),
                       "a shard's own packet is whole");
    }
    append_store(from, travellers, looks, cell_size_m, out, end);
  }
  out.places.resize(end);
  out.turns.resize(end);
  out.materials.resize(end);
  out.ids.resize(end);
  out.cover.clear();
  if (looks.cover)
    write_cover(from, *looks.cover, out.cover);
}

std::span<const std::uint32_t> id_order::of(std::span<const entity_id> ids) {
  // By one byte after the other, from the lowest: most bytes of ids are the same everywhere and need no round.
  sorted_.resize(ids.size());
  next_.resize(ids.size());
  rows_.resize(ids.size());
  std::uint64_t differ = 0;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    sorted_[i] = {ids[i].value, static_cast<std::uint32_t>(i)};
    differ |= ids[i].value ^ ids[0].value;
  }
  for (unsigned shift = 0; shift < 64; shift += 8) {
    if ((differ >> shift & 0xFF) == 0)
      continue;
    std::array<std::uint32_t, 256> places{};
    for (const auto& one : sorted_)
      ++places[one.id >> shift & 0xFF];
    std::exclusive_scan(places.begin(), places.end(), places.begin(), 0U);
    for (const auto& one : sorted_)
      next_[places[one.id >> shift & 0xFF]++] = one;
    sorted_.swap(next_);
  }
  for (std::size_t i = 0; i < ids.size(); ++i)
    rows_[i] = sorted_[i].row;
  return rows_;
}

void order_by_id(instance_columns& rows) {
  id_order by;
  const auto order = by.of(rows.ids);
  permute(rows.places, order);
  permute(rows.turns, order);
  permute(rows.materials, order);
  permute(rows.ids, order);
}

} // namespace tessera
