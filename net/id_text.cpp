#include "net/id_text.hpp"

#include <charconv>
#include <cstdio>

namespace tessera {

std::string hex_text(std::uint64_t value) {
  char text[17];
  std::snprintf(text, sizeof text, "%016llx", static_cast<unsigned long long>(value));
  return text;
}

namespace {

std::optional<std::uint64_t> digits(std::string_view text, int base) {
  std::uint64_t value = 0;
  const char* end = text.data() + text.size();
  auto [last, ec] = std::from_chars(text.data(), end, value, base);
  if (text.empty() || ec != std::errc{} || last != end)
    return std::nullopt;
  return value;
}

bool drop_hex_prefix(std::string_view& text) {
  bool hex = text.starts_with("0x") || text.starts_with("0X");
  if (hex)
    text.remove_prefix(2);
  return hex;
}

} // namespace

std::optional<entity_id> parse_entity_id(std::string_view text) {
  drop_hex_prefix(text);
  if (text.size() != 16)
    return std::nullopt;
  auto value = digits(text, 16);
  if (!value)
    return std::nullopt;
  return entity_id{*value};
}

std::optional<std::uint64_t> parse_whole(std::string_view text) {
  return drop_hex_prefix(text) ? digits(text, 16) : digits(text, 10);
}

} // namespace tessera
