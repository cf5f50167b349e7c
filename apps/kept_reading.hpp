// A data directory as tools see it: opened to read, while another process may have it open, or after
// one was killed. Nothing here locks or writes.
//
// A writer that goes on meanwhile can make a sound directory look damaged: a checkpoint that the manifest
// named is gone, a round is in one shard's log and not yet in the one that was read before it. Such an error does
// not come twice the same, so read_steadily() believes the second.
#pragma once

#include "apps/data_option.hpp"
#include "persistence/journal_reader.hpp"

#include <optional>
#include <string>
#include <vector>

namespace tessera {

struct kept_reading {
  data_directory directory;
  world_config config;
  opened_world world;            ///< without a setup when the game could not be opened
  std::optional<error> game_gap; ///< why it could not; names what to do

  bool has_game() const { return world.setup != nullptr; }
};

/// Opens what is kept at `path`; `shards`: "RxC" in place of the kept layout, or empty. A game that does not
/// open (a module that is gone) is no error here: `game_gap` says why. Errors: those of
/// data_directory::open_to_read and kept_config; bad_world_file for `shards`.
result<kept_reading> read_kept(const std::string& path, const std::string& shards = "");

/// The same for tools that need the game: `game_gap` is an error.
result<kept_reading> read_kept_with_game(const std::string& path, const std::string& shards = "");
result<kept_reading> read_kept_with_game(data_directory directory);

/// Calls `read`, which gives a result, with `from`; again with a directory opened anew when it fails as
/// a reader may beside a writer, until it is fine or fails the same way twice.
template <class Read>
auto read_steadily(kept_reading& from, Read&& read) -> decltype(read(from)) {
  constexpr int most_tries = 8;
  auto out = read(from);
  for (int i = 1; i < most_tries && !out; ++i) {
    auto code = out.error().code;
    if (code != error_code::corrupt && code != error_code::not_there)
      return out;
    auto anew = data_directory::open_to_read(posix_files(), from.directory.path());
    if (!anew)
      return tl::unexpected(anew.error());
    from.directory = std::move(*anew);
    auto again = read(from);
    bool same = !again && again.error().message == out.error().message;
    out = std::move(again);
    if (same)
      return out;
  }
  return out;
}

/// The manifest's epochs, as the journal's reader takes them.
std::vector<epoch_start> epochs_of(const manifest& from);

} // namespace tessera
