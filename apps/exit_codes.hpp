// How the command tells scripts what happened. One table: the codes, `tessera --help` and
// docs/manual/command.md are these words; a test holds them together.
#pragma once

#include "core/error.hpp"

#include <array>
#include <string_view>

namespace tessera {

enum class exit_code : int {
  fine = 0,
  failure = 1,
  usage = 2,
  bad_world_file = 3,
  bad_game = 4,
  bad_command = 5,
  cannot_write = 6,
};

struct exit_code_row {
  exit_code code;
  std::string_view words;
};

inline constexpr std::array exit_code_table{
  exit_code_row{exit_code::fine, "fine; a world ended by Ctrl-C is fine too"},
  exit_code_row{exit_code::failure,
                "a system or handler failed in a tick, or something else broke"},
  exit_code_row{exit_code::usage, "the command line is wrong"},
  exit_code_row{exit_code::bad_world_file,
                "the world file, its terrain or a parameter is not usable"},
  exit_code_row{exit_code::bad_game,
                "the game is unknown, its registration is wrong, or its module does not fit"},
  exit_code_row{exit_code::bad_command,
                "a line of commands is malformed, or its file is not readable"},
  exit_code_row{exit_code::cannot_write, "the report or the acks cannot be written"},
};

/// The code that a run ends with when this error ends it.
constexpr exit_code exit_code_of(error_code code) {
  switch (code) {
    case error_code::bad_world_file: return exit_code::bad_world_file;
    case error_code::bad_game: return exit_code::bad_game;
    case error_code::bad_command: return exit_code::bad_command;
    case error_code::failure:
    case error_code::bad_bytes:
    case error_code::system_failure: break;
  }
  return exit_code::failure;
}

} // namespace tessera
