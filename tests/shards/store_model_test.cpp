// Random operations on a store and on a plain std::map, which must agree after each. The map is the
// definition of what a store means; rows, slots and archetypes are not in it.
#include "shards/query.hpp"
#include "shards/store.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <map>
#include <numeric>
#include <random>
#include <string>
#include <vector>

namespace tessera {
namespace {

// Sizes with and without a case of their own in copy_value; one above a cache line.
const std::vector<column_spec> specs{
  {12, 4, column_kind::dense}, {4, 4, column_kind::dense},   {72, 8, column_kind::dense},
  {3, 1, column_kind::dense},  {0, 1, column_kind::tag},     {0, 1, column_kind::tag},
  {8, 8, column_kind::sparse}, {20, 4, column_kind::sparse},
};
constexpr component_mask dense_mask = 0b1111;
constexpr int components = 8;

bool is_tag(component_id component) {
  return specs[component].kind == column_kind::tag;
}

struct model_entity {
  handle name;
  std::map<component_id, std::vector<std::byte>> values; // a tag that is set has no bytes
};

struct model_store {
  std::map<std::uint64_t, model_entity> entities;
  std::vector<handle> stale;
};

/// Drives both sides. Every choice comes from RapidCheck, so a failing run shrinks.
class pair_of_stores {
public:
  void step() {
    switch (*rc::gen::weightedElement<int>(
      {{6, 0}, {2, 1}, {5, 2}, {6, 3}, {5, 4}, {5, 5}, {3, 6}, {1, 7}, {1, 8}, {1, 9}})) {
      case 0: create(); break;
      case 1: create_many(); break;
      case 2: destroy(); break;
      case 3: add(); break;
      case 4: remove(); break;
      case 5: set_tag(); break;
      case 6: write(); break;
      case 7: permute(); break;
      case 8: reload(); break;
      default: mark(); break;
    }
    check();
  }

  void check() {
    RC_ASSERT(store_->size() == model_.entities.size());
    for (const auto& [id, expected] : model_.entities)
      check_entity(id, expected);
    for (handle old : model_.stale) {
      RC_ASSERT(!store_->alive(old));
      RC_ASSERT(store_->get(old, 0) == nullptr);
    }
    check_rows();
    check_sparse();
  }

private:
  void check_entity(std::uint64_t id, const model_entity& expected) {
    handle who = expected.name;
    RC_ASSERT(store_->find({id}) == who);
    RC_ASSERT(store_->id_of(who) == entity_id{id});
    component_mask mask = 0;
    for (const auto& [component, bytes] : expected.values) {
      mask |= bit_of(component);
      RC_ASSERT(store_->has(who, component));
      if (!is_tag(component))
        RC_ASSERT(std::memcmp(store_->get(who, component), bytes.data(), bytes.size()) == 0);
    }
    RC_ASSERT(store_->mask_of(who) == mask);
    RC_ASSERT(store_->at(store_->locate(who).archetype).mask() == (mask & dense_mask));
  }

  /// Every row names a live entity that names it back; no bits are left beyond the last row.
  void check_rows() {
    std::size_t rows = 0;
    for (std::uint32_t a = 0; a < store_->archetype_count(); ++a) {
      const archetype& each = store_->at(a);
      rows += each.rows();
      for (std::uint32_t row = 0; row < each.rows(); ++row) {
        RC_ASSERT(store_->locate(store_->handle_at(a, row)) == (row_ref{a, row}));
        RC_ASSERT(model_.entities.count(each.ids()[row].value) == 1u);
      }
      for (component_id tag : {component_id{4}, component_id{5}})
        if (each.rows() % 64 != 0 && each.tag_words(tag) != nullptr)
          RC_ASSERT((each.tag_words(tag)[each.rows() / 64] >> (each.rows() % 64)) == 0u);
    }
    RC_ASSERT(rows == model_.entities.size());
  }

  void check_sparse() {
    for (component_id component : {component_id{6}, component_id{7}}) {
      const sparse_column& column = store_->sparse(component);
      std::size_t expected = 0;
      for (const auto& each : model_.entities)
        expected += each.second.values.count(component);
      RC_ASSERT(column.size() == expected);
      for (std::uint32_t slot : column.slots())
        RC_ASSERT(store_->has(store_->handle_of_slot(slot), component));
    }
  }

  static int below(std::size_t count) {
    return *rc::gen::resize(rc::kNominalSize, rc::gen::inRange<int>(0, static_cast<int>(count)));
  }
  model_entity* any() {
    if (model_.entities.empty())
      return nullptr;
    return &std::next(model_.entities.begin(), below(model_.entities.size()))->second;
  }
  std::uint64_t new_id() {
    // Serials come and go in other cells too: ids that differ in high bits alone must not collide.
    ++next_id_;
    return next_id_ % 3 == 0 ? next_id_ << 40 : next_id_;
  }
  model_entity fresh(handle name, component_mask dense) {
    model_entity made{name, {}};
    for (component_id c = 0; c < components; ++c)
      if (contains(dense, c))
        made.values[c].resize(specs[c].size);
    return made;
  }
  component_mask any_dense() { return static_cast<component_mask>(below(16)); }

