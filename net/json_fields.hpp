// JSON values to the bytes of components and events, by the reflected fields of the schema.
#pragma once

#include "core/error.hpp"
#include "shards/schema.hpp"

#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace tessera {

/// What a JSON object says of one component or event.
struct json_value_bytes {
  std::vector<std::byte> bytes; ///< as long as the component; fields not given are zero
  std::uint64_t fields = 0;     ///< bit i: field i was given
};

/// Reads an object of named fields. Unknown names, wrong types and numbers out of range are errors
/// that name the field; with `all`, so is a field that is missing. Whole numbers may be text
/// (decimal, or hex after 0x), since JSON readers round large ones; entity ids are text of 16 hex
/// digits; cells [x, z].
result<json_value_bytes> read_fields(const nlohmann::json& value, const std::string& name,
                                     const std::vector<field_info>& fields, std::uint32_t size,
                                     bool all);

/// A whole number without sign, as a number or as text.
result<std::uint64_t> read_whole(const nlohmann::json& value, const std::string& name);

/// A value as a message shows it: on one line, and short.
std::string show(const nlohmann::json& value);

} // namespace tessera
