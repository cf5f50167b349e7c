#include "render/motion.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace tessera {

namespace {

/// In 65536ths of a cell from the world's corner.
std::uint32_t fixed(std::uint16_t cell, std::uint16_t part) {
  return std::uint32_t{cell} << 16 | part;
}

/// The shorter way round would leave the world, so the difference has a sign.
std::int32_t way(std::uint32_t from, std::uint32_t to) {
  return static_cast<std::int32_t>(to - from);
}

constexpr std::int32_t cell = 1 << 16;

std::uint32_t along(std::uint32_t from, std::int32_t difference, float share) {
  return from + static_cast<std::uint32_t>(std::lround(static_cast<float>(difference) * share));
}

float between(float from, float to, float share) {
  return from + (to - from) * share;
}

instance_place between(const instance_place& from, const instance_place& to, float share) {
  const std::uint32_t from_x = fixed(from.cell_x, from.x);
  const std::uint32_t from_z = fixed(from.cell_z, from.z);
  const std::int32_t east = way(from_x, fixed(to.cell_x, to.x));
  const std::int32_t south = way(from_z, fixed(to.cell_z, to.z));
  if (std::max(std::abs(std::int64_t{east}), std::abs(std::int64_t{south})) > cell)
    return to;
  const std::uint32_t x = along(from_x, east, share);
  const std::uint32_t z = along(from_z, south, share);
  return {static_cast<std::uint16_t>(x >> 16), static_cast<std::uint16_t>(z >> 16),
          static_cast<std::uint16_t>(x),       static_cast<std::uint16_t>(z),
          between(from.y_m, to.y_m, share),    between(from.scale_m, to.scale_m, share)};
}

instance_turn between(const instance_turn& from, const instance_turn& to, float share) {
  const float east = between(from.east, to.east, share);
  const float south = between(from.south, to.south, share);
  const float length = std::sqrt(east * east + south * south);
  if (!(length > 8000)) // nearly about face: there is no way between that would look right
    return to;
  const float scale = 32767.0F / length;
  return {static_cast<std::int16_t>(east * scale), static_cast<std::int16_t>(south * scale),
          static_cast<std::uint16_t>(between(from.speed_cm_s, to.speed_cm_s, share)), to.variety};
}

} // namespace

void motion::take(std::span<const instance_columns* const> parts) {
  std::swap(before_, newest_);
  newest_.places.clear();
  newest_.turns.clear();
  newest_.materials.clear();
  newest_.ids.clear();
  auto append = [](auto& to, const auto& from) { to.insert(to.end(), from.begin(), from.end()); };
  for (const auto* part : parts) {
    newest_.tick = part->tick;
    append(newest_.places, part->places);
    append(newest_.turns, part->turns);
    append(newest_.materials, part->materials);
    append(newest_.ids, part->ids);
  }
  order_by_id(newest_);
  rows_before_.assign(newest_.ids.size(), none);
  std::size_t old = 0;
  for (std::size_t row = 0; row < newest_.ids.size(); ++row) {
    while (old < before_.ids.size() && before_.ids[old] < newest_.ids[row])
      ++old;
    if (old < before_.ids.size() && before_.ids[old] == newest_.ids[row])
      rows_before_[row] = static_cast<std::uint32_t>(old);
  }
  any_ = true;
}

const instance_columns& motion::at(float share) {
  const std::size_t rows = newest_.ids.size();
  shown_.tick = newest_.tick;
  shown_.materials = newest_.materials;
  shown_.ids = newest_.ids;
  shown_.places.resize(rows);
  shown_.turns.resize(rows);
  for (std::size_t row = 0; row < rows; ++row) {
    const std::uint32_t old = rows_before_[row];
    const bool still = old == none || share >= 1;
    shown_.places[row] =
      still ? newest_.places[row] : between(before_.places[old], newest_.places[row], share);
    shown_.turns[row] =
      still ? newest_.turns[row] : between(before_.turns[old], newest_.turns[row], share);
  }
  return shown_;
}

std::optional<tick_number> motion::newest() const {
  return any_ ? std::optional(newest_.tick) : std::nullopt;
}

std::size_t motion::memory_bytes() const {
  std::size_t out = rows_before_.capacity() * sizeof(std::uint32_t);
  auto bytes = [](const auto& column) { return column.capacity() * sizeof(column[0]); };
  for (const auto* c : {&before_, &newest_, &shown_})
    out += bytes(c->places) + bytes(c->turns) + bytes(c->materials) + bytes(c->ids);
  return out;
}

std::optional<std::size_t> motion::row_of(entity_id id) const {
  const auto at = std::lower_bound(shown_.ids.begin(), shown_.ids.end(), id);
  if (at == shown_.ids.end() || *at != id)
    return std::nullopt;
  return static_cast<std::size_t>(at - shown_.ids.begin());
}

} // namespace tessera