  void create() {
    component_mask mask = any_dense();
    std::uint64_t id = new_id();
    handle made = store_->create(store_->archetype_for(mask), {id});
    model_.entities[id] = fresh(made, mask);
  }
  void create_many() {
    component_mask mask = any_dense();
    std::vector<entity_id> ids(static_cast<std::size_t>(below(below(10) == 0 ? 2500 : 40)));
    for (auto& id : ids)
      id.value = new_id();
    auto a = store_->archetype_for(mask);
    auto first = store_->create_many(a, ids);
    RC_ASSERT(first + ids.size() == store_->at(a).rows());
    for (std::uint32_t i = 0; i < ids.size(); ++i)
      model_.entities[ids[i].value] = fresh(store_->handle_at(a, first + i), mask);
  }
  void destroy() {
    for (int count = below(below(4) == 0 ? 300 : 3) + 1; count > 0 && !model_.entities.empty();
         --count) {
      auto victim = std::next(model_.entities.begin(), below(model_.entities.size()));
      handle name = victim->second.name;
      if (below(2) == 0) {
        RC_ASSERT(store_->destroy(name));
      } else {
        auto where = store_->locate(name);
        store_->destroy_row(where.archetype, where.row);
      }
      RC_ASSERT(!store_->destroy(name));
      model_.stale.push_back(name);
      model_.entities.erase(victim);
    }
  }
  void add() {
    if (model_entity* who = any()) {
      auto component = static_cast<component_id>(below(components));
      store_->add(who->name, component);
      auto [value, added] = who->values.try_emplace(component);
      if (added)
        value->second.resize(specs[component].size);
    }
  }
  void remove() {
    if (model_entity* who = any()) {
      auto component = static_cast<component_id>(below(components));
      store_->remove(who->name, component);
      who->values.erase(component);
    }
  }
  void set_tag() {
    for (int count = 0; count < 8; ++count)
      if (model_entity* who = any()) {
        auto tag = static_cast<component_id>(4 + below(2));
        bool on = below(2) == 1;
        store_->set_tag(who->name, tag, on);
        if (on)
          who->values[tag];
        else
          who->values.erase(tag);
      }
  }
  void write() {
    for (int count = 0; count < 8; ++count)
      if (model_entity* who = any())
        for (auto& [component, bytes] : who->values) {
          if (is_tag(component))
            continue;
          std::fill(bytes.begin(), bytes.end(), static_cast<std::byte>(below(256)));
          std::memcpy(store_->get(who->name, component), bytes.data(), bytes.size());
        }
  }
  void permute() {
    if (store_->archetype_count() == 0)
      return;
    auto a = static_cast<std::uint32_t>(below(store_->archetype_count()));
    std::vector<std::uint32_t> order(store_->at(a).rows());
    std::iota(order.begin(), order.end(), 0);
    std::shuffle(order.begin(), order.end(), std::mt19937(static_cast<unsigned>(below(1000))));
    store_->permute(a, order);
  }
  /// Saves, then loads into this store or a new one; everybody gets a new handle.
  void reload() {
    store_snapshot saved = store_->snapshot();
    if (below(2) == 0) {
      for (auto& each : model_.entities)
        model_.stale.push_back(each.second.name);
    } else {
      store_ = std::make_unique<store>(specs);
      model_.stale.clear();
    }
    store_->load(saved);
    for (auto& [id, each] : model_.entities)
      each.name = *store_->find({id});
  }
  void mark() {
    if (model_entity* who = any()) {
      auto [a, row] = store_->locate(who->name);
      archetype& of = store_->at(a);
      if (of.mask() == 0)
        return;
      auto component = static_cast<component_id>(std::countr_zero(of.mask()));
      of.mark_dirty(component, row, 1, ++version_);
      RC_ASSERT(of.dirty_version(component, row / limits::page_rows) == version_);
    }
  }

  std::unique_ptr<store> store_ = std::make_unique<store>(specs);
  model_store model_;
  std::uint64_t next_id_ = 0;
  std::uint64_t version_ = 0;
};

RC_GTEST_PROP(store_model, a_store_agrees_with_a_map_after_every_random_operation, ()) {
  pair_of_stores both;
  int steps = *rc::gen::inRange(1, 60);
  for (int i = 0; i < steps; ++i)
    both.step();
}

} // namespace
} // namespace tessera
