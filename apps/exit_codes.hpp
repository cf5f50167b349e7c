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
  damaged = 7,
  wrong_world = 8,
  wrong_code = 9,
  newer_format = 10,
  disk_full = 11,
  in_use = 12,
  disk_failed = 13,
  no_such_world = 14,
};

struct exit_code_row {
  exit_code code;
  std::string_view words;
};

inline constexpr std::array exit_code_table{
  exit_code_row{exit_code::fine, "fine; a world ended by Ctrl-C is fine too"},
  exit_code_row{exit_code::failure,
                "a system or handler failed in a tick, two worlds differ, or something else broke"},
  exit_code_row{exit_code::usage, "the command line is wrong"},
  exit_code_row{exit_code::bad_world_file,
                "the world file, its terrain or a parameter is not usable"},
  exit_code_row{exit_code::bad_game,
                "the game is unknown, its registration is wrong, or its module does not fit"},
  exit_code_row{exit_code::bad_command,
                "a line of commands is malformed, or its file is not readable"},
  exit_code_row{exit_code::cannot_write,
                "the report, the acks, the trace or the frame record cannot be written"},
  exit_code_row{exit_code::damaged,
                "a data directory is damaged below what was acknowledged; nothing was changed"},
  exit_code_row{exit_code::wrong_world,
                "the data directory holds another world than the one that was asked for"},
  exit_code_row{exit_code::wrong_code,
                "the data directory was written by another version of the game"},
  exit_code_row{exit_code::newer_format,
                "the data directory was written by a newer version of Tessera"},
  exit_code_row{exit_code::disk_full, "the disk is full; what was acknowledged is safe"},
  exit_code_row{exit_code::in_use, "another process has the data directory open"},
  exit_code_row{exit_code::disk_failed,
                "the disk or the system refused to read or write; what was acknowledged is safe"},
  exit_code_row{exit_code::no_such_world, "there is no world or trace where one should be"},
};

/// The code that a run ends with when this error ends it.
constexpr exit_code exit_code_of(error_code code) {
  switch (code) {
    case error_code::bad_world_file: return exit_code::bad_world_file;
    case error_code::bad_game: return exit_code::bad_game;
    case error_code::bad_command: return exit_code::bad_command;
    case error_code::corrupt: return exit_code::damaged;
    case error_code::wrong_world: return exit_code::wrong_world;
    case error_code::wrong_code: return exit_code::wrong_code;
    case error_code::newer_format: return exit_code::newer_format;
    case error_code::disk_full: return exit_code::disk_full;
    case error_code::in_use: return exit_code::in_use;
    case error_code::io_failure: return exit_code::disk_failed;
    case error_code::not_there: return exit_code::no_such_world;
    case error_code::failure:
    case error_code::bad_bytes:
    case error_code::system_failure: break;
  }
  return exit_code::failure;
}

} // namespace tessera
