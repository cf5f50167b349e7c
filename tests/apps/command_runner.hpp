// Runs the built `tessera` as its users do: a process with arguments, standard input and output.
#pragma once

#include <csignal>
#include <cstdio>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <sys/types.h>
#include <vector>

namespace tessera::testing {

struct command_output {
  int code = -1; ///< exit code; 128 + the signal that ended it
  std::string out;
  std::string err;
};

/// A folder of its own for one test, removed with it.
class scratch_folder {
public:
  scratch_folder();
  ~scratch_folder();
  scratch_folder(const scratch_folder&) = delete;
  scratch_folder& operator=(const scratch_folder&) = delete;

  std::filesystem::path operator/(const std::string& name) const { return path_ / name; }
  /// Writes a file and gives its path as text.
  std::string write(const std::string& name, const std::string& text) const;
  std::string path(const std::string& name) const { return (path_ / name).string(); }

private:
  std::filesystem::path path_;
};

/// A running command; standard input is a pipe that the test writes, standard output one that it
/// reads.
class running_command {
public:
  explicit running_command(const std::vector<std::string>& arguments);
  ~running_command(); ///< kills it if it still runs
  running_command(const running_command&) = delete;
  running_command& operator=(const running_command&) = delete;

  void write(const std::string& text) const;
  void close_input();
  void signal(int number) const { kill(child_, number); }
  /// Next line of output, without its newline; empty at the end.
  std::string read_line();
  /// Reads to the end and waits.
  command_output finish();

private:
  pid_t child_ = -1;
  int input_ = -1;
  std::FILE* output_ = nullptr;
  std::FILE* errors_ = nullptr;
};

/// Runs to the end with this standard input.
command_output run_command(const std::vector<std::string>& arguments,
                           const std::string& input = "");

std::string read_file(const std::filesystem::path& path);
nlohmann::json read_json(const std::filesystem::path& path);
/// One value per line; a last one without its end is left out.
std::vector<nlohmann::json> read_json_lines(const std::filesystem::path& path);

/// A small world of the game `store`, 8 x 8 cells, one entity in each.
extern const std::string store_world;
/// A small flock: 8 x 8 cells.
extern const std::string flock_world;
/// Id of an entity of store_world: the first of its cell.
std::string first_of_cell(int x, int z);

} // namespace tessera::testing
