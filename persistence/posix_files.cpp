// The machine's own file system, and what is built from the interface alone.
//
// Always true: a call interrupted by a signal is made again, for it did nothing; one that failed
// never is. A write that was cut short goes on where it stopped: the system calls that no failure.
#include "persistence/file_system.hpp"

#include "persistence/system_error.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <filesystem>
#include <limits>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <system_error>
#include <unistd.h>

namespace tessera {
namespace {

tl::unexpected<error> failed(const char* call, const std::string& path, int number = errno) {
  return fail(storage_error_of(number),
              path + ": " + call + ": " + std::system_category().message(number));
}

template <class Call>
auto again_if_interrupted(Call call) {
  auto value = call();
  while (value < 0 && errno == EINTR)
    value = call();
  return value;
}

class posix_file final : public file {
public:
  posix_file(int descriptor, std::string path) : descriptor_(descriptor), path_(std::move(path)) {}
  ~posix_file() override { ::close(descriptor_); }
  posix_file(const posix_file&) = delete;
  posix_file& operator=(const posix_file&) = delete;

  result<void> write(std::uint64_t offset, std::span<const std::byte> bytes) override {
    while (!bytes.empty()) {
      const ssize_t count = again_if_interrupted(
        [&] { return ::pwrite(descriptor_, bytes.data(), bytes.size(), off_t(offset)); });
      if (count < 0)
        return failed("pwrite", path_);
      if (count == 0)
        return failed("pwrite", path_, EIO);
      offset += static_cast<std::size_t>(count);
      bytes = bytes.subspan(static_cast<std::size_t>(count));
    }
    return {};
  }

  result<std::size_t> read(std::uint64_t offset, std::span<std::byte> out) override {
    std::size_t done = 0;
    while (done < out.size()) {
      const ssize_t count = again_if_interrupted([&] {
        return ::pread(descriptor_, out.data() + done, out.size() - done, off_t(offset + done));
      });
      if (count < 0)
        return failed("pread", path_);
      if (count == 0)
        break;
      done += static_cast<std::size_t>(count);
    }
    return done;
  }

  result<std::uint64_t> size() override {
    struct stat about {};
    if (::fstat(descriptor_, &about) != 0)
      return failed("fstat", path_);
    return static_cast<std::uint64_t>(about.st_size);
  }

  result<void> sync() override {
    // A size that grew is made durable by fdatasync too; only dates are not.
    if (again_if_interrupted([&] { return ::fdatasync(descriptor_); }) != 0)
      return failed("fdatasync", path_);
    return {};
  }

  result<void> resize(std::uint64_t bytes) override {
    if (again_if_interrupted([&] { return ::ftruncate(descriptor_, off_t(bytes)); }) != 0)
      return failed("ftruncate", path_);
    return {};
  }

  int descriptor() const override { return descriptor_; }

private:
  int descriptor_;
  std::string path_;
};

class posix_file_system final : public file_system {
public:
  result<std::unique_ptr<file>> open(const std::string& path, mode how) override {
    int flags = O_CLOEXEC;
    switch (how) {
      case mode::read: flags |= O_RDONLY; break;
      case mode::write: flags |= O_RDWR; break;
      case mode::create_new: flags |= O_RDWR | O_CREAT | O_EXCL; break;
    }
    const int descriptor = again_if_interrupted([&] { return ::open(path.c_str(), flags, 0644); });
    if (descriptor < 0)
      return failed("open", path);
    return std::make_unique<posix_file>(descriptor, path);
  }

  result<void> rename(const std::string& from, const std::string& to) override {
    if (std::rename(from.c_str(), to.c_str()) != 0)
      return failed("rename", from + " -> " + to);
    return {};
  }

  result<void> remove(const std::string& path) override {
    if (::unlink(path.c_str()) != 0)
      return failed("unlink", path);
    return {};
  }

  result<void> make_directory(const std::string& path) override {
    if (::mkdir(path.c_str(), 0755) == 0)
      return {};
    const int number = errno;
    struct stat about {};
    if (number == EEXIST && ::stat(path.c_str(), &about) == 0 && S_ISDIR(about.st_mode))
      return {};
    return failed("mkdir", path, number);
  }

  result<void> remove_directory(const std::string& path) override {
    if (::rmdir(path.c_str()) != 0)
      return failed("rmdir", path);
    return {};
  }

  result<std::vector<directory_entry>> list(const std::string& path) override {
    std::vector<directory_entry> entries;
    std::error_code why;
    std::filesystem::directory_iterator at(path, why);
    for (; !why && at != std::filesystem::directory_iterator(); at.increment(why)) {
      std::error_code ignored; // one that goes away meanwhile is listed as a file
      entries.push_back({at->path().filename().string(), at->is_directory(ignored)});
    }
    if (why)
      return failed("readdir", path, why.value());
    std::ranges::sort(entries, {}, &directory_entry::name);
    return entries;
  }

  result<void> sync_directory(const std::string& path) override {
    const int descriptor = again_if_interrupted(
      [&] { return ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC); });
    if (descriptor < 0)
      return failed("open", path);
    const int value = again_if_interrupted([&] { return ::fsync(descriptor); });
    const int number = errno;
    ::close(descriptor);
    if (value != 0)
      return failed("fsync", path, number);
    return {};
  }

  result<std::uint64_t> free_bytes(const std::string& path) override {
    struct statvfs about {};
    if (again_if_interrupted([&] { return ::statvfs(path.c_str(), &about); }) != 0)
      return failed("statvfs", path);
    return std::uint64_t{about.f_bavail} * about.f_frsize;
  }
};

} // namespace

file_system& posix_files() {
  static posix_file_system the_one;
  return the_one;
}

result<std::vector<std::byte>> read_file(file_system& fs, const std::string& path,
                                         std::uint64_t most) {
  auto opened = fs.open(path, file_system::mode::read);
  if (!opened)
    return tl::unexpected(opened.error());
  const auto size = (*opened)->size();
  if (!size)
    return tl::unexpected(size.error());
  if (*size > most)
    return fail(error_code::bad_bytes, path + ": " + std::to_string(*size) + " bytes, at most " +
                                         std::to_string(most) + " expected");
  std::vector<std::byte> bytes(static_cast<std::size_t>(*size));
  const auto count = (*opened)->read(0, bytes);
  if (!count)
    return tl::unexpected(count.error());
  bytes.resize(*count);
  return bytes;
}

result<void> replace_file(file_system& fs, const std::string& path,
                          std::span<const std::byte> bytes) {
  const std::string temporary = path + ".new";
  // One may be left over from a crash; its name is ours alone.
  if (auto removed = fs.remove(temporary);
      !removed && removed.error().code != error_code::not_there)
    return removed;
  {
    auto opened = fs.open(temporary, file_system::mode::create_new);
    if (!opened)
      return tl::unexpected(opened.error());
    if (auto written = (*opened)->write(0, bytes); !written)
      return written;
    if (auto synced = (*opened)->sync(); !synced)
      return synced;
  }
  if (auto renamed = fs.rename(temporary, path); !renamed)
    return renamed;
  const auto slash = path.rfind('/');
  const std::string parent = slash == std::string::npos ? "." : path.substr(0, slash);
  return fs.sync_directory(parent.empty() ? "/" : parent);
}

} // namespace tessera
