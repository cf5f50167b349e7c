// The window of `tessera run --window`: shows a running world, flown through by hand.
//
// Always true: it reads what shards publish and gives the world nothing back; a tick never waits for a
// frame, nor a frame for an answer of the world; what is shown is of whole ticks, or on the way from one to the next.
//
// Thread: the program's main one.
#pragma once

#include "apps/frame_record.hpp"
#include "apps/tick_times.hpp"
#include "core/error.hpp"
#include "shards/instance_board.hpp"
#include "shards/world_setup.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace tessera {

struct body_model;
class inspected_world;

struct window_options {
  std::string size; ///< "1280x720"; empty: no window
  /// Rung of quality_ladder; nothing: as fine as 30 frames a second allow.
  std::optional<std::size_t> quality;
  /// Told of parts of a frame that took too long, at most once a second; null: nobody is.
  std::function<void(const std::string&)> warn;
  /// For tests: called while the window holds columns that it has taken.
  std::function<void()> holding;
  /// As shown_world has them.
  std::vector<std::shared_ptr<const body_model>> models{};
};

/// Why there is no window.
struct window_refusal {
  std::string why;
  bool runs_on = false; ///< the world is run without: no Vulkan is no reason against it
};
inline tl::unexpected<window_refusal> refuse_window(std::string why, bool runs_on) {
  return tl::unexpected<window_refusal>(window_refusal{std::move(why), runs_on});
}

/// "1280x720": each side 16 to 8192.
bool is_window_size(const std::string& text);

class run_window {
public:
  virtual ~run_window() = default;

  /// Refused without a desktop, without Vulkan, and by a build without the renderer.
  static tl::expected<std::unique_ptr<run_window>, window_refusal> open(const window_options& how,
                                                                        const std::string& title,
                                                                        const world_setup& setup,
                                                                        std::size_t shards);

  /// Where the world's shards are to publish.
  virtual std::shared_ptr<instance_board> board() const = 0;

  /// Where the times of completed ticks are to go.
  virtual std::shared_ptr<tick_times> times() const = 0;
  /// Lets it ask a running world for what its panels show; the world outlives the window.
  virtual void look_into(inspected_world& world) = 0;

  /// What it drew.
  virtual const frame_record& record() const = 0;
  virtual const std::string& device_name() const = 0;

  /// Takes keys and mouse, draws a frame and shows it. False: it was closed. Errors of failure: nothing can be
  /// drawn any more.
  virtual result<bool> frame() = 0;
};

} // namespace tessera
