// Draws what lies over a picture.
//
// Always true: Dear ImGui lays out text and makes triangles, and is told nothing of Vulkan: what draws them is
// here, since its own drawing wants a render pass and a linked loader. One context, used from one thread.
#pragma once

#include "render/device.hpp"
#include "render/overlay.hpp"

struct ImGuiContext;

namespace tessera {

class overlay_drawer {
public:
  /// On targets of this format, one sample a pixel.
  overlay_drawer(device& on, VkFormat target);
  ~overlay_drawer();
  overlay_drawer(const overlay_drawer&) = delete;
  overlay_drawer& operator=(const overlay_drawer&) = delete;

  /// Makes the triangles. Not while the device draws.
  void prepare(const overlay_content& what, VkExtent2D extent);

  /// Over what the target holds, which is in the layout of a colour attachment.
  void record(VkCommandBuffer into, VkImageView target) const;

private:
  struct part {
    VkRect2D scissor;
    std::uint32_t index_count;
    std::uint32_t first_index;
    std::int32_t vertex_offset;
  };
  void make_letters();
  void make_binding();
  void make_pipeline(VkFormat target);
  void copy_triangles();

  device& device_;
  ImGuiContext* context_;
  image letters_;
  owned<VkSampler> sampler_;
  owned<VkDescriptorSetLayout> set_layout_;
  owned<VkDescriptorPool> pool_;
  VkDescriptorSet set_ = VK_NULL_HANDLE;
  owned<VkPipelineLayout> layout_;
  owned<VkPipeline> pipeline_;
  buffer vertices_, indices_;
  VkExtent2D extent_{};
  std::vector<part> parts_;
};

} // namespace tessera
