#include "render/flat_pipeline.hpp"

#include "render/pipelines.hpp"

#include <array>

namespace tessera {

flat_pipeline::flat_pipeline(const device& on, VkFormat target, const flat_shaders& shaders)
  : device_(on.get()), sampler_(make_sampler(device_, VK_SAMPLER_ADDRESS_MODE_CLAMP_TO_EDGE)) {
  make_binding();
  make_pipeline(on, target, shaders);
}

void flat_pipeline::make_binding() {
  VkDescriptorSetLayoutBinding one{};
  one.descriptorType = VK_DESCRIPTOR_TYPE_COMBINED_IMAGE_SAMPLER;
  one.descriptorCount = 1;
  one.stageFlags = VK_SHADER_STAGE_FRAGMENT_BIT;
  VkDescriptorSetLayoutCreateInfo set_info{VK_STRUCTURE_TYPE_DESCRIPTOR_SET_LAYOUT_CREATE_INFO};
  set_info.bindingCount = 1;
  set_info.pBindings = &one;
  VkDescriptorSetLayout set_layout = VK_NULL_HANDLE;
  check(vkCreateDescriptorSetLayout(device_, &set_info, nullptr, &set_layout),
        "making a set's layout");
  set_layout_ = {device_, set_layout, vkDestroyDescriptorSetLayout};
  const VkDescriptorPoolSize size{VK_DESCRIPTOR_TYPE_COMBINED_IMAGE_SAMPLER, 1};
  VkDescriptorPoolCreateInfo pool_info{VK_STRUCTURE_TYPE_DESCRIPTOR_POOL_CREATE_INFO};
  pool_info.maxSets = 1;
  pool_info.poolSizeCount = 1;
  pool_info.pPoolSizes = &size;
  VkDescriptorPool pool = VK_NULL_HANDLE;
  check(vkCreateDescriptorPool(device_, &pool_info, nullptr, &pool), "making a descriptor pool");
  pool_ = {device_, pool, vkDestroyDescriptorPool};
  VkDescriptorSetAllocateInfo set{VK_STRUCTURE_TYPE_DESCRIPTOR_SET_ALLOCATE_INFO};
  set.descriptorPool = pool;
  set.descriptorSetCount = 1;
  set.pSetLayouts = &set_layout;
  check(vkAllocateDescriptorSets(device_, &set, &set_), "making a descriptor set");
  const VkPushConstantRange push{VK_SHADER_STAGE_VERTEX_BIT, 0, 2 * sizeof(float)};
  VkPipelineLayoutCreateInfo layout_info{VK_STRUCTURE_TYPE_PIPELINE_LAYOUT_CREATE_INFO};
  layout_info.setLayoutCount = 1;
  layout_info.pSetLayouts = &set_layout;
  layout_info.pushConstantRangeCount = 1;
  layout_info.pPushConstantRanges = &push;
  VkPipelineLayout layout = VK_NULL_HANDLE;
  check(vkCreatePipelineLayout(device_, &layout_info, nullptr, &layout),
        "making a pipeline's layout");
  layout_ = {device_, layout, vkDestroyPipelineLayout};
}

void flat_pipeline::read(const owned<VkImageView>& from) {
  const VkDescriptorImageInfo info{sampler_.get(), from.get(),
                                   VK_IMAGE_LAYOUT_SHADER_READ_ONLY_OPTIMAL};
  VkWriteDescriptorSet write{VK_STRUCTURE_TYPE_WRITE_DESCRIPTOR_SET};
  write.dstSet = set_;
  write.descriptorCount = 1;
  write.descriptorType = VK_DESCRIPTOR_TYPE_COMBINED_IMAGE_SAMPLER;
  write.pImageInfo = &info;
  vkUpdateDescriptorSets(device_, 1, &write, 0, nullptr);
}

void flat_pipeline::bind(VkCommandBuffer into, VkExtent2D target) const {
  vkCmdBindPipeline(into, VK_PIPELINE_BIND_POINT_GRAPHICS, pipeline_.get());
  vkCmdBindDescriptorSets(into, VK_PIPELINE_BIND_POINT_GRAPHICS, layout_.get(), 0, 1, &set_, 0,
                          nullptr);
  const float size[] = {static_cast<float>(target.width), static_cast<float>(target.height)};
  vkCmdPushConstants(into, layout_.get(), VK_SHADER_STAGE_VERTEX_BIT, 0, sizeof size, size);
  const VkViewport viewport{0, 0, size[0], size[1], 0, 1};
  const VkRect2D all{{0, 0}, target};
  vkCmdSetViewport(into, 0, 1, &viewport);
  vkCmdSetScissor(into, 0, 1, &all);
}

void flat_pipeline::make_pipeline(const device& on, VkFormat target, const flat_shaders& shaders) {
  const auto vertex = make_module(on, shaders.vertex);
  const auto fragment = make_module(on, shaders.fragment);
  std::array<VkPipelineShaderStageCreateInfo, 2> stages{};
  for (auto& stage : stages) {
    stage.sType = VK_STRUCTURE_TYPE_PIPELINE_SHADER_STAGE_CREATE_INFO;
    stage.pName = "main";
  }
  stages[0].stage = VK_SHADER_STAGE_VERTEX_BIT;
  stages[0].module = vertex.get();
  stages[1].stage = VK_SHADER_STAGE_FRAGMENT_BIT;
  stages[1].module = fragment.get();
  const VkVertexInputBindingDescription binding{0, shaders.stride, VK_VERTEX_INPUT_RATE_VERTEX};
  VkPipelineVertexInputStateCreateInfo input{
    VK_STRUCTURE_TYPE_PIPELINE_VERTEX_INPUT_STATE_CREATE_INFO};
  input.vertexBindingDescriptionCount = shaders.attributes.empty() ? 0 : 1;
  input.pVertexBindingDescriptions = &binding;
  input.vertexAttributeDescriptionCount = static_cast<std::uint32_t>(shaders.attributes.size());
  input.pVertexAttributeDescriptions = shaders.attributes.data();
  VkPipelineInputAssemblyStateCreateInfo assembly{
    VK_STRUCTURE_TYPE_PIPELINE_INPUT_ASSEMBLY_STATE_CREATE_INFO};
  assembly.topology = VK_PRIMITIVE_TOPOLOGY_TRIANGLE_LIST;
  VkPipelineViewportStateCreateInfo viewport{VK_STRUCTURE_TYPE_PIPELINE_VIEWPORT_STATE_CREATE_INFO};
  viewport.viewportCount = 1;
  viewport.scissorCount = 1;
  VkPipelineRasterizationStateCreateInfo raster{
    VK_STRUCTURE_TYPE_PIPELINE_RASTERIZATION_STATE_CREATE_INFO};
  raster.lineWidth = 1;
  VkPipelineMultisampleStateCreateInfo samples{
    VK_STRUCTURE_TYPE_PIPELINE_MULTISAMPLE_STATE_CREATE_INFO};
  samples.rasterizationSamples = VK_SAMPLE_COUNT_1_BIT;
  VkPipelineColorBlendAttachmentState mix{};
  mix.blendEnable = shaders.mixes ? VK_TRUE : VK_FALSE;
  mix.srcColorBlendFactor = VK_BLEND_FACTOR_SRC_ALPHA;
  mix.dstColorBlendFactor = VK_BLEND_FACTOR_ONE_MINUS_SRC_ALPHA;
  mix.srcAlphaBlendFactor = VK_BLEND_FACTOR_ONE; // what is opaque stays so
  mix.dstAlphaBlendFactor = VK_BLEND_FACTOR_ONE_MINUS_SRC_ALPHA;
  mix.colorWriteMask = VK_COLOR_COMPONENT_R_BIT | VK_COLOR_COMPONENT_G_BIT |
                       VK_COLOR_COMPONENT_B_BIT | VK_COLOR_COMPONENT_A_BIT;
  VkPipelineColorBlendStateCreateInfo blend{
    VK_STRUCTURE_TYPE_PIPELINE_COLOR_BLEND_STATE_CREATE_INFO};
  blend.attachmentCount = 1;
  blend.pAttachments = &mix;
  const VkDynamicState dynamic[] = {VK_DYNAMIC_STATE_VIEWPORT, VK_DYNAMIC_STATE_SCISSOR};
  VkPipelineDynamicStateCreateInfo dynamics{VK_STRUCTURE_TYPE_PIPELINE_DYNAMIC_STATE_CREATE_INFO};
  dynamics.dynamicStateCount = std::size(dynamic);
  dynamics.pDynamicStates = dynamic;
  VkPipelineRenderingCreateInfo rendering{VK_STRUCTURE_TYPE_PIPELINE_RENDERING_CREATE_INFO};
  rendering.colorAttachmentCount = 1;
  rendering.pColorAttachmentFormats = &target;
  VkGraphicsPipelineCreateInfo info{VK_STRUCTURE_TYPE_GRAPHICS_PIPELINE_CREATE_INFO};
  info.pNext = &rendering;
  info.stageCount = stages.size();
  info.pStages = stages.data();
  info.pVertexInputState = &input;
  info.pInputAssemblyState = &assembly;
  info.pViewportState = &viewport;
  info.pRasterizationState = &raster;
  info.pMultisampleState = &samples;
  info.pColorBlendState = &blend;
  info.pDynamicState = &dynamics;
  info.layout = layout_.get();
  VkPipeline handle = VK_NULL_HANDLE;
  check(vkCreateGraphicsPipelines(device_, VK_NULL_HANDLE, 1, &info, nullptr, &handle),
        "making a drawing pipeline");
  pipeline_ = {device_, handle, vkDestroyPipeline};
}

} // namespace tessera
