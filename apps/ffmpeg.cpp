#include "apps/ffmpeg.hpp"

#include "apps/text.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string_view>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

namespace tessera {

namespace {

namespace fs = std::filesystem;

/// What follows the program's name. Every player takes this form of H.264.
std::vector<std::string> arguments_of(const video_files& of) {
  return {"-loglevel",  "error",
          "-nostdin",   "-y",
          "-framerate", std::to_string(of.frames_per_second),
          "-i",         "frame-%06d.png",
          "-frames:v",  std::to_string(of.frames),
          "-c:v",       "libx264",
          "-pix_fmt",   "yuv420p",
          "-movflags",  "+faststart",
          "video.mp4"};
}

/// Runs to its end. Between fork and exec only what a child of threads may call.
result<int> run_in(const fs::path& folder, const fs::path& program,
                   const std::vector<std::string>& words) {
  std::vector<char*> argv;
  argv.reserve(words.size() + 1);
  for (const auto& word : words)
    argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  const pid_t child = fork();
  if (child < 0)
    return fail(error_code::failure, program.string() + " does not start: " + std::strerror(errno));
  constexpr int not_started = 127;
  if (child == 0) {
    if (chdir(folder.c_str()) == 0)
      execv(program.c_str(), argv.data());
    _exit(not_started);
  }
  int status = 0;
  while (waitpid(child, &status, 0) < 0)
    if (errno != EINTR)
      return fail(error_code::failure,
                  program.string() + " cannot be waited for: " + std::strerror(errno));
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

} // namespace

std::optional<fs::path> find_program(const std::string& name) {
  const char* path = std::getenv("PATH");
  std::string_view left = path == nullptr ? "" : path;
  while (!left.empty()) {
    const std::string_view folder = left.substr(0, left.find(':'));
    left.remove_prefix(std::min(folder.size() + 1, left.size()));
    if (folder.empty())
      continue;
    std::error_code ignored;
    const fs::path there = fs::absolute(fs::path(folder) / name, ignored);
    if (fs::is_regular_file(there, ignored) && access(there.c_str(), X_OK) == 0)
      return there;
  }
  return std::nullopt;
}

result<void> make_video(const fs::path& ffmpeg, const video_files& of) {
  std::vector<std::string> words = arguments_of(of);
  words.insert(words.begin(), ffmpeg.string());
  const auto code = run_in(of.folder, ffmpeg, words);
  if (!code)
    return tl::unexpected(code.error());
  if (*code != 0)
    return fail(error_code::failure, ffmpeg.string() + " ended with " + std::to_string(*code) +
                                       "; the frames are there. By hand:\n" + video_command(of));
  return {};
}

std::string video_command(const video_files& of) {
  std::string out = "cd " + shell_word(of.folder.string()) + " && ffmpeg";
  for (const auto& word : arguments_of(of))
    out += " " + shell_word(word);
  return out;
}

} // namespace tessera
