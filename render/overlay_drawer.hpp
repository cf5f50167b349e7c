// Draws what lies over a picture.
//
// Always true: Dear ImGui lays out text and makes triangles, and is told nothing of Vulkan: what draws them is
// here, since its own drawing wants a render pass and a linked loader. One context, used from one thread.
#pragma once

#include "render/device.hpp"
#include "render/flat_pipeline.hpp"
#include "render/overlay.hpp"
#include "render/overlay_layer.hpp"

#include <optional>

struct ImGuiContext;

namespace tessera {

class frame_graph;
class pass_times;

class overlay_drawer {
public:
  /// On targets of this format, one sample a pixel; or on a layer of that format, which the processor mixes into
  /// pictures.
  overlay_drawer(device& on, VkFormat target, bool on_layer);
  ~overlay_drawer();
  overlay_drawer(const overlay_drawer&) = delete;
  overlay_drawer& operator=(const overlay_drawer&) = delete;

  /// Makes the triangles, where they are others than before. Not while the device draws.
  void prepare(const overlay_content& what, VkExtent2D extent);

  /// Over what is drawn. Within a rendering.
  void record(VkCommandBuffer into) const;

  /// Adds a pass that draws the layer, where that is not of these triangles.
  void add_layer(frame_graph& graph, pass_times& times);
  /// Once that has run.
  void mix(const mapped_pixels& into) const { mix_layer(layer_.pixels(), covered_, into); }

private:
  struct part {
    VkRect2D scissor;
    std::uint32_t index_count;
    std::uint32_t first_index;
    std::int32_t vertex_offset;
  };
  void make_letters();
  void make_layer();
  void copy_triangles();
  void mark(const part& of);
  void record_layer(VkCommandBuffer into) const;

  device& device_;
  VkFormat format_;
  bool on_layer_;
  ImGuiContext* context_;
  image letters_;
  std::optional<flat_pipeline> pipeline_;
  buffer vertices_, indices_;
  VkExtent2D extent_{};
  overlay_content shown_;
  std::vector<part> parts_;
  image layer_;
  bool layer_is_new_ = false; ///< and not drawn
  marked_squares covered_;    ///< of the layer
};

} // namespace tessera
