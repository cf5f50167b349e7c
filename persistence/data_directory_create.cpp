// How a data directory comes to be.
//
// Always true: UNFINISHED is durable before anything else is in the directory and goes only when
// the manifest is durable. So whatever a crash leaves is empty, unfinished, or a world.
#include "persistence/crc32c.hpp"
#include "persistence/data_directory.hpp"
#include "persistence/directory_names.hpp"
#include "persistence/manifest_format.hpp"

namespace tessera {

namespace names = directory_names;

namespace {

constexpr std::string_view unfinished_text =
  "Tessera was making a world in this directory and did not finish. Nothing has happened in it "
  "yet:\n"
  "run the same command again, or remove the directory.\n";

result<void> refuse(const std::string& path, directory_state state) {
  switch (state) {
    case directory_state::world:
      return fail(error_code::failure, path + " holds a world already; open that one, or give the "
                                              "new one a directory of its own");
    case directory_state::manifest_lost:
      return fail(error_code::corrupt, path +
                                         " holds what a world wrote, but its MANIFEST is lost; "
                                         "restore a backup, no world is made over it");
    case directory_state::foreign:
      return fail(error_code::failure, path +
                                         " holds other files and no world; give the new one an "
                                         "empty directory, or one that is not there yet");
    case directory_state::empty:
    case directory_state::unfinished: break;
  }
  return {};
}

std::vector<manifest_input> describe(std::span<const world_input> files) {
  std::vector<manifest_input> inputs;
  for (const auto& file : files)
    inputs.push_back({file.name, file.bytes.size(), crc32c(file.bytes)});
  return inputs;
}

/// The directories on the way to world/NAME, each durable in the one above it.
result<void> make_parents(file_system& fs, std::string directory, std::string_view name) {
  for (auto slash = name.find('/'); slash != std::string_view::npos; slash = name.find('/')) {
    const auto above = directory;
    directory = names::join(directory, name.substr(0, slash));
    auto made = fs.make_directory(directory).and_then([&] { return fs.sync_directory(above); });
    if (!made)
      return made;
    name.remove_prefix(slash + 1);
  }
  return {};
}

} // namespace

result<data_directory> data_directory::create(file_system& fs, const std::string& path,
                                              std::span<const world_input> files, manifest first) {
  data_directory made(fs, names::tidy_path(path));
  first.inputs = describe(files);
  if (const auto fault = manifest_fault(first))
    return fail(error_code::failure, made.path_ + ": no world is made: " + *fault);
  made.manifest_ = std::move(first);
  made.writable_ = true;
  const auto check = [&] {
    return look(fs, made.path_).and_then([&](directory_state s) { return refuse(made.path_, s); });
  };
  // Looked at twice: before anything is made, and when nobody else can make anything.
  const auto done = check()
                      .and_then([&] { return fs.make_directory(made.path_); })
                      .and_then([&] { return fs.sync_directory(names::parent_of(made.path_)); })
                      .and_then([&] { return made.lock(); })
                      .and_then(check)
                      .and_then([&] { return made.make(files); });
  if (!done)
    return tl::unexpected(done.error());
  return made;
}

result<void> data_directory::make(std::span<const world_input> files) {
  const auto mark = names::join(path_, names::unfinished);
  const auto text = std::as_bytes(std::span(unfinished_text.data(), unfinished_text.size()));
  const auto make_running = [&] {
    result<void> fine;
    for (const auto name : names::running)
      fine = fine.and_then([&] { return fs_->make_directory(names::join(path_, name)); });
    return fine;
  };
  return replace_file(*fs_, mark, text)
    .and_then([&] { return fs_->make_directory(world_path()); })
    .and_then([&] { return write_inputs(files); })
    .and_then(make_running)
    .and_then([&] { return fs_->sync_directory(path_); })
    .and_then([&] { return write_manifest(*fs_, path_, manifest_); })
    .and_then([&] { return fs_->remove(mark); })
    .and_then([&] { return fs_->sync_directory(path_); });
}

result<void> data_directory::write_inputs(std::span<const world_input> files) {
  result<void> fine;
  for (const auto& file : files)
    fine = fine.and_then([&] { return make_parents(*fs_, world_path(), file.name); }).and_then([&] {
      return replace_file(*fs_, names::join(world_path(), file.name), file.bytes);
    });
  return fine;
}

} // namespace tessera
