// Draws flat triangles that read one image onto a finished picture: no depth, one sample a pixel.
//
// Always true: it mixes bytes as they are stored, as desktops do, and not the light that they stand for.
#pragma once

#include "render/device.hpp"

#include <cstdint>
#include <span>

namespace tessera {

struct flat_shaders {
  std::span<const std::uint32_t> vertex;   ///< has the target's size in pixels as its push constant
  std::span<const std::uint32_t> fragment; ///< reads binding 0
  /// Of one vertex buffer; none: the shader makes its own vertices.
  std::span<const VkVertexInputAttributeDescription> attributes;
  std::uint32_t stride = 0;
  bool mixes = false; ///< by opacity; else it replaces
};

class flat_pipeline {
public:
  /// On targets of this format.
  flat_pipeline(const device& on, VkFormat target, const flat_shaders& shaders);

  /// From now on that image is read, in the layout for it. Not while the device draws.
  void read(const owned<VkImageView>& from);

  /// What follows is drawn with it. Within a rendering.
  void bind(VkCommandBuffer into, VkExtent2D target) const;

private:
  void make_binding();
  void make_pipeline(const device& on, VkFormat target, const flat_shaders& shaders);

  VkDevice device_;
  owned<VkSampler> sampler_;
  owned<VkDescriptorSetLayout> set_layout_;
  owned<VkDescriptorPool> pool_;
  VkDescriptorSet set_ = VK_NULL_HANDLE;
  owned<VkPipelineLayout> layout_;
  owned<VkPipeline> pipeline_;
};

} // namespace tessera
