// Draws what lies over a picture.
//
// Always true: Dear ImGui lays out text and makes triangles, and is told nothing of Vulkan: what draws them is
// here, since its own drawing wants a render pass and a linked loader. One context, used from one thread.
#pragma once

#include "render/device.hpp"
#include "render/flat_pipeline.hpp"
#include "render/overlay.hpp"

#include <optional>

struct ImGuiContext;

namespace tessera {

class overlay_drawer {
public:
  /// On targets of this format, one sample a pixel.
  overlay_drawer(device& on, VkFormat target);
  ~overlay_drawer();
  overlay_drawer(const overlay_drawer&) = delete;
  overlay_drawer& operator=(const overlay_drawer&) = delete;

  /// Makes the triangles, where they are others than before. Not while the device draws.
  void prepare(const overlay_content& what, VkExtent2D extent);

  /// Over what is drawn. Within a rendering.
  void record(VkCommandBuffer into) const;

private:
  struct part {
    VkRect2D scissor;
    std::uint32_t index_count;
    std::uint32_t first_index;
    std::int32_t vertex_offset;
  };
  void make_letters();
  void copy_triangles();

  device& device_;
  ImGuiContext* context_;
  image letters_;
  std::optional<flat_pipeline> pipeline_;
  buffer vertices_, indices_;
  VkExtent2D extent_{};
  overlay_content shown_;
  std::vector<part> parts_;
};

} // namespace tessera
