// Which rows a system visits, as contiguous runs. What always holds:
// - matches are in archetype order; the list is refreshed only when the store has made archetypes
//   since;
// - runs leave out empty archetypes; their pointers are refreshed only when the store's structure
//   has changed since, so visiting does not touch the archetypes themselves: with a thousand of
//   them, that costs twice what short runs of rows do;
// - nothing here costs anything per row.
// Threads: one thread refreshes (any call here may); then, until the store's structure changes, any
// number of threads may read what was returned.
#pragma once

#include "shards/store.hpp"

#include <bit>
#include <span>
#include <vector>

namespace tessera {

/// Rows of one archetype; valid until the store's structure changes.
struct row_run {
  std::uint32_t archetype = 0; ///< its index in the store
  std::uint32_t rows = 0;
  /// First values of the query's columns, in its order; nullptr for one that the archetype lacks.
  std::byte* const* columns = nullptr;

  template <class T>
  T* column_as(std::size_t index) const {
    return reinterpret_cast<T*>(columns[index]);
  }
};

class archetype_query {
public:
  /// Archetypes with every component of `all` and none of `none`; both dense. A tag or sparse
  /// component is the caller's to test, per row. Runs carry `columns`, or all of `all`, ascending,
  /// without it. A query serves one store for its life.
  explicit archetype_query(component_mask all, component_mask none = 0,
                           std::vector<component_id> columns = {})
    : all_(all), none_(none), columns_(std::move(columns)) {
    for (component_mask rest = columns_.empty() ? all : 0; rest != 0; rest &= rest - 1)
      columns_.push_back(static_cast<component_id>(std::countr_zero(rest)));
  }

  /// Those of the store that match, empty ones included.
  std::span<archetype* const> matches(store& entities) {
    if (seen_ != entities.archetype_count()) [[unlikely]]
      find_matches(entities);
    return matches_;
  }

  /// The matches that have rows.
  std::span<const row_run> runs(store& entities) {
    if (seen_ != entities.archetype_count() || version_ != entities.structure_version())
      [[unlikely]]
      find_runs(entities);
    return runs_;
  }

  /// Calls visit(const row_run&) for each run. visit must not change the store's structure.
  template <class Visit>
  void for_each(store& entities, Visit&& visit) {
    auto all = runs(entities);
    for (std::size_t i = 0; i < all.size(); ++i) {
      if (i + 1 < all.size())
        prefetch(all[i + 1]);
      visit(all[i]);
    }
  }

private:
  /// Fetches the starts of columns while the run before is visited: the processor's own prefetching
  /// begins anew at every column, and goes on from there by itself. Inlined always: gcc takes a
  /// function that only prefetches for one without effect and drops the call.
  [[gnu::always_inline]] void prefetch(const row_run& next) const {
    for (std::size_t i = 0; i < columns_.size(); ++i)
      __builtin_prefetch(next.columns[i]);
  }

  void find_matches(store& entities) {
    for (; seen_ < entities.archetype_count(); ++seen_) {
      archetype& candidate = entities.at(static_cast<std::uint32_t>(seen_));
      if ((candidate.mask() & all_) == all_ && (candidate.mask() & none_) == 0)
        matches_.push_back(&candidate);
    }
  }

  void find_runs(store& entities) {
    auto found = matches(entities);
    runs_.clear();
    addresses_.resize(found.size() * columns_.size());
    std::byte** next = addresses_.data();
    for (archetype* each : found) {
      if (each->rows() == 0)
        continue;
      runs_.push_back({each->index(), each->rows(), next});
      for (component_id component : columns_)
        *next++ = each->column(component);
    }
    version_ = entities.structure_version();
  }

  component_mask all_;
  component_mask none_;
  std::vector<component_id> columns_;
  std::size_t seen_ = 0;
  std::uint64_t version_ = ~std::uint64_t{0};
  std::vector<archetype*> matches_;
  std::vector<row_run> runs_;
  std::vector<std::byte*> addresses_; // columns_.size() per run
};

/// Calls visit(row) for every row of `of` that has the tag, in row order. visit must not change
/// that tag.
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
