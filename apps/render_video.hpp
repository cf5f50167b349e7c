// A video of a world over a range of ticks: numbered frames, and video.mp4 where ffmpeg is there to make it.
//
// Always true: frames are as video_timeline.hpp has them; at whole ticks they show what pictures of those ticks
// do; without ffmpeg the frames are written all the same.
#pragma once

#include "apps/exit_codes.hpp"
#include "apps/rendered_world.hpp"
#include "apps/video_timeline.hpp"
#include "apps/view_option.hpp"
#include "render/renderer.hpp"

#include <filesystem>
#include <optional>
#include <variant>

namespace tessera {

/// The body that is nearest to the camera in the first frame.
struct follow_nearest {};

struct video_options {
  video_timeline timeline;
  std::filesystem::path out; ///< a folder that is there
  frame_request request;     ///< size and quality; camera and time are set for each frame
  sun_position light;
  std::optional<camera_place> place; ///< nothing: where most is to be seen at first
  /// Whom the camera stays with, from the direction that it has. Once that body is gone, it stays where it was.
  std::variant<std::monostate, follow_nearest, entity_id> follow;
};

/// Prints what it does; complains of what it cannot do.
exit_code render_video(renderer& with, rendered_world& world, const shown_world& shown,
                       const video_options& how);

} // namespace tessera
