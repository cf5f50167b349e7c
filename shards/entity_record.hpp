// An entity as bytes: id, mask of components, then the bytes of each component with bytes, ascending
// by component id; of scratch components only the bit in the mask. How entities travel in packets and letters.
#pragma once

#include "core/byte_io.hpp"
#include "core/error.hpp"
#include "shards/schema.hpp"
#include "shards/store.hpp"

namespace tessera {

void write_entity(const schema& s, const store& from, handle who, std::vector<std::byte>& to);

/// Creates the entity in the store. Fails, changing nothing, on bytes that are no record of this
/// schema or name an entity that is there already.
result<handle> read_entity(const schema& s, store& to, byte_reader& from);

} // namespace tessera
