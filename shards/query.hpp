// Which archetypes a system visits. What always holds: the list is in archetype order and is
// refreshed only when the store has made archetypes since; visiting costs nothing per row. Threads: one
// thread refreshes; after that, until the store makes an archetype, any may read.
#pragma once

#include "shards/store.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <span>
#include <vector>

namespace tessera {

class archetype_query {
public:
  /// Archetypes with every component of `all` and none of `none`; both dense. A tag or sparse component
  /// in either is the caller's to test, per row.
  explicit archetype_query(component_mask all, component_mask none = 0) : all_(all), none_(none) {}

  /// Those of the store that match, empty ones included. A query serves one store for its life.
  std::span<archetype* const> matches(store& entities) {
    if (seen_ != entities.archetype_count()) [[unlikely]]
      refresh(entities);
    return matches_;
  }

  /// Calls visit(archetype&) for each match that has rows: one contiguous run per archetype. visit must not
  /// change the store's structure.
  template <class Visit>
  void for_each(store& entities, Visit&& visit) {
    auto found = matches(entities);
    std::size_t count = found.size();
    for (std::size_t i = 0; i < count; ++i) {
      if (i + 1 < count)
        prefetch(*found[i + 1]);
      if (found[i]->rows() != 0)
        visit(*found[i]);
    }
  }

private:
  /// Starts of columns that are fetched while the archetype before is visited: the processor's own
  /// prefetching begins anew at every column, which costs short runs more than their rows do.
  static constexpr std::size_t prefetched_columns = 4;
  static constexpr std::size_t prefetched_bytes = 1536;
  static constexpr std::size_t line_bytes = 64;

  void prefetch(const archetype& next) const {
    for (std::size_t i = 0; i < prefetch_count_; ++i) {
      const std::byte* column = next.column(prefetch_[i].component);
      std::size_t bytes = std::min(prefetched_bytes, std::size_t{next.rows()} * prefetch_[i].size);
      for (std::size_t at = 0; at < bytes; at += line_bytes)
        __builtin_prefetch(column + at);
    }
  }

  void refresh(store& entities) {
    prefetch_count_ = 0;
    for (component_mask rest = all_; rest != 0 && prefetch_count_ < prefetched_columns;
         rest &= rest - 1) {
      auto component = static_cast<component_id>(std::countr_zero(rest));
      prefetch_[prefetch_count_++] = {component, entities.columns()[component].size};
    }
    for (; seen_ < entities.archetype_count(); ++seen_) {
      archetype& candidate = entities.at(static_cast<std::uint32_t>(seen_));
      if ((candidate.mask() & all_) == all_ && (candidate.mask() & none_) == 0)
        matches_.push_back(&candidate);
    }
  }

  component_mask all_;
  component_mask none_;
  struct prefetched {
    component_id component;
    std::uint32_t size;
  };

  std::size_t seen_ = 0;
  std::size_t prefetch_count_ = 0;
  std::array<prefetched, prefetched_columns> prefetch_{};
  std::vector<archetype*> matches_;
};

/// Calls visit(row) for every row of `of` that has the tag, in row order. visit must not change that tag.
template <class Visit>
void for_each_tagged(const archetype& of, component_id tag, Visit&& visit) {
  const std::uint64_t* words = of.tag_words(tag);
  if (words == nullptr)
    return;
  for (std::uint32_t first = 0; first < of.rows(); first += 64)
    for (std::uint64_t rest = words[first / 64]; rest != 0; rest &= rest - 1)
      visit(first + static_cast<std::uint32_t>(std::countr_zero(rest)));
}

} // namespace tessera
