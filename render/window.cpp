#include "render/window.hpp"

#include "render/vulkan.hpp"

#define GLFW_INCLUDE_NONE
#include <GLFW/glfw3.h>
#include <cmath>

namespace tessera {

namespace {

constexpr double degrees_per_px = 0.15;
/// A button that moved less while it was down was a click.
constexpr double click_px = 4;

std::string last_error() {
  const char* text = nullptr;
  glfwGetError(&text);
  return text == nullptr ? "no reason was given" : text;
}

window& of(GLFWwindow* which) {
  return *static_cast<window*>(glfwGetWindowUserPointer(which));
}

std::optional<window_key> key_of(int key) {
  switch (key) {
    case GLFW_KEY_H: return window_key::help;
    case GLFW_KEY_B: return window_key::borders;
    case GLFW_KEY_L: return window_key::load;
    case GLFW_KEY_R: return window_key::rain;
    case GLFW_KEY_F: return window_key::follow;
    case GLFW_KEY_F3: return window_key::performance;
    case GLFW_KEY_F5: return window_key::save_record;
    case GLFW_KEY_ESCAPE: return window_key::leave;
    default: return std::nullopt;
  }
}

} // namespace

result<std::unique_ptr<window>> window::open(const std::string& title, std::uint32_t width,
                                             std::uint32_t height) {
  if (glfwInit() == GLFW_FALSE)
    return fail(error_code::failure, "no window: there is no desktop to open one on (" +
                                       last_error() +
                                       "); leave --window out, or start it under one");
  glfwWindowHint(GLFW_CLIENT_API, GLFW_NO_API);
  GLFWwindow* made = glfwCreateWindow(static_cast<int>(width), static_cast<int>(height),
                                      title.c_str(), nullptr, nullptr);
  if (made == nullptr) {
    const std::string why = last_error();
    glfwTerminate();
    return fail(error_code::failure, "no window: " + why);
  }
  return std::unique_ptr<window>(new window(made));
}

window::window(GLFWwindow* handle) : handle_(handle) {
  glfwSetWindowUserPointer(handle_, this);
  glfwSetKeyCallback(handle_, &window::on_key);
  glfwSetMouseButtonCallback(handle_, &window::on_button);
  glfwSetCursorPosCallback(handle_, &window::on_cursor);
  glfwSetScrollCallback(handle_, &window::on_wheel);
  glfwSetFramebufferSizeCallback(handle_, &window::on_size);
  glfwSetWindowIconifyCallback(handle_, &window::on_iconify);
  glfwGetCursorPos(handle_, &cursor_x_, &cursor_y_);
  int width = 0;
  int height = 0;
  glfwGetFramebufferSize(handle_, &width, &height);
  on_size(handle_, width, height);
}

window::~window() {
  glfwDestroyWindow(handle_);
  glfwTerminate();
}

void window::on_key(GLFWwindow* which, int key, int, int action, int) {
  if (auto known = key_of(key); known && action == GLFW_PRESS)
    of(which).next_.pressed.push_back(*known);
}

void window::on_button(GLFWwindow* which, int button, int action, int) {
  window& self = of(which);
  self.held_ = action == GLFW_PRESS;
  if (self.held_)
    self.dragged_px_ = 0;
  else if (button == GLFW_MOUSE_BUTTON_LEFT && self.dragged_px_ < click_px)
    self.next_.click = std::pair(self.cursor_x_, self.cursor_y_);
}

void window::on_cursor(GLFWwindow* which, double x, double y) {
  window& self = of(which);
  const double east = x - self.cursor_x_;
  const double south = y - self.cursor_y_;
  self.cursor_x_ = x;
  self.cursor_y_ = y;
  if (!self.held_)
    return;
  self.dragged_px_ += std::abs(east) + std::abs(south);
  // The ground under the hand comes along.
  self.next_.flight.turn_right_deg -= static_cast<float>(east * degrees_per_px);
  self.next_.flight.turn_up_deg += static_cast<float>(south * degrees_per_px);
}

void window::on_size(GLFWwindow* which, int width, int height) {
  of(which).size_ = {static_cast<std::uint32_t>(width), static_cast<std::uint32_t>(height)};
}

void window::on_iconify(GLFWwindow* which, int iconified) {
  of(which).minimised_ = iconified == GLFW_TRUE;
}

void window::on_wheel(GLFWwindow* which, double, double y) {
  of(which).next_.flight.nearer += static_cast<float>(y);
}

window_input window::poll() {
  glfwPollEvents();
  return collect();
}

window_input window::wait(double seconds) {
  glfwWaitEventsTimeout(seconds);
  return collect();
}

window_input window::collect() {
  window_input out = std::exchange(next_, {});
  auto down = [this](int key) { return glfwGetKey(handle_, key) == GLFW_PRESS; };
  auto way = [&](int there, int here, int there_too, int here_too) {
    return static_cast<float>((down(there) || down(there_too)) - (down(here) || down(here_too)));
  };
  out.flight.ahead = way(GLFW_KEY_W, GLFW_KEY_S, GLFW_KEY_UP, GLFW_KEY_DOWN);
  out.flight.right = way(GLFW_KEY_D, GLFW_KEY_A, GLFW_KEY_RIGHT, GLFW_KEY_LEFT);
  out.flight.up = way(GLFW_KEY_E, GLFW_KEY_Q, GLFW_KEY_PAGE_UP, GLFW_KEY_PAGE_DOWN);
  out.flight.fast = down(GLFW_KEY_LEFT_SHIFT) || down(GLFW_KEY_RIGHT_SHIFT);
  out.closed = glfwWindowShouldClose(handle_) != GLFW_FALSE;
  return out;
}

std::pair<std::uint32_t, std::uint32_t> window::size() const {
  return minimised_ ? std::pair{0U, 0U} : size_;
}

void window::set_title(const std::string& title) {
  glfwSetWindowTitle(handle_, title.c_str());
}

result<void> window::vulkan_shows() {
  if (glfwVulkanSupported() == GLFW_FALSE || instance_extensions().empty())
    return fail(error_code::failure,
                "no window: Vulkan cannot show anything on this desktop (" + last_error() + ")");
  return {};
}

std::vector<const char*> window::instance_extensions() {
  std::uint32_t count = 0;
  const char** names = glfwGetRequiredInstanceExtensions(&count);
  return names == nullptr ? std::vector<const char*>{}
                          : std::vector<const char*>(names, names + count);
}

} // namespace tessera
