// Always true: the file is never removed, for a process that waits for a removed file's lock would
// share the directory with one that made the file anew.
#include "persistence/directory_lock.hpp"

#include "persistence/system_error.hpp"

#include <array>
#include <cerrno>
#include <charconv>
#include <fcntl.h>
#include <sys/file.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace tessera {

namespace {

tl::unexpected<error> failed(const std::string& call, const std::string& path, int number) {
  return fail(storage_error_of(number),
              path + ": " + call + ": " + std::system_category().message(number));
}

/// 0 when the file does not say.
long owner_of(int descriptor) {
  std::array<char, 20> text{};
  const auto count = ::pread(descriptor, text.data(), text.size(), 0);
  long pid = 0;
  if (count > 0)
    std::from_chars(text.data(), text.data() + count, pid);
  return pid;
}

} // namespace

result<directory_lock> directory_lock::take(const std::string& path) {
  // A child process must not inherit the lock beyond exec.
  const int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (descriptor < 0)
    return failed("open", path, errno);
  directory_lock lock(descriptor);
  if (::flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK)
      return failed("flock", path, errno);
    const long owner = owner_of(descriptor);
    const std::string who =
      owner > 0 ? "process " + std::to_string(owner) : std::string("another process");
    return fail(error_code::in_use, path + ": " + who +
                                      " has this data directory open; stop it first, or give "
                                      "this world a directory of its own");
  }
  const std::string pid = std::to_string(::getpid()) + "\n";
  if (::ftruncate(descriptor, 0) != 0)
    return failed("ftruncate", path, errno);
  if (::pwrite(descriptor, pid.data(), pid.size(), 0) != static_cast<ssize_t>(pid.size()))
    return failed("pwrite", path, errno);
  return lock;
}

directory_lock::directory_lock(directory_lock&& from) noexcept
  : descriptor_(std::exchange(from.descriptor_, -1)) {}

directory_lock& directory_lock::operator=(directory_lock&& from) noexcept {
  std::swap(descriptor_, from.descriptor_);
  return *this;
}

directory_lock::~directory_lock() {
  if (descriptor_ >= 0)
    ::close(descriptor_);
}

} // namespace tessera
