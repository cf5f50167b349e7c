// Every pipeline of a frame, made once per device and form of target.
//
// Always true: all share one layout with one descriptor set (shared.h lists its bindings), so a frame binds
// it once; viewport and scissor are set by the frame, everything else is fixed.
#pragma once

#include "render/device.hpp"
#include "render/shaders/shared.h"

#include <array>
#include <span>

namespace tessera {

/// What is drawn into.
struct target_form {
  VkFormat colour = VK_FORMAT_B8G8R8A8_SRGB;
  /// What comes after drawing takes the bytes as they are, in the order that desktops have them: going from sRGB
  /// and back, or into another order, costs a processor more than the copy.
  static constexpr VkFormat stored = VK_FORMAT_B8G8R8A8_UNORM;
  bool stencil = true; ///< shadows need it
  VkSampleCountFlagBits samples = VK_SAMPLE_COUNT_4_BIT;

  VkFormat depth() const { return stencil ? VK_FORMAT_D32_SFLOAT_S8_UINT : VK_FORMAT_D32_SFLOAT; }
  bool operator==(const target_form&) const = default;
};

/// A shader of shaders.hpp, to make pipelines from.
owned<VkShaderModule> make_module(const device& on, std::span<const std::uint32_t> code);

/// Straight between texels.
owned<VkSampler> make_sampler(VkDevice on, VkSamplerAddressMode beyond);

/// The set, its layout and the pipelines' layout.
class binding_table {
public:
  explicit binding_table(const device& on);

  VkPipelineLayout layout() const { return layout_.get(); }
  VkDescriptorSet set() const { return set_; }
  void bind_buffer(int binding, const buffer& what);
  void bind_image(int binding, const image& what);

private:
  VkDevice device_;
  owned<VkSampler> clamping_;
  owned<VkSampler> repeating_;
  owned<VkDescriptorSetLayout> set_layout_;
  owned<VkPipelineLayout> layout_;
  owned<VkDescriptorPool> pool_;
  VkDescriptorSet set_ = VK_NULL_HANDLE;
};

struct compute_pipelines {
  owned<VkPipeline> count;
  owned<VkPipeline> place;
  owned<VkPipeline> list;
  owned<VkPipeline> stand;
  owned<VkPipeline> lay_ground;
  owned<VkPipeline> splat_clear; ///< none without wide atomics, like the rest
  owned<VkPipeline> splat;
  owned<VkPipeline> particles_clear;
  owned<VkPipeline> particles;
};
compute_pipelines make_compute_pipelines(const device& on, const binding_table& table);

struct drawing_pipelines {
  owned<VkPipeline> terrain;
  owned<VkPipeline> far_ground;
  owned<VkPipeline> body;
  owned<VkPipeline> dot; ///< splats where there are wide atomics
  owned<VkPipeline> grass;
  owned<VkPipeline> sky;
  owned<VkPipeline> shadow; ///< none without a stencil
  owned<VkPipeline> water;
  owned<VkPipeline> particles;
};
drawing_pipelines make_drawing_pipelines(const device& on, const binding_table& table,
                                         const target_form& form);

} // namespace tessera
