#include "persistence/sync_helpers.hpp"

#include <algorithm>

namespace tessera {

sync_helpers::~sync_helpers() {
  stopping_ = true;
  begun_.release(static_cast<std::ptrdiff_t>(threads_.size()));
  for (std::thread& thread : threads_)
    thread.join();
}

result<void> sync_helpers::sync(std::span<file* const> files) {
  files_ = files;
  next_ = 0;
  failure_.reset();
  const std::size_t helpers = std::min(files.size(), at_once) - 1;
  while (threads_.size() < helpers)
    threads_.emplace_back([this] { work(); });
  begun_.release(static_cast<std::ptrdiff_t>(helpers));
  take_files();
  for (std::size_t i = 0; i < helpers; ++i)
    ended_.acquire();
  if (failure_)
    return tl::unexpected(*failure_);
  return {};
}

void sync_helpers::work() {
  while (true) {
    begun_.acquire();
    if (stopping_)
      return;
    take_files();
    ended_.release();
  }
}

void sync_helpers::take_files() {
  for (std::size_t i = next_++; i < files_.size(); i = next_++)
    if (auto synced = files_[i]->sync(); !synced) {
      const std::lock_guard lock(mutex_);
      if (!failure_)
        failure_ = synced.error();
    }
}

} // namespace tessera
