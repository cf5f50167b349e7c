// From TOML text to values, and from values to what messages show of them.
//
// Always true: what is taken from a value is of the asked type and within the asked bounds, and
// what is shown of one is a short line without control characters, whatever the file holds. For
// sdk/*.cpp only: it needs toml11, which an installed Tessera does not bring.
#pragma once

#include "core/error.hpp"

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>

#include <toml.hpp>

namespace tessera::world_file {

/// Largest whole number up to which every one is a double.
inline constexpr std::int64_t most_exact = std::int64_t{1} << 53;

/// An error of bad_world_file.
tl::unexpected<error> refuse(std::string message);

/// Errors name `name` and the line: text that is not TOML, or nested too deeply.
result<toml::value> parse_toml(std::string_view text, const std::string& name);

/// A value as a message shows it: one line, not long, printable.
std::string show(const toml::value& value);

std::optional<std::int64_t> whole_number(const toml::value& value, std::int64_t least,
                                         std::int64_t most);
/// A finite number; whole ones within most_exact.
std::optional<double> number(const toml::value& value);
/// As number(); true and false are 1 and 0.
std::optional<double> parameter(const toml::value& value);
/// Text of 1 to `most` bytes of UTF-8 without ASCII's control characters.
std::optional<std::string> text_of(const toml::value& value, std::size_t most);

/// 1 to 64 lower-case letters, digits and _.
bool is_identifier(std::string_view text);

/// Text as TOML writes it. It has no control characters, since no key allows them.
std::string toml_string(std::string_view text);

/// Digits of a number that is not negative, and nothing else.
template <class T>
std::optional<T> parse_digits(std::string_view text, int base = 10) {
  T out{};
  const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), out, base);
  if (ec != std::errc{} || end != text.data() + text.size() || text.empty() || text[0] == '-')
    return std::nullopt;
  return out;
}

} // namespace tessera::world_file
