// The bytes of components and events as JSON and as text, by the reflected fields of the schema: the
// way back of net/json_fields.hpp and apps/command_file.hpp.
//
// Always true: what is written here, those two read back to the same bytes. Whole numbers beyond 2^53
// are text, since many readers of JSON round them; ids are text of 16 hex digits; cells are [x, z].
#pragma once

#include "shards/mail.hpp"
#include "shards/schema.hpp"

#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <span>
#include <string>

namespace tessera {

/// How a 32-bit float is written.
enum class float_form {
  shortest, ///< as few digits as give the same float again: 0.1
  exact,    ///< its very value, which a binary format keeps in four bytes
};

/// One field of the component at `bytes`. What is not finite, and so in no sound state, is null.
nlohmann::json field_value(const field_info& field, const std::byte* bytes,
                           float_form form = float_form::shortest);

/// The fields of a component or event whose bit is in `given`, as an object in their order; from the 64th
/// on there is no bit, and they come along.
nlohmann::ordered_json fields_value(const std::vector<field_info>& fields, const std::byte* bytes,
                                    std::uint64_t given = ~std::uint64_t{0},
                                    float_form form = float_form::shortest);

/// A command as a line of --commands has it. Parts that `game` does not know, or that have another size
/// there, are given as "type" and "bytes" (hexadecimal), which --commands does not take; so are all of
/// them when `game` is null.
nlohmann::ordered_json command_value(const command& what, const schema* game);

/// "spawn", "despawn", "set", "event", "teleport" or "get".
const char* name_of(command_op op);

} // namespace tessera
