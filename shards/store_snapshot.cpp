// Saving and loading a store: memcpy of columns, whatever they mean.
#include "shards/store_snapshot.hpp"

#include "shards/store.hpp"

#include <algorithm>
#include <cstring>

namespace tessera {
namespace {

constexpr std::size_t part_alignment = 64;

/// Hands out offsets, each aligned.
struct offsets {
  std::size_t end = 0;

  std::size_t take(std::size_t bytes) {
    std::size_t start = end;
    end = round_up(start + bytes, part_alignment);
    return start;
  }
};

std::size_t word_bytes(std::uint32_t rows) {
  return (std::size_t{rows} + 63) / 64 * sizeof(std::uint64_t);
}

} // namespace

void store::save(store_snapshot& into) const {
  into.specs = specs_;
  into.parts.clear();
  into.sparse.clear();
  into.entities = size();
  offsets place;
  for (const auto& each : archetypes_) {
    if (each->rows_ == 0)
      continue;
    store_snapshot::part part{each->mask_, each->index(), each->rows_, 0, {}, {}};
    part.ids_offset = place.take(each->rows_ * sizeof(entity_id));
    for (const auto& column : each->columns_) {
      std::size_t bytes = std::size_t{each->rows_} * column.size;
      part.columns.push_back({column.component, place.take(bytes), bytes});
    }
    for (component_id tag : each->tags_)
      part.tags.push_back({tag, place.take(word_bytes(each->rows_)), word_bytes(each->rows_)});
    into.parts.push_back(std::move(part));
  }
  for (std::size_t i = 0; i < specs_.size(); ++i) {
    auto component = static_cast<component_id>(i);
    if (sparse_index_[component] == 0 || sparse(component).size() == 0)
      continue;
    const sparse_column& column = sparse(component);
    store_snapshot::sparse_part part{component, {}, 0, column.size() * column.value_bytes()};
    part.offset = place.take(part.bytes);
    part.owners.reserve(column.size());
    for (std::uint32_t slot : column.slots())
      part.owners.push_back(locate_slot(slot));
    into.sparse.push_back(std::move(part));
  }
  std::byte* bytes = into.resize(place.end);
  for (const auto& part : into.parts) {
    const archetype& from = at(part.archetype);
    std::memcpy(bytes + part.ids_offset, static_cast<const void*>(from.ids_),
                part.rows * sizeof(entity_id));
    for (const auto& column : part.columns)
      std::memcpy(bytes + column.offset, from.base_[column.component], column.bytes);
    for (const auto& tag : part.tags)
      std::memcpy(bytes + tag.offset, from.base_[tag.component], tag.bytes);
  }
  for (const auto& part : into.sparse)
    if (part.bytes != 0)
      std::memcpy(bytes + part.offset, sparse(part.component).values(), part.bytes);
}

store_snapshot store::snapshot() const {
  store_snapshot made;
  save(made);
  return made;
}

void store::load_archetype(const store_snapshot& from, const store_snapshot::part& part) {
  std::uint32_t index = archetype_for(part.mask);
  create_many(index, {from.ids(part), part.rows});
  archetype& to = at(index);
  for (const auto& column : part.columns)
    std::memcpy(to.base_[column.component], from.at(column.offset), column.bytes);
  for (const auto& tag : part.tags)
    std::memcpy(to.tag_words_for_write(tag.component), from.at(tag.offset), tag.bytes);
}

void store::load(const store_snapshot& from) {
  TESSERA_ASSERT(std::equal(specs_.begin(), specs_.end(), from.specs.begin(), from.specs.end(),
                            [](const column_spec& a, const column_spec& b) {
                              return a.size == b.size && a.kind == b.kind;
                            }),
                 "a snapshot is loaded into a store of the same components");
  clear();
  std::unordered_map<std::uint32_t, std::uint32_t> archetype_here;
  if (options_.id_index)
    index_.reserve(from.entities);
  for (const auto& part : from.parts) {
    load_archetype(from, part);
    archetype_here[part.archetype] = archetype_for(part.mask);
  }
  for (const auto& part : from.sparse) {
    std::size_t size = specs_[part.component].size;
    for (std::size_t i = 0; i < part.owners.size(); ++i) {
      const archetype& owner = at(archetype_here.at(part.owners[i].archetype));
      handle who = handle_of_slot(owner.slots_[part.owners[i].row]);
      add(who, part.component);
      std::memcpy(get(who, part.component), from.at(part.offset + i * size), size);
    }
  }
}

} // namespace tessera
