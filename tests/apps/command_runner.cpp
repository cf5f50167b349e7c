#include "tests/apps/command_runner.hpp"

#include <cstdlib>
#include <fcntl.h>
#include <fstream>
#include <gtest/gtest.h>
#include <iterator>
#include <spawn.h>
#include <sstream>
#include <sys/wait.h>
#include <unistd.h>

extern char** environ;

namespace tessera::testing {

namespace fs = std::filesystem;

const std::string store_world = R"(name = "shelf"
game = "store"
tick_rate_hz = 1000
extent = [8, 8]
shards = "2x2"
workers = 2
[parameters]
entities = 64
)";

const std::string flock_world = R"(name = "birds"
game = "flock"
seed = 5
extent = [8, 8]
shards = "2x2"
workers = 2
[parameters]
agents = 2000
)";

scratch_folder::scratch_folder() {
  std::string name = (fs::temp_directory_path() / "tessera-XXXXXX").string();
  path_ = mkdtemp(name.data());
}

scratch_folder::~scratch_folder() {
  std::error_code ec;
  fs::remove_all(path_, ec);
}

std::string scratch_folder::write(const std::string& name, const std::string& text) const {
  std::ofstream(path_ / name) << text;
  return (path_ / name).string();
}

running_command::running_command(const std::vector<std::string>& arguments) {
  int in[2];
  int out[2];
  // Close-on-exec, so that no other child keeps the far ends open.
  EXPECT_EQ(pipe2(in, O_CLOEXEC), 0);
  EXPECT_EQ(pipe2(out, O_CLOEXEC), 0);
  errors_ = std::tmpfile();
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, in[0], STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, out[1], STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, fileno(errors_), STDERR_FILENO);
  std::vector<std::string> words{TESSERA_COMMAND};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> argv;
  for (auto& word : words)
    argv.push_back(word.data());
  argv.push_back(nullptr);
  EXPECT_EQ(posix_spawn(&child_, argv[0], &actions, nullptr, argv.data(), environ), 0);
  posix_spawn_file_actions_destroy(&actions);
  close(in[0]);
  close(out[1]);
  input_ = in[1];
  output_ = fdopen(out[0], "r");
}

running_command::~running_command() {
  close_input();
  if (child_ > 0) {
    kill(child_, SIGKILL);
    waitpid(child_, nullptr, 0);
  }
  if (output_ != nullptr)
    std::fclose(output_);
  std::fclose(errors_);
}

void running_command::write(const std::string& text) const {
  EXPECT_EQ(::write(input_, text.data(), text.size()), static_cast<ssize_t>(text.size()));
}

void running_command::close_input() {
  if (input_ >= 0)
    close(input_);
  input_ = -1;
}

std::string running_command::read_line() {
  std::string line;
  for (int c; (c = std::fgetc(output_)) != EOF && c != '\n';)
    line += static_cast<char>(c);
  return line;
}

command_output running_command::finish() {
  command_output result;
  for (int c; (c = std::fgetc(output_)) != EOF;)
    result.out += static_cast<char>(c);
  int status = 0;
  EXPECT_EQ(waitpid(child_, &status, 0), child_);
  child_ = -1;
  result.code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  std::rewind(errors_);
  for (int c; (c = std::fgetc(errors_)) != EOF;)
    result.err += static_cast<char>(c);
  return result;
}

command_output run_command(const std::vector<std::string>& arguments, const std::string& input) {
  running_command command(arguments);
  if (!input.empty())
    command.write(input);
  command.close_input();
  return command.finish();
}

std::string read_file(const fs::path& path) {
  std::ifstream file(path);
  EXPECT_TRUE(file) << path;
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

nlohmann::json read_json(const fs::path& path) {
  return nlohmann::json::parse(read_file(path));
}

std::vector<nlohmann::json> read_json_lines(const fs::path& path) {
  std::vector<nlohmann::json> lines;
  std::istringstream text(read_file(path));
  // Who is still writing may have written half of the last one.
  for (std::string line; std::getline(text, line) && !text.eof();)
    lines.push_back(nlohmann::json::parse(line));
  return lines;
}

std::string first_of_cell(int x, int z) {
  char text[17];
  std::snprintf(text, sizeof text, "%04x%04x%08x", static_cast<unsigned>(x),
                static_cast<unsigned>(z), 1U);
  return text;
}

} // namespace tessera::testing
