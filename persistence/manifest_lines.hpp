// The lines of a manifest between its first words and its CRC: values to text and back.
//
// Always true: parsing reads nothing outside of the text and stops at the first line that is not as
// it should be. Whether the values fit together is for manifest_fault() to say.
#pragma once

#include "persistence/manifest.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace tessera {

/// The lowest `digits` hexadecimal digits, lower-case.
std::string to_hex(std::uint64_t value, int digits);

/// For messages: at most 100 bytes, with escapes as in a quoted text of the manifest.
std::string printable(std::string_view text);

/// All lines but the first and the last.
void append_lines(std::string& text, const manifest& from);

/// All lines but the last. Errors: newer_format; corrupt with line, found and allowed, without a
/// path.
result<manifest> parse_lines(std::string_view text);

} // namespace tessera
