// Always true: a walk only reads, and ends at most_depth.
#include "persistence/directory_names.hpp"

namespace tessera::directory_names {

std::string tidy_path(std::string path) {
  while (path.size() > 1 && path.ends_with('/'))
    path.pop_back();
  return path;
}

std::string parent_of(const std::string& path) {
  const auto slash = path.rfind('/');
  if (slash == std::string::npos)
    return ".";
  return slash == 0 ? "/" : tidy_path(path.substr(0, slash));
}

std::string join(const std::string& directory, std::string_view name) {
  return directory + "/" + std::string(name);
}

result<std::uint64_t> file_bytes(file_system& fs, const std::string& path) {
  const auto opened = fs.open(path, file_system::mode::read);
  if (opened)
    return (*opened)->size();
  if (opened.error().code == error_code::not_there)
    return 0;
  return tl::unexpected(opened.error());
}

result<std::uint64_t> count_bytes(file_system& fs, const std::string& directory, int depth) {
  const auto entries = fs.list(directory);
  if (!entries && entries.error().code == error_code::not_there)
    return 0;
  if (!entries)
    return tl::unexpected(entries.error());
  std::uint64_t sum = 0;
  for (const auto& entry : *entries) {
    const auto path = join(directory, entry.name);
    if (entry.is_directory && depth >= most_depth)
      continue;
    const auto bytes = entry.is_directory ? count_bytes(fs, path, depth + 1) : file_bytes(fs, path);
    if (!bytes)
      return bytes;
    sum += *bytes;
  }
  return sum;
}

} // namespace tessera::directory_names
