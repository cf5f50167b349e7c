// How numbers and errors look in what the command prints; ids and hashes: net/id_text.hpp.
#pragma once

#include "apps/exit_codes.hpp"
#include "core/error.hpp"
#include "net/id_text.hpp" // IWYU pragma: export

#include <cstdint>
#include <string>

namespace tessera {

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
