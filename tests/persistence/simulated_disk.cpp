#include "simulated_disk.hpp"

#include <algorithm>
#include <utility>

namespace tessera {

using lock = std::lock_guard<std::recursive_mutex>;

class simulated_disk::open_file final : public file {
public:
  open_file(simulated_disk& disk, std::shared_ptr<inode> what, std::string path, bool writable)
    : disk_(disk), what_(std::move(what)), path_(std::move(path)), writable_(writable) {}

  result<void> write(std::uint64_t offset, std::span<const std::byte> bytes) override {
    const lock guard(disk_.mutex_);
    auto made = begin("write", true);
    if (!made) { // a part of it may have gone through
      if (!what_->dead && writable_ && disk_.chance(.5))
        add({offset, {bytes.begin(), bytes.begin() + bytes.size() / 2}});
      return made;
    }
    if (auto fits = grow_to(offset + bytes.size()); !fits)
      return fits;
    add({offset, {bytes.begin(), bytes.end()}});
    return {};
  }

  result<std::size_t> read(std::uint64_t offset, std::span<std::byte> out) override {
    const lock guard(disk_.mutex_);
    if (auto made = begin("read", false); !made)
      return tl::unexpected(made.error());
    if (offset >= what_->seen.size())
      return std::size_t{0};
    const auto count = std::min<std::size_t>(out.size(), what_->seen.size() - offset);
    std::copy_n(what_->seen.begin() + static_cast<std::ptrdiff_t>(offset), count, out.begin());
    return count;
  }

  result<std::uint64_t> size() override {
    const lock guard(disk_.mutex_);
    if (auto made = begin("size", false); !made)
      return tl::unexpected(made.error());
    return std::uint64_t{what_->seen.size()};
  }

  result<void> sync() override {
    const lock guard(disk_.mutex_);
    if (auto made = begin("sync", true); !made) {
      // Linux marks pages clean that it failed to write: they are never written later.
      std::erase_if(what_->pending, [&](const change&) { return disk_.chance(.5); });
      return made;
    }
    for (const change& one : what_->pending)
      apply(what_->durable, one);
    what_->pending.clear();
    return {};
  }

  result<void> resize(std::uint64_t bytes) override {
    const lock guard(disk_.mutex_);
    if (auto made = begin("resize", true); !made)
      return made;
    if (auto fits = grow_to(bytes); !fits)
      return fits;
    add({bytes, {}, true});
    return {};
  }

private:
  result<void> begin(const char* name, bool writes) {
    if (auto made = disk_.call(name, path_); !made)
      return made;
    if (what_->dead)
      return fail(error_code::io_failure, path_ + ": opened before a crash");
    if (writes && !writable_)
      return fail(error_code::io_failure, path_ + ": not open for writing");
    return {};
  }

  result<void> grow_to(std::uint64_t bytes) {
    const std::uint64_t now = what_->seen.size();
    return disk_.room_for(bytes > now ? bytes - now : 0, path_);
  }

  void add(change one) {
    apply(what_->seen, one);
    what_->pending.push_back(std::move(one));
  }

