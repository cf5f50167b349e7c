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

std::uint32_t along(std::uint32_t from, std::uint32_t to, float share) {
  const float part = static_cast<float>(way(from, to)) * share;
  return from +
         static_cast<std::uint32_t>(static_cast<std::int32_t>(part + std::copysign(0.5F, part)));
}

float between(float from, float to, float share) {
  return from + (to - from) * share;
}

instance_place between(const instance_place& from, const instance_place& to, float share) {
  const std::uint32_t x = along(fixed(from.cell_x, from.x), fixed(to.cell_x, to.x), share);
  const std::uint32_t z = along(fixed(from.cell_z, from.z), fixed(to.cell_z, to.z), share);
  return {static_cast<std::uint16_t>(x >> 16), static_cast<std::uint16_t>(z >> 16),
          static_cast<std::uint16_t>(x),       static_cast<std::uint16_t>(z),
          between(from.y_m, to.y_m, share),    between(from.scale_m, to.scale_m, share)};
}

instance_turn between(const instance_turn& from, const instance_turn& to, float share) {
  const float east = between(from.east, to.east, share);
  const float south = between(from.south, to.south, share);
  const float scale = 32767.0F / std::sqrt(std::max(east * east + south * south, 1.0F));
  return {static_cast<std::int16_t>(east * scale), static_cast<std::int16_t>(south * scale),
          static_cast<std::uint16_t>(between(from.speed_cm_s, to.speed_cm_s, share)), to.variety};
}

bool is_teleport(const instance_place& from, const instance_place& to) {
  const std::int64_t east = way(fixed(from.cell_x, from.x), fixed(to.cell_x, to.x));
  const std::int64_t south = way(fixed(from.cell_z, from.z), fixed(to.cell_z, to.z));
  return std::max(std::abs(east), std::abs(south)) > cell;
}

/// Nearly so: there is no way between that would look right.
bool is_about_face(const instance_turn& from, const instance_turn& to) {
  const float east = between(from.east, to.east, 0.5F);
  const float south = between(from.south, to.south, 0.5F);
  return !(east * east + south * south > 8000.0F * 8000.0F);
}

template <class T>
void permute(const std::pmr::vector<T>& from, std::span<const std::uint32_t> order,
             std::pmr::vector<T>& to) {
  to.resize(order.size());
  for (std::size_t i = 0; i < order.size(); ++i)
    to[i] = from[order[i]];
}

} // namespace

void motion::gather(std::span<const instance_columns* const> parts) {
  gathered_.places.clear();
  gathered_.turns.clear();
  gathered_.materials.clear();
  gathered_.ids.clear();
  auto append = [](auto& to, const auto& from) { to.insert(to.end(), from.begin(), from.end()); };
  for (const auto* part : parts) {
    gathered_.tick = part->tick;
    append(gathered_.places, part->places);
    append(gathered_.turns, part->turns);
    append(gathered_.materials, part->materials);
    append(gathered_.ids, part->ids);
  }
}

/// By the ids of both ticks, which are in order.
void motion::find_starts() {
  from_places_.assign(newest_.places.begin(), newest_.places.end());
  from_turns_.assign(newest_.turns.begin(), newest_.turns.end());
  std::size_t old = 0;
  for (std::size_t row = 0; row < newest_.ids.size(); ++row) {
    while (old < before_.ids.size() && before_.ids[old] < newest_.ids[row])
      ++old;
    if (old == before_.ids.size() || before_.ids[old] != newest_.ids[row])
      continue;
    if (!is_teleport(before_.places[old], newest_.places[row]))
      from_places_[row] = before_.places[old];
    if (!is_about_face(before_.turns[old], newest_.turns[row]))
      from_turns_[row] = before_.turns[old];
  }
}

void motion::take(std::span<const instance_columns* const> parts) {
  std::swap(before_, newest_);
  gather(parts);
  const auto order = order_.of(gathered_.ids);
  newest_.tick = gathered_.tick;
  permute(gathered_.places, order, newest_.places);
  permute(gathered_.turns, order, newest_.turns);
  permute(gathered_.materials, order, newest_.materials);
  permute(gathered_.ids, order, newest_.ids);
  find_starts();
  shown_ = newest_;
  any_ = true;
}

const instance_columns& motion::at(float share) {
  if (share >= 1) {
    shown_ = newest_;
    return shown_;
  }
  for (std::size_t row = 0; row < newest_.ids.size(); ++row) {
    shown_.places[row] = between(from_places_[row], newest_.places[row], share);
    shown_.turns[row] = between(from_turns_[row], newest_.turns[row], share);
  }
  return shown_;
}

std::optional<tick_number> motion::newest() const {
  return any_ ? std::optional(newest_.tick) : std::nullopt;
}

std::size_t motion::memory_bytes() const {
  auto bytes = [](const auto& column) { return column.capacity() * sizeof(column[0]); };
  std::size_t out = bytes(from_places_) + bytes(from_turns_);
  for (const auto* c : {&gathered_, &before_, &newest_, &shown_})
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
