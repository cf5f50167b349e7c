// A desktop without a monitor: an X server of a test's own, and what a user would do to a window on it.
#pragma once

#include "render/picture.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace tessera::testing {

class desktop {
public:
  /// Starts Xvfb and names it in DISPLAY. Null where Xvfb is not installed or does not start.
  static std::unique_ptr<desktop> start();
  ~desktop();
  desktop(const desktop&) = delete;
  desktop& operator=(const desktop&) = delete;

  /// Sends a press and a release to the one window; `key` as X names it: "F3", "h", "w".
  void press(const std::string& key);
  void hold(const std::string& key, bool down);
  void click(int x, int y);
  void resize(std::uint32_t width, std::uint32_t height);
  /// As a desktop does it that takes windows off the screen; one that is minimised is nobody's to see.
  void minimise();
  void restore();
  void close_window();

  /// What is in the window; the desktop's own copy of it.
  picture screenshot();

private:
  struct connection;
  explicit desktop(int server);

  int server_;
  std::unique_ptr<connection> to_;
};

} // namespace tessera::testing
