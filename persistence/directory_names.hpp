// Names in a data directory, and walks through it; for data_directory alone.
//
// Always true: paths are put together with one slash, and a tidy path does not end in one.
#pragma once

#include "persistence/file_system.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace tessera::directory_names {

inline constexpr std::string_view lock = "LOCK";
inline constexpr std::string_view unfinished = "UNFINISHED";
inline constexpr std::string_view world = "world";
/// What a file system puts into the root of its own accord.
inline constexpr std::string_view lost_and_found = "lost+found";
/// Filled while the world runs; empty in a new one.
inline constexpr std::array<std::string_view, 4> running = {"journal", "border", "checkpoints",
                                                            "aside"};

/// No path of ours is deeper; a walk along links that lead back ends here.
inline constexpr int most_depth = 12;

/// Without the slashes at its end.
std::string tidy_path(std::string path);
/// Of a tidy path.
std::string parent_of(const std::string& path);
std::string join(const std::string& directory, std::string_view name);

/// Bytes of all files under a directory. A file that goes away meanwhile counts nothing.
result<std::uint64_t> count_bytes(file_system& fs, const std::string& directory, int depth = 0);

/// Of one file; 0 if it went away.
result<std::uint64_t> file_bytes(file_system& fs, const std::string& path);

} // namespace tessera::directory_names
