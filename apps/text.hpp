// How ids, hashes and errors look, in everything the command prints and reads.
#pragma once

#include "apps/exit_codes.hpp"
#include "core/error.hpp"
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

/// Enough digits for a person: "12.3", "0.0456".
std::string short_number(double value);

/// "1 234 567".
std::string grouped(std::uint64_t value);

/// As a shell takes it for one word.
std::string shell_word(const std::string& text);

/// Prints "tessera: MESSAGE" on standard error, every further line indented.
void complain(const std::string& message);

/// Prints the error and gives the code to exit with.
exit_code complain(const error& what);

} // namespace tessera
