// Numbered pictures into a video, by the program ffmpeg where it is installed.
//
// Always true: no shell reads anything; the program gets its arguments one by one and works in the pictures'
// folder, so that no character of a path means anything to it.
#pragma once

#include "core/error.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

namespace tessera {

/// Pictures frame-000000.png and so on, of even width and height, and the video.mp4 beside them.
struct video_files {
  std::filesystem::path folder;
  std::uint64_t frames = 0;
  unsigned frames_per_second = 30;
};

/// The program of that name on the PATH.
std::optional<std::filesystem::path> find_program(const std::string& name);

/// Replaces the video. Errors of failure: ffmpeg did not start or did not end well; it has said why on standard
/// error.
result<void> make_video(const std::filesystem::path& ffmpeg, const video_files& of);

/// The command that does the same, for a shell.
std::string video_command(const video_files& of);

} // namespace tessera
