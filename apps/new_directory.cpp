#include "apps/new_directory.hpp"

#include <filesystem>
#include <utility>

namespace tessera {

namespace {

namespace fs = std::filesystem;

std::string without_slashes(std::string path) {
  while (path.size() > 1 && path.ends_with('/'))
    path.pop_back();
  return path;
}

std::string parent_of(const std::string& path) {
  auto parent = fs::path(path).parent_path().string();
  return parent.empty() ? "." : parent;
}

bool is_taken(const std::string& path) {
  std::error_code ignored;
  return fs::symlink_status(path, ignored).type() != fs::file_type::not_found;
}

/// Whether `path` would lie in `directory`, links followed as far as there is something.
bool lies_in(const std::string& path, const std::string& directory) {
  std::error_code why;
  auto inner = fs::weakly_canonical(fs::absolute(path), why);
  auto outer = fs::weakly_canonical(fs::absolute(directory), why);
  if (why)
    return false;
  for (auto at = inner; at.has_relative_path(); at = at.parent_path())
    if (at == outer)
      return true;
  return false;
}

} // namespace

result<new_directory> new_directory::begin(const std::string& given,
                                           const std::string& apart_from) {
  new_directory out;
  out.path_ = without_slashes(given);
  std::string building = out.path_ + ".unfinished";
  if (is_taken(out.path_))
    return fail(error_code::failure,
                out.path_ + " is there already; nothing is written over it: give the name of a "
                            "directory that is not there yet");
  if (lies_in(out.path_, apart_from))
    return fail(error_code::failure, out.path_ + " lies in " + apart_from +
                                       ", which is only read; give a place outside of it");
  if (is_taken(building))
    return fail(error_code::failure,
                building + " is there: what an earlier try left when it was broken off, or another "
                           "one that runs; remove it if none runs");
  std::error_code ignored;
  if (!fs::is_directory(parent_of(out.path_), ignored))
    return fail(error_code::failure, parent_of(out.path_) +
                                       " is no directory, so nothing can be made in it; make it "
                                       "first");
  if (auto made = posix_files().make_directory(building); !made)
    return tl::unexpected(made.error());
  out.building_ = std::move(building);
  return out;
}

new_directory::new_directory(new_directory&& from) noexcept
  : path_(std::move(from.path_)), building_(std::exchange(from.building_, {})) {}

new_directory::~new_directory() {
  if (building_.empty())
    return;
  std::error_code ignored;
  fs::remove_all(building_, ignored);
}

result<void> new_directory::clear() {
  std::error_code why;
  for (const auto& entry : fs::directory_iterator(building_, why))
    fs::remove_all(entry.path(), why);
  if (why)
    return fail(error_code::io_failure, building_ + ": cannot be emptied: " + why.message());
  return {};
}

result<void> new_directory::finish() {
  auto& files = posix_files();
  if (is_taken(path_))
    return fail(error_code::failure,
                path_ + " has come to be meanwhile; nothing is written over it");
  return files.sync_directory(building_)
    .and_then([&] { return files.rename(building_, path_); })
    .and_then([&] {
      building_.clear();
      return files.sync_directory(parent_of(path_));
    });
}

} // namespace tessera
