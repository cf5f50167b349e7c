// A data directory that begins with a state to which a kept world was replayed: how rewind and repair
// make their copies.
#pragma once

#include "apps/new_directory.hpp"
#include "apps/replayed_world.hpp"

namespace tessera {

/// Writes and syncs the files of a checkpoint of the state at which `world` stands, under
/// checkpoints_path(); they count once the manifest names them. Errors: those of write_checkpoint.
result<manifest_checkpoint> write_checkpoint_of(const replayed_world& world,
                                                const data_directory& to);

/// Makes, where `to` builds, a world of its own (with an id of its own, so that no journal of the one is ever
/// taken for the other's): the files that `from` was made from, a checkpoint of the state at which `world`
/// stands, an epoch that begins there, an empty journal. Read back and compared before it returns; the caller
/// finishes `to`.
result<void> write_branch(const kept_reading& from, const replayed_world& world,
                          const new_directory& to);

} // namespace tessera
