// A window of the desktop, and what keys and mouse ask for in it. Nothing of GLFW or Vulkan shows.
//
// Thread: the program's main one, and no other; desktops want it so.
#pragma once

#include "core/error.hpp"
#include "render/flight.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

struct GLFWwindow;

namespace tessera {

enum class window_key { help, borders, load, rain, follow, performance, save_record, leave };

/// What happened since the last poll.
struct window_input {
  flight_input flight;
  std::vector<window_key> pressed;
  std::optional<std::pair<double, double>> click; ///< pixels from the picture's upper left corner
  bool closed = false;
};

class window {
public:
  /// Errors of failure: there is no desktop.
  static result<std::unique_ptr<window>> open(const std::string& title, std::uint32_t width,
                                              std::uint32_t height);
  ~window();
  window(const window&) = delete;
  window& operator=(const window&) = delete;

  /// Takes what the desktop has to say, without waiting.
  window_input poll();
  /// The same, and sleeps until there is something or so many seconds are over.
  window_input wait(double seconds);

  /// Of the picture in it at the last poll, in pixels; 0 x 0 while it is minimised.
  std::pair<std::uint32_t, std::uint32_t> size() const;

  void set_title(const std::string& title);

  /// Whether Vulkan can show something on the desktop of an open window; errors of failure where it cannot.
  static result<void> vulkan_shows();

  // For the renderer.
  GLFWwindow* handle() const { return handle_; }
  static std::vector<const char*> instance_extensions();

private:
  explicit window(GLFWwindow* handle);
  window_input collect();
  static void on_key(GLFWwindow* which, int key, int, int action, int);
  static void on_button(GLFWwindow* which, int button, int action, int);
  static void on_cursor(GLFWwindow* which, double x, double y);
  static void on_wheel(GLFWwindow* which, double, double y);
  static void on_size(GLFWwindow* which, int width, int height);
  static void on_iconify(GLFWwindow* which, int iconified);

  GLFWwindow* handle_;
  window_input next_;
  std::pair<std::uint32_t, std::uint32_t>
    size_; ///< as of the last poll: asking the desktop takes its time
  bool minimised_ = false;
  double cursor_x_ = 0;
  double cursor_y_ = 0;
  bool held_ = false;     ///< a button is down
  double dragged_px_ = 0; ///< since it went down
};

} // namespace tessera
