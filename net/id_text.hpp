// How ids and hashes look as text, wherever somebody outside reads or writes them.
#pragma once

#include "core/ids.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tessera {

/// 16 hex digits: the one form in which hashes and entity ids are printed. Of an entity id, the
/// first four are the birth cell's x, the next four its z, the last eight the serial.
std::string hex_text(std::uint64_t value);

/// An entity id: 16 hex digits, with or without 0x before them. Nothing else.
std::optional<entity_id> parse_entity_id(std::string_view text);

/// A whole number without sign: decimal, or hexadecimal after 0x.
std::optional<std::uint64_t> parse_whole(std::string_view text);

} // namespace tessera
