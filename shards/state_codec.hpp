// A shard's and the conductor's state as named sections of bytes, and back. docs/formats/world-bytes.md
// lists the sections.
//
// What always holds: sections name components and fields, so that a state can be read by a game that
// has changed, or refused with the name of what changed; bytes are checked on the way in, whatever
// they say. Threads: any.
#pragma once

#include "core/byte_io.hpp"
#include "shards/saved_world.hpp"
#include "shards/shard_state.hpp"

#include <functional>
#include <string>
#include <vector>

namespace tessera {

/// Bytes of one kind: values of element_bytes each. Views into what they were made from, or into
/// their own buffer.
struct state_section {
  std::string name;
  std::uint32_t element_bytes = 1;
  std::span<const std::byte> bytes;
  std::vector<std::byte> own; ///< what `bytes` views, when made here
};

/// Sections of a shard's state; views into `state`.
std::vector<state_section> write_sections(const schema& game, const shard_state& state);

/// The conductor's, as one section. It goes with the schema (write_schema) that its letters need.
std::vector<std::byte> write_conductor(const saved_conductor& state);

/// Gives a section's bytes by name; bad_bytes or whatever the source fails with.
using section_source = std::function<result<std::vector<std::byte>>(const std::string& name)>;

/// Fails with wrong_code, naming component and field, when the state is of a game whose components differ.
result<saved_part> read_part(const schema& game, const section_source& sections);

result<saved_conductor> read_conductor(const schema& game, std::span<const std::byte> saved_schema,
                                       std::span<const std::byte> bytes);

} // namespace tessera
