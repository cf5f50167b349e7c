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
  not_there,      ///< a file or directory that should be there is not
  io_failure,     ///< the disk or the operating system refused
  disk_full,      ///< no space left; what was acknowledged is safe
  in_use,         ///< another process has the data directory
  corrupt,        ///< durable bytes are damaged: below what was witnessed as durable
  wrong_world,    ///< a data directory of another world, or a world file that differs
  wrong_code,     ///< written by a game whose code or components differ
  newer_format,   ///< written by a newer version of Tessera
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
