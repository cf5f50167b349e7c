// The window of `tessera run --window`: shows a running world, flown through by hand.
//
// Always true: it reads what shards publish and gives the world nothing back; a tick never waits for a
// frame; what is shown is of whole ticks, or on the way from one to the next.
//
// Thread: the program's main one.
#pragma once

#include "core/error.hpp"
#include "shards/instance_board.hpp"
#include "shards/world_setup.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace tessera {

struct body_model;

struct window_options {
  std::string size; ///< "1280x720"; empty: no window
  /// Rung of quality_ladder; nothing: as fine as 30 frames a second allow.
  std::optional<std::size_t> quality;
  /// As shown_world has them.
  std::vector<std::shared_ptr<const body_model>> models{};
};

/// "1280x720": each side 16 to 8192.
bool is_window_size(const std::string& text);

class run_window {
public:
  virtual ~run_window() = default;

  /// Errors of failure: no desktop, no Vulkan, or a build without the renderer.
  static result<std::unique_ptr<run_window>> open(const window_options& how,
                                                  const std::string& title,
                                                  const world_setup& setup, std::size_t shards);

  /// Where the world's shards are to publish.
  virtual std::shared_ptr<instance_board> board() const = 0;

  /// Takes keys and mouse, draws a frame and shows it. False: it was closed. Errors of failure: nothing can be
  /// drawn any more.
  virtual result<bool> frame() = 0;
};

} // namespace tessera
