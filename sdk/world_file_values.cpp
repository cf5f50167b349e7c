#include "sdk/world_file_values.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <sstream>
#include <utility>

namespace tessera::world_file {

namespace {

/// toml11 descends by recursion: nesting is bounded before it reads.
constexpr int most_nesting = 64;

/// toml11 gives the largest integer for any that is larger, so those are looked up in the text.
bool is_cut_off(const toml::value& value) {
  if (!value.is_integer())
    return false;
  const auto x = value.as_integer();
  if (x != std::numeric_limits<std::int64_t>::max() &&
      x != std::numeric_limits<std::int64_t>::min())
    return false;
  std::string line = value.location().line_str();
  std::erase(line, '_');
  for (const char* exact :
       {"9223372036854775807", "-9223372036854775808", "7fffffffffffffff", "7FFFFFFFFFFFFFFF"})
    if (line.find(exact) != std::string::npos)
      return false;
  return true;
}

bool nests_too_deep(std::string_view text) {
  int depth = 0;
  for (char c : text) {
    depth += c == '[' || c == '{' ? 1 : 0;
    depth -= (c == ']' || c == '}') && depth > 0 ? 1 : 0;
    if (depth > most_nesting)
      return true;
  }
  return false;
}

/// "[error] toml::parse_x: what is wrong" and a drawing, of which the words are taken.
std::string first_line(const std::string& what) {
  std::string line = what.substr(0, what.find('\n'));
  for (const std::string prefix : {"[error] ", "toml::"})
    if (line.starts_with(prefix))
      line.erase(0, prefix.size());
  return line;
}

} // namespace

tl::unexpected<error> refuse(std::string message) {
  return fail(error_code::bad_world_file, std::move(message));
}

std::string show(const toml::value& value) {
  std::ostringstream out;
  if (is_cut_off(value))
    out << "a whole number beyond 64 bits";
  else if (value.is_string())
    out << '"' << value.as_string().str << '"';
  else if (value.is_table())
    out << "a table";
  else if (value.is_array())
    out << "an array of " << value.as_array().size();
  else
    out << value;
  std::string text = out.str();
  constexpr std::size_t most = 80;
  if (text.size() > most)
    text = text.substr(0, most) + "...";
  std::replace_if(
    text.begin(), text.end(), [](unsigned char c) { return c < 32 || c == 127; }, '?');
  return text;
}

std::optional<std::int64_t> whole_number(const toml::value& value, std::int64_t least,
                                         std::int64_t most) {
  if (!value.is_integer() || is_cut_off(value) || value.as_integer() < least ||
      value.as_integer() > most)
    return std::nullopt;
  return value.as_integer();
}

std::optional<std::string> text_of(const toml::value& value, std::size_t most) {
  if (!value.is_string())
    return std::nullopt;
  const std::string& text = value.as_string().str;
  const bool printable =
    std::all_of(text.begin(), text.end(), [](unsigned char c) { return c >= 32 && c != 127; });
  if (text.empty() || text.size() > most || !printable)
    return std::nullopt;
  // TOML is UTF-8 and an override may be any bytes: it must not say what no file can.
  if (!parse_toml("text = " + toml_string(text), ""))
    return std::nullopt;
  return text;
}

std::string toml_string(std::string_view text) {
  std::string out = "\"";
  for (char c : text) {
    if (c == '"' || c == '\\')
      out += '\\';
    out += c;
  }
  return out + '"';
}

bool is_identifier(std::string_view text) {
  return !text.empty() && text.size() <= 64 && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
  });
}

std::optional<double> number(const toml::value& value) {
  if (value.is_floating() && std::isfinite(value.as_floating()))
    return value.as_floating();
  if (const auto whole = whole_number(value, -most_exact, most_exact))
    return static_cast<double>(*whole);
  return std::nullopt;
}

std::optional<double> parameter(const toml::value& value) {
  if (value.is_boolean())
    return value.as_boolean() ? 1.0 : 0.0;
  return number(value);
}

result<toml::value> parse_toml(std::string_view text, const std::string& name) {
  if (nests_too_deep(text))
    return refuse(name + ":1: not TOML that is read here: found brackets nested deeper than " +
                  std::to_string(most_nesting) + "; allowed: up to " +
                  std::to_string(most_nesting));
  std::istringstream stream{std::string(text)};
  try {
    return toml::parse(stream, name);
  } catch (const toml::exception& e) {
    return refuse(name + ":" + std::to_string(e.location().line()) + ": not TOML: found " +
                  first_line(e.what()) + "; allowed: TOML 1.0, key = value");
  } catch (const std::exception& e) {
    return refuse(name + ":1: not TOML: found " + first_line(e.what()) +
                  "; allowed: TOML 1.0, key = value");
  }
}

} // namespace tessera::world_file
