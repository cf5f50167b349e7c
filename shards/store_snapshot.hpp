// A store's contents at one moment: bytes that nobody changes. What always holds: parts come in
// the order of the store's archetypes, empty ones left out; columns lie in one buffer, each 64 B
// aligned; sparse owners are named by (part's archetype, row), never by slot. Threads: immutable
// once saved, so any thread may read it.
#pragma once

#include "core/ids.hpp"
#include "shards/component.hpp"

#include <cstddef>
#include <memory>
#include <new>
#include <span>
#include <vector>

namespace tessera {

struct store_snapshot {
  struct column_part {
    component_id component = 0;
    std::size_t offset = 0; ///< into bytes()
    std::size_t bytes = 0;  ///< dense: rows * size; tag: 8 * ceil(rows / 64)
  };
  struct part {
    component_mask mask = 0; ///< dense components
    std::uint32_t archetype = 0;
    std::uint32_t rows = 0;
    std::size_t ids_offset = 0;
    std::vector<column_part> columns;
    std::vector<column_part> tags;
  };
  struct sparse_part {
    component_id component = 0;
    std::vector<row_ref> owners;
    std::size_t offset = 0;
    std::size_t bytes = 0;
  };

  std::vector<column_spec> specs;
  std::vector<part> parts;
  std::vector<sparse_part> sparse;
  std::size_t entities = 0;

  std::span<const std::byte> bytes() const { return {data_.get(), size_}; }
  const std::byte* at(std::size_t offset) const { return data_.get() + offset; }
  const entity_id* ids(const part& of) const {
    return reinterpret_cast<const entity_id*>(at(of.ids_offset));
  }

private:
  friend class store;

  struct aligned_delete {
    void operator()(std::byte* bytes) const { ::operator delete[](bytes, std::align_val_t{64}); }
  };
  std::byte* resize(std::size_t size) {
    if (size > capacity_) {
      data_.reset();
      data_.reset(static_cast<std::byte*>(::operator new[](size, std::align_val_t{64})));
      capacity_ = size;
    }
    size_ = size;
    return data_.get();
  }

  std::unique_ptr<std::byte[], aligned_delete> data_;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
};

} // namespace tessera
