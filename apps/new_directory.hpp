// A data directory that a tool makes: it is built beside its place under another name and moved there in
// one step when it is whole and durable.
//
// Always true: after a crash there is nothing at its place, or all of it. Nothing that was there before is
// touched.
#pragma once

#include "core/error.hpp"
#include "persistence/file_system.hpp"

#include <string>

namespace tessera {

class new_directory {
public:
  /// Makes PATH.unfinished. Errors: failure if something is at PATH or PATH.unfinished, or if PATH lies in
  /// `apart_from`; not_there without a parent.
  static result<new_directory> begin(const std::string& path, const std::string& apart_from);
  new_directory(new_directory&& from) noexcept;
  new_directory& operator=(new_directory&& from) = delete;
  /// Removes what is unfinished.
  ~new_directory();

  /// Where to build: PATH.unfinished.
  const std::string& building() const { return building_; }
  const std::string& path() const { return path_; }
  /// Empties it, to begin anew.
  result<void> clear();
  /// Moves it to its place, durably. What is in it is synced by then, itself too.
  result<void> finish();

private:
  new_directory() = default;

  std::string path_;
  std::string building_; ///< empty: finished
};

} // namespace tessera
