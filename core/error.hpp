// Errors are values. An error says what happened, where, and what to do about it; its code decides
// the exit code of the command.
#pragma once

#include <string>
#include <tl/expected.hpp>
#include <utility>

namespace tessera {

enum class error_code {
  failure,        ///< something broke that the caller could not foresee
  bad_world_file, ///< world file, terrain or a game's parameter is not usable
  bad_game,       ///< a game's registration breaks the law, or a module does not fit this build
  bad_command,    ///< a command is malformed or was rejected
  bad_bytes,      ///< bytes from disk or network do not decode
  system_failure, ///< a system or handler failed inside a tick; see tick_failure
};

struct error {
  error_code code = error_code::failure;
  std::string message;
};

template <class T>
using result = tl::expected<T, error>;

inline tl::unexpected<error> fail(error_code code, std::string message) {
  return tl::unexpected<error>(error{code, std::move(message)});
}

} // namespace tessera
