#include "shards/cell_table.hpp"

#include "core/hash.hpp"

#include <cstring>

namespace tessera {

std::uint64_t hash_key(const std::string& component_name) {
  return hash_combine(hash_name(component_name.c_str()), hash_key_2);
}

cell_table::cell_table(const schema& s, cell_rect region, cell_rect world)
  : region_(region), ring_(region.grown(1).clipped(world)),
    counters_(static_cast<std::size_t>(region.area()) * sizeof(std::uint32_t)) {
  for (const auto& c : s.cell_components) {
    column made;
    made.size = c.size;
    made.shared = has_mark(c.mark, marks::shared);
    made.now.resize(size() * c.size);
    if (made.shared)
      made.last.resize(static_cast<std::size_t>(ring_.area()) * c.size);
    columns_.push_back(std::move(made));
  }
  if (has_components()) {
    names_.resize(size());
    for (std::size_t i = 0; i < names_.size(); ++i) {
      cell c = cell_at(i);
      names_[i] = entity_id::make(c.x, c.z, 0);
    }
  }
}

void cell_table::copy_to_last(column& c, const cell_rect& part, const std::byte* from) {
  std::size_t row_bytes = static_cast<std::size_t>(part.width()) * c.size;
  for (std::int32_t z = part.z0; z < part.z1; ++z, from += row_bytes)
    std::memcpy(
      const_cast<std::byte*>(c.last.data()) +
        (static_cast<std::size_t>(z - ring_.z0) * static_cast<std::size_t>(ring_.width()) +
         static_cast<std::size_t>(part.x0 - ring_.x0)) *
          c.size,
      from, row_bytes);
}

void cell_table::publish() {
  for (auto& c : columns_)
    if (c.shared)
      copy_to_last(c, region_, c.now.data());
}

void cell_table::pack(const cell_rect& part, std::vector<std::byte>& to) const {
  for (const auto& c : columns_) {
    if (!c.shared)
      continue;
    for (std::int32_t z = part.z0; z < part.z1; ++z) {
      const std::byte* from =
        c.now.data() +
        index({static_cast<std::uint16_t>(part.x0), static_cast<std::uint16_t>(z)}) * c.size;
      to.insert(to.end(), from, from + static_cast<std::size_t>(part.width()) * c.size);
    }
  }
}

bool cell_table::unpack(const cell_rect& part, std::span<const std::byte> from) {
  std::size_t at = 0;
  for (auto& c : columns_) {
    if (!c.shared)
      continue;
    std::size_t bytes = static_cast<std::size_t>(part.area()) * c.size;
    if (from.size() - at < bytes)
      return false;
    copy_to_last(c, part, from.data() + at);
    at += bytes;
  }
  return at == from.size();
}

std::uint64_t cell_table::counter_hash(cell c, std::uint32_t value) {
  if (value == 0)
    return 0;
  return hash_combine(hash_combine(hash_key_1, entity_id::make(c.x, c.z, 0).value), value);
}

std::uint32_t cell_table::counter(cell c) const {
  return reinterpret_cast<const std::uint32_t*>(counters_.data())[index(c)];
}

void cell_table::set_counter(cell c, std::uint32_t value) {
  std::uint32_t& stored = reinterpret_cast<std::uint32_t*>(counters_.data())[index(c)];
  counters_hash_ += counter_hash(c, value) - counter_hash(c, stored);
  stored = value;
}

std::uint32_t cell_table::next_serial(cell c) {
  std::uint32_t used = counter(c);
  if (used == ~std::uint32_t{0})
    return 0;
  set_counter(c, used + 1);
  return used + 1;
}

std::uint64_t cell_table::hash_of_cells(const schema& s) const {
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < columns_.size(); ++i)
    sum += s.cell_components[i].ops.hash(columns_[i].now.data(), names_.data(), size(),
                                         hash_key(s.cell_components[i].name));
  return sum;
}

} // namespace tessera