  simulated_disk& disk_;
  std::shared_ptr<inode> what_;
  std::string path_;
  bool writable_;
};

std::string simulated_disk::parent_of(const std::string& path) {
  const auto slash = path.rfind('/');
  return slash == std::string::npos ? "" : path.substr(0, slash);
}

void simulated_disk::apply(std::vector<std::byte>& bytes, const change& what) {
  if (what.resize) {
    bytes.resize(what.offset);
    return;
  }
  if (bytes.size() < what.offset + what.bytes.size())
    bytes.resize(what.offset + what.bytes.size());
  std::ranges::copy(what.bytes, bytes.begin() + static_cast<std::ptrdiff_t>(what.offset));
}

void simulated_disk::apply(name_table& names, const name_change& what) {
  if (!what.removed.empty())
    names.erase(what.removed);
  if (!what.added.empty())
    names[what.added] = what.what;
}

result<void> simulated_disk::call(const char* name, const std::string& path) {
  const std::uint64_t number = calls_++;
  if (number < fail_from_ || number - fail_from_ >= fail_count_)
    return {};
  failed_ = true;
  return fail(fail_code_,
              path + ": " + name + ": call " + std::to_string(number) + " was made to fail");
}

std::uint64_t simulated_disk::used_bytes() const {
  const lock guard(mutex_);
  std::uint64_t sum = 0;
  for (const auto& [name, what] : names_)
    sum += what == nullptr ? 0 : what->seen.size();
  return sum;
}

result<void> simulated_disk::room_for(std::uint64_t more, const std::string& path) {
  if (more == 0 || capacity_ == std::numeric_limits<std::uint64_t>::max() ||
      used_bytes() + more <= capacity_)
    return {};
  failed_ = true;
  return fail(error_code::disk_full, path + ": write: no space left on the simulated disk");
}

void simulated_disk::fail_calls(std::uint64_t k, error_code code, std::uint64_t count) {
  fail_from_ = calls_ + k;
  fail_count_ = count;
  fail_code_ = code;
  failed_ = false;
}

void simulated_disk::change_names(name_change what) {
  apply(names_, what);
  pending_names_.push_back(std::move(what));
}

result<std::unique_ptr<file>> simulated_disk::open(const std::string& path, mode how) {
  const lock guard(mutex_);
  if (auto made = call("open", path); !made)
    return tl::unexpected(made.error());
  const auto found = names_.find(path);
  if (how == mode::create_new) {
    if (found != names_.end())
      return fail(error_code::io_failure, path + ": open: it is there already");
    const std::string parent = parent_of(path);
    if (!parent.empty() && !names_.contains(parent))
      return fail(error_code::not_there, path + ": open: no such directory");
    auto made = std::make_shared<inode>();
    inodes_.push_back(made);
    change_names({parent, "", path, made});
    return std::make_unique<open_file>(*this, made, path, true);
  }
  if (found == names_.end())
    return fail(error_code::not_there, path + ": open: no such file");
  if (found->second == nullptr)
    return fail(error_code::io_failure, path + ": open: a directory");
  return std::make_unique<open_file>(*this, found->second, path, how == mode::write);
}

result<void> simulated_disk::rename(const std::string& from, const std::string& to) {
  const lock guard(mutex_);
  if (auto made = call("rename", from); !made)
    return made;
  const auto found = names_.find(from);
  if (found == names_.end())
    return fail(error_code::not_there, from + ": rename: no such file");
  // A directory takes all that is in it along; every name is a change of its own.
  name_table moved;
  for (const auto& [path, what] : names_)
    if (path == from || path.starts_with(from + "/"))
      moved.emplace(path, what);
  for (const auto& [path, what] : moved)
    change_names({parent_of(to), path, to + path.substr(from.size()), what});
  return {};
}

result<void> simulated_disk::remove(const std::string& path) {
  const lock guard(mutex_);
  if (auto made = call("remove", path); !made)
    return made;
  const auto found = names_.find(path);
  if (found == names_.end() || found->second == nullptr)
    return fail(error_code::not_there, path + ": remove: no such file");
  change_names({parent_of(path), path, "", nullptr});
  return {};
}

result<void> simulated_disk::make_directory(const std::string& path) {
  const lock guard(mutex_);
  if (auto made = call("make_directory", path); !made)
    return made;
  if (const auto found = names_.find(path); found != names_.end()) {
    if (found->second != nullptr)
      return fail(error_code::io_failure, path + ": make_directory: a file");
    return {};
  }
  const std::string parent = parent_of(path);
  if (!parent.empty() && !names_.contains(parent))
    return fail(error_code::not_there, path + ": make_directory: no such directory");
  change_names({parent, "", path, nullptr, true});
  return {};
}

result<void> simulated_disk::remove_directory(const std::string& path) {
  const lock guard(mutex_);
  if (auto made = call("remove_directory", path); !made)
    return made;
  if (!names_.contains(path))
    return fail(error_code::not_there, path + ": remove_directory: no such directory");
  for (const auto& [name, what] : names_)
    if (parent_of(name) == path)
      return fail(error_code::io_failure, path + ": remove_directory: not empty");
  change_names({parent_of(path), path, "", nullptr, true});
  return {};
}

result<std::vector<directory_entry>> simulated_disk::list(const std::string& path) {
  const lock guard(mutex_);
  if (auto made = call("list", path); !made)
    return tl::unexpected(made.error());
  if (!path.empty() && !names_.contains(path))
    return fail(error_code::not_there, path + ": list: no such directory");
  std::vector<directory_entry> entries;
  for (const auto& [name, what] : names_)
    if (parent_of(name) == path)
      entries.push_back({name.substr(path.empty() ? 0 : path.size() + 1), what == nullptr});
  return entries;
}

result<void> simulated_disk::sync_directory(const std::string& path) {
  const lock guard(mutex_);
  if (auto made = call("sync_directory", path); !made)
    return made;
  const std::string directory = path == "." ? "" : path;
  std::erase_if(pending_names_, [&](const name_change& one) {
    if (one.directory != directory)
      return false;
    apply(durable_names_, one);
    return true;
  });
  return {};
}

result<std::uint64_t> simulated_disk::free_bytes(const std::string& path) {
  const lock guard(mutex_);
  if (auto made = call("free_bytes", path); !made)
    return tl::unexpected(made.error());
  return std::uint64_t{1} << 40;
}

void simulated_disk::crash_file(inode& what, double kept) {
  std::ranges::shuffle(what.pending, random_);
  for (const change& one : what.pending) {
    if (one.resize) {
      if (chance(kept))
        apply(what.durable, one);
      continue;
    }
    for (std::size_t at = 0; at < one.bytes.size();) {
      const std::size_t left = sector_bytes - (one.offset + at) % sector_bytes;
      const std::size_t count = std::min(left, one.bytes.size() - at);
      const auto part = std::span(one.bytes).subspan(at, count);
      if (chance(kept))
        apply(what.durable, {one.offset + at, {part.begin(), part.end()}});
      at += count;
    }
  }
  what.pending.clear();
}

void simulated_disk::crash_names(double kept) {
  for (const name_change& one : pending_names_)
    if (chance(kept))
      apply(durable_names_, one);
  pending_names_.clear();
  // What lies in a directory that is gone cannot be reached.
  std::erase_if(durable_names_, [&](const auto& entry) {
    for (std::string up = parent_of(entry.first); !up.empty(); up = parent_of(up))
      if (!durable_names_.contains(up))
        return true;
    return false;
  });
}

void simulated_disk::crash() {
  const lock guard(mutex_);
  // All, none, and something between, each often enough to be met.
  const std::array<double, 5> shares = {0, .1, .5, .9, 1};
  const double kept = shares[random_() % shares.size()];
  crash_names(shares[random_() % shares.size()]);
  for (const auto& weak : inodes_)
    if (const auto what = weak.lock())
      crash_file(*what, kept);
  std::map<inode*, std::shared_ptr<inode>> reborn;
  for (auto& [name, what] : durable_names_) {
    if (what == nullptr)
      continue;
    auto& copy = reborn[what.get()];
    if (copy == nullptr) {
      copy = std::make_shared<inode>();
      copy->durable = what->durable;
      copy->seen = what->durable;
    }
  }
  for (const auto& weak : inodes_)
    if (const auto what = weak.lock())
      what->dead = true;
  inodes_.clear();
  for (auto& [name, what] : durable_names_)
    if (what != nullptr) {
      what = reborn[what.get()];
      inodes_.push_back(what);
    }
  names_ = durable_names_;
  fail_count_ = 0;
}

std::unique_ptr<simulated_disk> simulated_disk::copy(std::uint64_t seed) const {
  auto out = std::make_unique<simulated_disk>(seed);
  for (const auto& [name, what] : names_)
    if (what != nullptr)
      out->set_contents(name, what->seen);
    else
      out->names_[name] = out->durable_names_[name] = nullptr;
  return out;
}

std::vector<std::byte> simulated_disk::contents(const std::string& path) const {
  return names_.at(path)->seen;
}

void simulated_disk::set_contents(const std::string& path, std::vector<std::byte> bytes) {
  auto& what = names_[path];
  if (what == nullptr) {
    what = std::make_shared<inode>();
    inodes_.push_back(what);
  }
  what->pending.clear();
  what->durable = bytes;
  what->seen = std::move(bytes);
  durable_names_[path] = what;
}

void simulated_disk::flip_bit(const std::string& path, std::uint64_t bit) {
  inode& what = *names_.at(path);
  const auto mask = static_cast<std::byte>(1u << bit % 8);
  what.seen.at(bit / 8) ^= mask;
  if (bit / 8 < what.durable.size())
    what.durable[bit / 8] ^= mask;
}

void simulated_disk::forget(const std::string& path) {
  names_.erase(path);
  durable_names_.erase(path);
  std::erase_if(pending_names_,
                [&](const name_change& one) { return one.added == path || one.removed == path; });
}

std::vector<std::string> simulated_disk::files() const {
  std::vector<std::string> paths;
  for (const auto& [name, what] : names_)
    if (what != nullptr)
      paths.push_back(name);
  return paths;
}

} // namespace tessera
