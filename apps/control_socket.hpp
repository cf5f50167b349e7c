// How a tool asks the process that runs a kept world for a checkpoint: a Unix socket without a file, named after
// DIR/LOCK's device and inode, so that it is found however DIR is written, and ends with its process however that
// ends. It answers the user that runs the world, and nobody else.
//
//   "checkpoint\n"  ->  {"tick":1234}, once it counts, or {"error":"..."}
#pragma once

#include "apps/wake_up.hpp"
#include "core/error.hpp"
#include "core/ids.hpp"

#include <functional>
#include <memory>
#include <string>
#include <thread>

namespace tessera {

class control_socket {
public:
  /// Of a directory that the caller has open. Who asks from now on waits until serve(). Errors: io_failure.
  static result<std::unique_ptr<control_socket>> open(const std::string& directory);
  ~control_socket(); ///< ends serving; waits for `take` to return
  control_socket(const control_socket&) = delete;
  control_socket& operator=(const control_socket&) = delete;

  /// Answers one asker after the other, in a thread of its own. `take` is called there; it blocks until the
  /// checkpoint counts, and returns once the world has ended. Called once.
  void serve(std::function<result<tick_number>()> take);

private:
  explicit control_socket(int listener) : listener_(listener) {}
  void answer_all(const std::function<result<tick_number>()>& take) const;

  int listener_;
  wake_up stop_;
  std::thread thread_;
};

/// Asks the process that runs the world of `directory`, and waits for the checkpoint; gives its tick. Errors of
/// failure, with what to do: no process runs it, it is another user's, the world ended first.
result<tick_number> ask_for_checkpoint(const std::string& directory);

} // namespace tessera
