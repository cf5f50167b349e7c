// How a tool asks the process that runs a kept world for something; there is one thing now, a checkpoint. A Unix
// socket without a file, named after DIR/LOCK's device and inode, that answers the process's own user and root
// alone; one line is sent, one line of JSON comes back.
//
//   "checkpoint\n"  ->  {"tick":1234} once it counts, or {"error":"..."}
//
// Always true: a world runs the same whether or not anybody asks; the socket ends with its process, however
// that ends.
#pragma once

#include "apps/wake_up.hpp"
#include "core/error.hpp"
#include "core/ids.hpp"

#include <functional>
#include <memory>
#include <string>
#include <thread>

namespace tessera {

/// Answers in a thread of its own while it lives; one asker after the other.
class control_socket {
public:
  /// `take` is called on that thread, and blocks until the checkpoint counts; it must return once the
  /// world has ended. Errors: io_failure. The caller has the directory open.
  static result<std::unique_ptr<control_socket>> open(const std::string& directory,
                                                      std::function<result<tick_number>()> take);
  ~control_socket();
  control_socket(const control_socket&) = delete;
  control_socket& operator=(const control_socket&) = delete;

private:
  control_socket(int listener, std::function<result<tick_number>()> take);
  void serve();
  void answer(int asker) const;

  int listener_;
  std::function<result<tick_number>()> take_;
  wake_up stop_;
  std::thread thread_;
};

/// Asks the process that has `directory` open. Errors: not_there when nobody listens; failure when the
/// world ended first, or what the process says; io_failure.
result<tick_number> ask_for_checkpoint(const std::string& directory);

} // namespace tessera
