// A manifest for a world whose own is lost or damaged, from what else is on its disk.
//
// Always true: an epoch is taken with the first tick that its own log has, so that what a later epoch made void stays
// void; a checkpoint is taken only if all of its files are whole and its state has the hash that the journal logged, or
// the history begins with it. What cannot be known so is no guess: it is lost, or nothing is rebuilt.
#pragma once

#include "core/error.hpp"
#include "persistence/manifest.hpp"

#include <string>
#include <vector>

namespace tessera {

struct rebuilt_manifest {
  manifest what;
  std::vector<std::string> taken;   ///< where each part comes from, for people
  std::vector<std::string> lost;    ///< what only the manifest said
  std::vector<std::string> dropped; ///< files below DIR that no longer count
};

/// Looks, changes nothing; nobody may have the directory open. The world's game must be there, to compute hashes.
/// Errors: corrupt when it cannot be known what counts, saying why and what to do; those of the file system and of
/// opening the world's game.
result<rebuilt_manifest> rebuild_manifest(const std::string& directory);

} // namespace tessera
