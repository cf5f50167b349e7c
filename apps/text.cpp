#include "apps/text.hpp"

#include <cstdio>

namespace tessera {

std::string short_number(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.3g", value);
  if (value >= 100 || value <= -100)
    std::snprintf(text, sizeof text, "%.0f", value);
  return text;
}

std::string grouped(std::uint64_t value) {
  std::string text = std::to_string(value);
  for (std::size_t left = text.size(); left > 3; left -= 3)
    text.insert(left - 3, " ");
  return text;
}

std::string shell_word(const std::string& text) {
  if (!text.empty() && text.find_first_of(" \t\n'\"[]*$\\(){};&|<>?`!#~") == std::string::npos)
    return text;
  std::string out = "'";
  for (char c : text)
    out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

void complain(const std::string& message) {
  std::string text = "tessera: ";
  for (char c : message) {
    text += c;
    if (c == '\n')
      text += "  ";
  }
  std::fprintf(stderr, "%s\n", text.c_str());
}

exit_code complain(const error& what) {
  complain(what.message);
  return exit_code_of(what.code);
}

} // namespace tessera
