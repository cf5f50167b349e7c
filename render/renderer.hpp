// Draws a world. The face of this folder; no type of Vulkan shows.
//
// Always true: it reads what it is given and gives nothing back to the world; the same world, bodies in the
// same order and the same request give the same picture on the same device.
//
// Thread: one at a time.
#pragma once

#include "core/error.hpp"
#include "render/picture.hpp"
#include "render/scene.hpp"

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace tessera {

class window;

struct renderer_options {
  bool validate = false;             ///< with the validation layers; for tests
  window* shown_in = nullptr;        ///< null: no window. Outlives the renderer
  bool without_wide_atomics = false; ///< as on a device that has none; for tests
  bool shaders_alone =
    false; ///< do also what C++ does where the device is the processor; for tests
};

class renderer {
public:
  /// Errors of failure, which say what to install: no Vulkan, no device that can draw, no layers.
  static result<std::unique_ptr<renderer>> open(const renderer_options& options = {});
  ~renderer();

  const std::string& device_name() const;
  /// It draws on the processor.
  bool is_software() const;

  /// Ground and looks of what follows.
  result<void> show(const shown_world& world);
  result<void> set_light(const sun_position& light);

  /// Bodies and cover of what follows, copied: the parts of one tick, in any number.
  result<void> set_bodies(std::span<const instance_columns* const> parts);

  /// Leaves the picture on the device. Errors of failure: the device was lost or has no memory left.
  result<void> draw_only(const frame_request& request);
  /// The picture that was drawn last. Errors as of draw_only().
  result<picture> last_picture();
  /// Both.
  result<picture> draw(const frame_request& request);

  /// Draws, and shows it in the window; its size replaces the request's. False while the window is minimised, and
  /// once when the device was lost: it was opened again and has no bodies before the next set_bodies(). Errors
  /// of failure: it was lost twice in a row, or has no memory left.
  /// `meanwhile`, where there is one, is done while the device draws.
  result<bool> show_frame(const frame_request& request,
                          const std::function<void()>& meanwhile = {});

  /// How often the device was lost and opened again.
  std::uint64_t losses() const;
  /// As if it were lost now; for tests.
  void lose_device();

  /// Of the last picture.
  const frame_figures& figures() const;

  /// What the validation layers said; 0 without them.
  std::uint64_t message_count() const;
  std::vector<std::string> messages() const;

private:
  class impl;
  explicit renderer(std::unique_ptr<impl> made);
  std::unique_ptr<impl> impl_;
};

} // namespace tessera
