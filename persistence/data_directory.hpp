// A data directory: one world on disk, with all that is needed to go on with it.
//
//   DIR/LOCK          who has it open; see directory_lock.hpp
//   DIR/MANIFEST      what counts; a directory without it is no world
//   DIR/UNFINISHED    there while the directory is being made
//   DIR/world/        the world file and what it was made from, terrain and all
//   DIR/journal/  DIR/border/  DIR/checkpoints/  DIR/aside/
//
// Always true: the manifest is written last when a directory is made, and replaced in one step
// after that, so a crash leaves the old state or the new one. What the manifest names was durable
// before. Nothing is ever removed but files of checkpoints that the manifest no longer names, or
// never did.
#pragma once

#include "persistence/checkpoint_reader.hpp"
#include "persistence/directory_lock.hpp"
#include "persistence/file_system.hpp"
#include "persistence/manifest.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace tessera {

/// A file under DIR/world/, whole.
struct world_input {
  std::string name; ///< relative, with '/' between its parts; see is_plain_relative_path
  std::vector<std::byte> bytes;
  bool operator==(const world_input&) const = default;
};

/// Bytes in files, by kind.
struct directory_bytes {
  std::uint64_t world = 0;
  std::uint64_t journal = 0;
  std::uint64_t border = 0;
  std::uint64_t checkpoints = 0; ///< with one that is being written
  std::uint64_t aside = 0;       ///< what recovery cut off and kept
  std::uint64_t other = 0;       ///< manifest, lock, what is not ours
  std::uint64_t total() const { return world + journal + border + checkpoints + aside + other; }
};

enum class directory_state {
  empty,         ///< not there, or nothing in it: a world can be made
  unfinished,    ///< making a world was broken off: it can be made again, nothing is lost
  world,         ///< a world; whether it is sound is another question
  manifest_lost, ///< what a running world writes, but no manifest: damaged
  foreign        ///< something else
};

/// An open data directory. One thread at a time; the paths by any. Errors of all functions name the
/// path and what to do, and besides those said are those of the file system.
///
/// A lock is taken on the machine's own file system only: no other has processes.
class data_directory {
public:
  /// What is at `path`; looks at names alone, locks nothing.
  static result<directory_state> look(file_system& fs, const std::string& path);
  static result<bool> exists(file_system& fs, const std::string& path);

  /// Makes a world of these files at `path`, whose parent must be there, and opens it; `first` is
  /// its manifest, whose inputs are filled in here. An unfinished directory is made anew. Errors:
  /// in_use; failure if there is a world already, or something else; corrupt if there are journals
  /// without a manifest.
  /// Written in data_directory_create.cpp.
  static result<data_directory> create(file_system& fs, const std::string& path,
                                       std::span<const world_input> files, manifest first);

  /// To go on with it: locked, and files of checkpoints that never came to count are removed.
  /// Errors: in_use; not_there without a world; corrupt and newer_format, see read_manifest().
  static result<data_directory> open(file_system& fs, const std::string& path);

  /// For tools: locks nothing, writes nothing. A process that has it open may go on meanwhile and
  /// remove checkpoints that current() still names.
  static result<data_directory> open_to_read(file_system& fs, const std::string& path);

  /// To read, as if `what` were its manifest: of one whose own is lost. Looks at nothing.
  static data_directory with_manifest(file_system& fs, const std::string& path, manifest what);

  const manifest& current() const { return manifest_; }

  /// Makes `next` what counts, durably; its world must be the same. Errors: failure if `next`
  /// breaks a rule, nothing has changed then. After any other error it is open which of the two is
  /// on the disk: the directory takes no commit any more, and is opened anew to find out.
  result<void> commit(manifest next);

  /// Adds a checkpoint whose files are written and synced under checkpoints_path(), keeps the
  /// newest `keep` (at least 1) and removes the files of the others. Errors: as commit(); failure
  /// also if the checkpoint is not newer than the newest, or a file is not there with the size it
  /// should have. When only the removing fails the checkpoint counts, as current() shows; the next
  /// open() removes.
  result<void> commit_checkpoint(manifest_checkpoint checkpoint, std::size_t keep = 2);

  /// Removes files of checkpoints that never came to count, as open() does.
  result<void> remove_strays();

  /// One file of one of current()'s checkpoints. Errors: those of checkpoint_reader; corrupt too if
  /// it is not the file that the manifest means.
  result<checkpoint_reader> open_checkpoint(const manifest_checkpoint& of,
                                            const checkpoint_file& which,
                                            const log_identity* expected) const;

  /// Where and under which name the writer of a checkpoint puts it. Tick and shard are in the name.
  static std::string checkpoint_file_name(tick_number tick, shard_id shard);
  std::string checkpoint_path(const std::string& file_name) const;

  /// The files that the world was made from. Errors: corrupt if one is not as it was.
  result<std::vector<world_input>> world_files() const;

  const std::string& path() const { return path_; }
  std::string world_path() const { return path_ + "/world"; }
  std::string journal_path() const { return path_ + "/journal"; }
  std::string border_path() const { return path_ + "/border"; }
  std::string checkpoints_path() const { return path_ + "/checkpoints"; }
  std::string aside_path() const { return path_ + "/aside"; }

  result<directory_bytes> disk_bytes() const;

private:
  data_directory(file_system& fs, std::string path) : fs_(&fs), path_(std::move(path)) {}
  result<void> lock();
  result<void> make(std::span<const world_input> files);
  result<void> write_inputs(std::span<const world_input> files);
  result<void> clean_up();
  result<void> remove_checkpoint_files(const std::vector<manifest_checkpoint>& old);
  result<void> check_written(const manifest_checkpoint& checkpoint) const;

  file_system* fs_;
  std::string path_;
  directory_lock lock_;
  bool writable_ = false;
  manifest manifest_;
  std::optional<error> gave_up_; ///< why nothing is committed any more
};

} // namespace tessera
