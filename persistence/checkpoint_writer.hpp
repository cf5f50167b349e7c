// Writes one shard's checkpoint as one file. docs/formats/checkpoint.md is the format.
//
// Always true: the file is made anew, never written over; what is returned was synced. Whether the
// file counts is for the manifest to say: a file that no manifest names is nothing.
#pragma once

#include "persistence/checkpoint.hpp"
#include "persistence/file_system.hpp"

#include <span>
#include <string>

namespace tessera {

/// Creates, writes and syncs the file; the caller syncs its directory. Takes about 2 MiB of memory
/// beside the sections, whatever their size. Errors: failure when a section breaks the conditions
/// of checkpoint_section (no file is made then), else those of the file system; the half-written
/// file is removed if the file system lets us. Any thread; meant for one beside the tick.
result<written_checkpoint> write_checkpoint(file_system& fs, const std::string& path,
                                            const checkpoint_header& header,
                                            std::span<const checkpoint_section> sections);

} // namespace tessera
