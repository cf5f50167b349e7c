// Always true: a directory is looked at before it is locked, and locked before its manifest is read;
// manifest_ is what was last known to be durable.
#include "persistence/data_directory.hpp"

#include "persistence/crc32c.hpp"
#include "persistence/directory_names.hpp"
#include "persistence/manifest_format.hpp"

#include <algorithm>
#include <set>

namespace tessera {

namespace names = directory_names;

namespace {

result<bool> all_empty(file_system& fs, const std::string& path) {
  for (const auto name : names::running) {
    const auto entries = fs.list(names::join(path, name));
    if (!entries && entries.error().code != error_code::not_there)
      return tl::unexpected(entries.error());
    if (entries && !entries->empty())
      return false;
  }
  return true;
}

/// What to say of a directory that cannot be opened, because it is none or not whole.
tl::unexpected<error> not_a_world(const std::string& path, directory_state state) {
  switch (state) {
    case directory_state::unfinished:
      return fail(error_code::not_there,
                  path +
                    ": making this world was broken off before anything happened in it; run the "
                    "command that made it again, or remove the directory");
    case directory_state::manifest_lost:
      return fail(error_code::corrupt, path +
                                         " holds what a world wrote, but its MANIFEST is lost; "
                                         "restore a backup, or see what 'tessera salvage' can "
                                         "save");
    default: break;
  }
  return fail(error_code::not_there, path + " holds no world; is it the right directory?");
}

} // namespace

result<directory_state> data_directory::look(file_system& fs, const std::string& path) {
  const auto entries = fs.list(names::tidy_path(path));
  if (!entries && entries.error().code == error_code::not_there)
    return directory_state::empty;
  if (!entries)
    return tl::unexpected(entries.error());
  const auto has = [&entries](std::string_view name) {
    return std::ranges::find(*entries, name, &directory_entry::name) != entries->end();
  };
  if (has(manifest_format::file_name))
    return directory_state::world;
  if (has(names::unfinished))
    return all_empty(fs, names::tidy_path(path)).map([](bool empty) {
      return empty ? directory_state::unfinished : directory_state::manifest_lost;
    });
  if (std::ranges::any_of(names::running, has))
    return directory_state::manifest_lost;
  const auto ignored = [](const directory_entry& entry) {
    return entry.name == names::lock || entry.name == names::lost_and_found ||
           // A crash may leave the mark of an unfinished directory itself unfinished.
           entry.name == std::string(names::unfinished) + ".new";
  };
  return std::ranges::all_of(*entries, ignored) ? directory_state::empty : directory_state::foreign;
}

result<bool> data_directory::exists(file_system& fs, const std::string& path) {
  return look(fs, path).map([](directory_state state) { return state == directory_state::world; });
}

result<data_directory> data_directory::open(file_system& fs, const std::string& path) {
  data_directory opened(fs, names::tidy_path(path));
  // First a look: a lock must not be put into a directory that is not ours.
  const auto state = look(fs, opened.path_);
  if (!state)
    return tl::unexpected(state.error());
  if (*state != directory_state::world)
    return not_a_world(opened.path_, *state);
  if (auto locked = opened.lock(); !locked)
    return tl::unexpected(locked.error());
  auto read = read_manifest(fs, opened.path_);
  if (!read)
    return tl::unexpected(read.error());
  opened.manifest_ = std::move(*read);
  opened.writable_ = true;
  if (auto clean = opened.clean_up(); !clean)
    return tl::unexpected(clean.error());
  return opened;
}

result<data_directory> data_directory::open_to_read(file_system& fs, const std::string& path) {
  data_directory opened(fs, names::tidy_path(path));
  const auto state = look(fs, opened.path_);
  if (!state)
    return tl::unexpected(state.error());
  if (*state != directory_state::world)
    return not_a_world(opened.path_, *state);
  auto read = read_manifest(fs, opened.path_);
  if (!read)
    return tl::unexpected(read.error());
  opened.manifest_ = std::move(*read);
  return opened;
}

data_directory data_directory::with_manifest(file_system& fs, const std::string& path,
                                             manifest what) {
  data_directory opened(fs, names::tidy_path(path));
  opened.manifest_ = std::move(what);
  return opened;
}

result<void> data_directory::lock() {
  if (fs_ != &posix_files())
    return {};
  auto taken = directory_lock::take(names::join(path_, names::lock));
  if (!taken)
    return tl::unexpected(taken.error());
  lock_ = std::move(*taken);
  return {};
}

result<void> data_directory::clean_up() {
  const auto mark = names::join(path_, names::unfinished);
  auto unmarked = fs_->remove(mark);
  if (!unmarked && unmarked.error().code != error_code::not_there)
    return unmarked;
  for (const auto& needed : {journal_path(), checkpoints_path()})
    if (const auto there = fs_->list(needed); !there)
      return there.error().code == error_code::not_there
               ? fail(error_code::corrupt, needed + " is lost; restore a backup, or see what "
                                                    "'tessera salvage' can save")
               : tl::unexpected(there.error());
  return fs_->make_directory(border_path())
    .and_then([&] { return fs_->make_directory(aside_path()); })
    .and_then([&] { return remove_strays(); });
}

result<void> data_directory::remove_strays() {
  std::set<std::string_view> named;
  for (const auto& checkpoint : manifest_.checkpoints)
    for (const auto& file : checkpoint.files)
      named.insert(file.name);
  const auto entries = fs_->list(checkpoints_path());
  if (!entries)
    return tl::unexpected(entries.error());
  for (const auto& entry : *entries)
    if (!entry.is_directory && !named.contains(entry.name))
      if (auto removed = fs_->remove(checkpoint_path(entry.name)); !removed)
        return removed;
  return {};
}

result<void> data_directory::commit(manifest next) {
  if (!writable_)
    return fail(error_code::failure, path_ + ": opened to read, nothing is written");
  if (gave_up_)
    return tl::unexpected(*gave_up_);
  if (next.identity.world != manifest_.identity.world)
    return fail(error_code::failure, path_ + ": a manifest of another world is not written here");
  if (const auto fault = manifest_fault(next))
    return fail(error_code::failure, path_ + ": the manifest is not written: " + *fault);
  if (auto written = write_manifest(*fs_, path_, next); !written) {
    gave_up_ = written.error();
    return written;
  }
  manifest_ = std::move(next);
  return {};
}

result<void> data_directory::check_written(const manifest_checkpoint& checkpoint) const {
  if (!manifest_.checkpoints.empty() && checkpoint.tick <= manifest_.checkpoints.back().tick)
    return fail(error_code::failure, path_ + ": a checkpoint of tick " +
                                       std::to_string(checkpoint.tick) + " after that of tick " +
                                       std::to_string(manifest_.checkpoints.back().tick));
  for (const auto& file : checkpoint.files) {
    const auto bytes = names::file_bytes(*fs_, checkpoint_path(file.name));
    if (!bytes)
      return tl::unexpected(bytes.error());
    if (*bytes != file.bytes)
      return fail(error_code::failure, checkpoint_path(file.name) + " has " +
                                         std::to_string(*bytes) + " bytes, not the " +
                                         std::to_string(file.bytes) + " of the checkpoint");
  }
  return {};
}

result<void> data_directory::commit_checkpoint(manifest_checkpoint checkpoint, std::size_t keep) {
  if (!writable_ || gave_up_)
    return commit(manifest_);
  if (auto fine = check_written(checkpoint); !fine)
    return fine;
  auto next = manifest_;
  next.checkpoints.push_back(std::move(checkpoint));
  const std::size_t kept = std::min(next.checkpoints.size(), std::max<std::size_t>(keep, 1));
  const auto first_kept = next.checkpoints.end() - static_cast<std::ptrdiff_t>(kept);
  const std::vector<manifest_checkpoint> old(next.checkpoints.begin(), first_kept);
  next.checkpoints.erase(next.checkpoints.begin(), first_kept);
  if (auto synced = fs_->sync_directory(checkpoints_path()); !synced) {
    gave_up_ = synced.error();
    return synced;
  }
  return commit(std::move(next)).and_then([&] { return remove_checkpoint_files(old); });
}

result<void> data_directory::remove_checkpoint_files(const std::vector<manifest_checkpoint>& old) {
  for (const auto& checkpoint : old)
    for (const auto& file : checkpoint.files) {
      auto removed = fs_->remove(checkpoint_path(file.name));
      if (!removed && removed.error().code != error_code::not_there)
        return removed;
    }
  return {};
}

result<checkpoint_reader> data_directory::open_checkpoint(const manifest_checkpoint& of,
                                                          const checkpoint_file& which,
                                                          const log_identity* expected) const {
  const auto path = checkpoint_path(which.name);
  auto reader = checkpoint_reader::open(*fs_, path, expected);
  if (!reader)
    return reader;
  if (reader->written() != written_checkpoint{which.bytes, which.crc} ||
      reader->header().tick != of.tick || reader->header().shard != which.shard)
    return fail(error_code::corrupt, path +
                                       ": not the file that the manifest means, but one of tick " +
                                       std::to_string(reader->header().tick) + ", shard " +
                                       std::to_string(reader->header().shard) +
                                       "; recover from another checkpoint of the manifest");
  return reader;
}

std::string data_directory::checkpoint_file_name(tick_number tick, shard_id shard) {
  // Zeros in front, so that a listing is in order.
  const auto padded = [](std::uint64_t value, std::size_t digits) {
    const auto text = std::to_string(value);
    return std::string(digits - std::min(digits, text.size()), '0') + text;
  };
  return "tick-" + padded(tick, 12) + ".shard-" + padded(shard, 5) + ".checkpoint";
}

std::string data_directory::checkpoint_path(const std::string& file_name) const {
  return names::join(checkpoints_path(), file_name);
}

result<std::vector<world_input>> data_directory::world_files() const {
  std::vector<world_input> files;
  for (const auto& input : manifest_.inputs) {
    const auto path = names::join(world_path(), input.name);
    auto bytes = read_file(*fs_, path, input.bytes);
    const bool changed = bytes ? bytes->size() != input.bytes || crc32c(*bytes) != input.crc
                               : bytes.error().code == error_code::bad_bytes ||
                                   bytes.error().code == error_code::not_there;
    if (!bytes && !changed)
      return tl::unexpected(bytes.error());
    if (changed)
      return fail(error_code::corrupt, path +
                                         " is not as it was when the world was made; the world "
                                         "depends on it: put the file back as it was");
    files.push_back({input.name, std::move(*bytes)});
  }
  return files;
}

result<directory_bytes> data_directory::disk_bytes() const {
  const auto entries = fs_->list(path_);
  if (!entries)
    return tl::unexpected(entries.error());
  directory_bytes sum;
  const auto kind_of = [&sum](std::string_view name) -> std::uint64_t& {
    if (name == names::world)
      return sum.world;
    if (name == "journal")
      return sum.journal;
    if (name == "border")
      return sum.border;
    if (name == "checkpoints")
      return sum.checkpoints;
    return name == "aside" ? sum.aside : sum.other;
  };
  for (const auto& entry : *entries) {
    const auto path = names::join(path_, entry.name);
    const auto bytes =
      entry.is_directory ? names::count_bytes(*fs_, path) : names::file_bytes(*fs_, path);
    if (!bytes)
      return tl::unexpected(bytes.error());
    kind_of(entry.name) += *bytes;
  }
  return sum;
}

} // namespace tessera
