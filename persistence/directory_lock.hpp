// The lock that keeps a second process out of a data directory.
//
// Always true: the lock is the system's (flock), so it ends with its process, however that ends;
// the file itself stays and says nothing. The pid in it is for messages only.
#pragma once

#include "core/error.hpp"

#include <string>

namespace tessera {

/// Held while it lives. Movable; any thread.
class directory_lock {
public:
  /// Holds nothing.
  directory_lock() = default;
  /// Makes the file if need be. Errors: in_use, naming the process that has it and what to do;
  /// io_failure.
  static result<directory_lock> take(const std::string& path);
  directory_lock(directory_lock&& from) noexcept;
  directory_lock& operator=(directory_lock&& from) noexcept;
  ~directory_lock();

  bool held() const { return descriptor_ >= 0; }

private:
  explicit directory_lock(int descriptor) : descriptor_(descriptor) {}

  int descriptor_ = -1;
};

} // namespace tessera
