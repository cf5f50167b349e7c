#include "render/pipelines.hpp"

#include "render/meshes.hpp"
#include "render/shaders.hpp"

#include <cstddef>

namespace tessera {

owned<VkShaderModule> make_module(const device& on, shaders::code code) {
  VkShaderModuleCreateInfo info{VK_STRUCTURE_TYPE_SHADER_MODULE_CREATE_INFO};
  info.codeSize = code.size_bytes();
  info.pCode = code.data();
  VkShaderModule handle = VK_NULL_HANDLE;
  check(vkCreateShaderModule(on.get(), &info, nullptr, &handle), "making a shader");
  return {on.get(), handle, vkDestroyShaderModule};
}

namespace {

VkDescriptorType type_of(int binding) {
  switch (binding) {
    case gpu::frame_binding: return VK_DESCRIPTOR_TYPE_UNIFORM_BUFFER;
    case gpu::relief_binding:
    case gpu::patterns_binding:
    case gpu::cover_binding: return VK_DESCRIPTOR_TYPE_COMBINED_IMAGE_SAMPLER;
    case gpu::heights_binding:
    case gpu::places_binding:
    case gpu::turns_binding:
    case gpu::materials_binding:
    case gpu::kinds_binding:
    case gpu::visible_texels_binding:
    case gpu::bucket_texels_binding:
    case gpu::dot_light_texels_binding:
    case gpu::particle_texels_binding:
    case gpu::splat_texels_binding: return VK_DESCRIPTOR_TYPE_UNIFORM_TEXEL_BUFFER;
    default: return VK_DESCRIPTOR_TYPE_STORAGE_BUFFER;
  }
}

owned<VkPipeline> make_compute(const device& on, const binding_table& table, shaders::code code) {
  auto module = make_module(on, code);
  VkComputePipelineCreateInfo info{VK_STRUCTURE_TYPE_COMPUTE_PIPELINE_CREATE_INFO};
  info.stage.sType = VK_STRUCTURE_TYPE_PIPELINE_SHADER_STAGE_CREATE_INFO;
  info.stage.stage = VK_SHADER_STAGE_COMPUTE_BIT;
  info.stage.module = module.get();
  info.stage.pName = "main";
  info.layout = table.layout();
  VkPipeline handle = VK_NULL_HANDLE;
  check(vkCreateComputePipelines(on.get(), VK_NULL_HANDLE, 1, &info, nullptr, &handle),
        "making a compute pipeline");
  return {on.get(), handle, vkDestroyPipeline};
}

enum class depth_use { write, read, far_end, once };

/// What differs from one drawing pipeline to the next.
struct drawing {
  shaders::code vertex;
  shaders::code fragment;
  VkPrimitiveTopology topology = VK_PRIMITIVE_TOPOLOGY_TRIANGLE_LIST;
  std::span<const VkVertexInputBindingDescription> buffers; ///< of the lists below
  std::span<const VkVertexInputAttributeDescription> attributes;
  bool cull_back = false;
  depth_use depth = depth_use::write;
  bool blend = false;
};

VkPipelineDepthStencilStateCreateInfo depth_state(depth_use use) {
  VkPipelineDepthStencilStateCreateInfo depth{
    VK_STRUCTURE_TYPE_PIPELINE_DEPTH_STENCIL_STATE_CREATE_INFO};
  depth.depthTestEnable = VK_TRUE;
  depth.depthWriteEnable = use == depth_use::write;
  // Nearer is more. The sky lies at 0, where nothing was drawn.
  depth.depthCompareOp =
    use == depth_use::far_end ? VK_COMPARE_OP_GREATER_OR_EQUAL : VK_COMPARE_OP_GREATER;
  if (use != depth_use::once)
    return depth;
  // Where shadows overlap, one is enough, and it does not matter whose.
  depth.stencilTestEnable = VK_TRUE;
  depth.front.compareOp = VK_COMPARE_OP_EQUAL;
  depth.front.passOp = VK_STENCIL_OP_INCREMENT_AND_CLAMP;
  depth.front.failOp = VK_STENCIL_OP_KEEP;
  depth.front.depthFailOp = VK_STENCIL_OP_KEEP;
  depth.front.compareMask = 0xFF;
  depth.front.writeMask = 0xFF;
  depth.back = depth.front;
  return depth;
}

VkPipelineColorBlendAttachmentState blend_state(bool on) {
  VkPipelineColorBlendAttachmentState blend{};
  blend.blendEnable = on;
  blend.srcColorBlendFactor = VK_BLEND_FACTOR_SRC_ALPHA;
  blend.dstColorBlendFactor = VK_BLEND_FACTOR_ONE_MINUS_SRC_ALPHA;
  blend.srcAlphaBlendFactor = VK_BLEND_FACTOR_ZERO;
  blend.dstAlphaBlendFactor = VK_BLEND_FACTOR_ONE;
  blend.colorWriteMask = VK_COLOR_COMPONENT_R_BIT | VK_COLOR_COMPONENT_G_BIT |
                         VK_COLOR_COMPONENT_B_BIT | VK_COLOR_COMPONENT_A_BIT;
  return blend;
}

/// As body.glsl and body.vert read a mesh_vertex and a standing_body.
constexpr VkVertexInputBindingDescription body_buffers[] = {
  {0, sizeof(mesh_vertex), VK_VERTEX_INPUT_RATE_VERTEX},
  {1, sizeof(gpu::standing_body), VK_VERTEX_INPUT_RATE_INSTANCE}};
constexpr VkVertexInputAttributeDescription body_attributes[] = {
  {0, 0, VK_FORMAT_R32G32B32_SFLOAT, offsetof(mesh_vertex, position)},
  {1, 0, VK_FORMAT_R8G8B8A8_SNORM, offsetof(mesh_vertex, normal)},
  {2, 0, VK_FORMAT_R32G32_SFLOAT, offsetof(mesh_vertex, pivot)},
  {4, 1, VK_FORMAT_R32G32B32A32_SFLOAT, offsetof(gpu::standing_body, from_camera)},
  {5, 1, VK_FORMAT_R32G32B32A32_SFLOAT, offsetof(gpu::standing_body, forward)},
  {6, 1, VK_FORMAT_R32G32B32A32_SFLOAT, offsetof(gpu::standing_body, swing)},
  {7, 1, VK_FORMAT_R32G32B32_SFLOAT, offsetof(gpu::standing_body, sun_share)},
  {3, 0, VK_FORMAT_R8G8B8A8_UNORM, offsetof(mesh_vertex, tint)},
  {8, 1, VK_FORMAT_R32G32B32A32_SFLOAT, offsetof(gpu::standing_body, colour)},
  {9, 1, VK_FORMAT_R32G32B32A32_SFLOAT, offsetof(gpu::standing_body, air)},
};
/// A shadow has neither tint nor air before it.
constexpr std::size_t shadow_attributes = 7;

constexpr VkVertexInputAttributeDescription far_ground_attributes[] = {
  {0, 0, VK_FORMAT_R32G32B32_SFLOAT, offsetof(gpu::ground_vertex, from_camera)},
  {1, 0, VK_FORMAT_R32G32B32_SFLOAT, offsetof(gpu::ground_vertex, light)},
};

/// As terrain.vert reads a ground_vertex.
constexpr VkVertexInputBindingDescription ground_buffers[] = {
  {0, sizeof(gpu::ground_vertex), VK_VERTEX_INPUT_RATE_VERTEX}};
constexpr VkVertexInputAttributeDescription ground_attributes[] = {
  {0, 0, VK_FORMAT_R32G32B32_SFLOAT, offsetof(gpu::ground_vertex, from_camera)},
  {1, 0, VK_FORMAT_R32G32B32A32_SFLOAT, offsetof(gpu::ground_vertex, air)},
};

owned<VkPipeline> make_drawing(const device& on, const binding_table& table,
                               const target_form& form, const drawing& what) {
  auto vertex = make_module(on, what.vertex);
  auto fragment = make_module(on, what.fragment);
  VkPipelineShaderStageCreateInfo stages[2] = {};
  for (auto& stage : stages) {
    stage.sType = VK_STRUCTURE_TYPE_PIPELINE_SHADER_STAGE_CREATE_INFO;
    stage.pName = "main";
  }
  stages[0].stage = VK_SHADER_STAGE_VERTEX_BIT;
  stages[0].module = vertex.get();
  stages[1].stage = VK_SHADER_STAGE_FRAGMENT_BIT;
  stages[1].module = fragment.get();

  VkPipelineVertexInputStateCreateInfo input{
    VK_STRUCTURE_TYPE_PIPELINE_VERTEX_INPUT_STATE_CREATE_INFO};
  input.vertexBindingDescriptionCount = static_cast<std::uint32_t>(what.buffers.size());
  input.pVertexBindingDescriptions = what.buffers.data();
  input.vertexAttributeDescriptionCount = static_cast<std::uint32_t>(what.attributes.size());
  input.pVertexAttributeDescriptions = what.attributes.data();
  VkPipelineInputAssemblyStateCreateInfo assembly{
    VK_STRUCTURE_TYPE_PIPELINE_INPUT_ASSEMBLY_STATE_CREATE_INFO};
  assembly.topology = what.topology;
  VkPipelineViewportStateCreateInfo viewport{VK_STRUCTURE_TYPE_PIPELINE_VIEWPORT_STATE_CREATE_INFO};
  viewport.viewportCount = 1;
  viewport.scissorCount = 1;
  VkPipelineRasterizationStateCreateInfo raster{
    VK_STRUCTURE_TYPE_PIPELINE_RASTERIZATION_STATE_CREATE_INFO};
  raster.cullMode = what.cull_back ? VK_CULL_MODE_BACK_BIT : VK_CULL_MODE_NONE;
  raster.frontFace = VK_FRONT_FACE_COUNTER_CLOCKWISE;
  raster.lineWidth = 1;
  VkPipelineMultisampleStateCreateInfo samples{
    VK_STRUCTURE_TYPE_PIPELINE_MULTISAMPLE_STATE_CREATE_INFO};
  samples.rasterizationSamples = form.samples;
  const auto depth = depth_state(what.depth);
  const auto attachment = blend_state(what.blend);
  VkPipelineColorBlendStateCreateInfo blend{
    VK_STRUCTURE_TYPE_PIPELINE_COLOR_BLEND_STATE_CREATE_INFO};
  blend.attachmentCount = 1;
  blend.pAttachments = &attachment;
  const VkDynamicState dynamic[] = {VK_DYNAMIC_STATE_VIEWPORT, VK_DYNAMIC_STATE_SCISSOR};
  VkPipelineDynamicStateCreateInfo dynamics{VK_STRUCTURE_TYPE_PIPELINE_DYNAMIC_STATE_CREATE_INFO};
  dynamics.dynamicStateCount = 2;
  dynamics.pDynamicStates = dynamic;
  VkPipelineRenderingCreateInfo rendering{VK_STRUCTURE_TYPE_PIPELINE_RENDERING_CREATE_INFO};
  rendering.colorAttachmentCount = 1;
  rendering.pColorAttachmentFormats = &form.colour;
  rendering.depthAttachmentFormat = form.depth();
  rendering.stencilAttachmentFormat = form.stencil ? form.depth() : VK_FORMAT_UNDEFINED;

  VkGraphicsPipelineCreateInfo info{VK_STRUCTURE_TYPE_GRAPHICS_PIPELINE_CREATE_INFO};
  info.pNext = &rendering;
  info.stageCount = 2;
  info.pStages = stages;
  info.pVertexInputState = &input;
  info.pInputAssemblyState = &assembly;
  info.pViewportState = &viewport;
  info.pRasterizationState = &raster;
  info.pMultisampleState = &samples;
  info.pDepthStencilState = &depth;
  info.pColorBlendState = &blend;
  info.pDynamicState = &dynamics;
  info.layout = table.layout();
  VkPipeline handle = VK_NULL_HANDLE;
  check(vkCreateGraphicsPipelines(on.get(), VK_NULL_HANDLE, 1, &info, nullptr, &handle),
        "making a drawing pipeline");
  return {on.get(), handle, vkDestroyPipeline};
}

} // namespace

owned<VkSampler> make_sampler(VkDevice on, VkSamplerAddressMode beyond) {
  VkSamplerCreateInfo info{VK_STRUCTURE_TYPE_SAMPLER_CREATE_INFO};
  info.magFilter = VK_FILTER_LINEAR;
  info.minFilter = VK_FILTER_LINEAR;
  info.addressModeU = beyond;
  info.addressModeV = beyond;
  VkSampler made = VK_NULL_HANDLE;
  check(vkCreateSampler(on, &info, nullptr, &made), "making a sampler");
  return {on, made, vkDestroySampler};
}

binding_table::binding_table(const device& on)
  : device_(on.get()), clamping_(make_sampler(device_, VK_SAMPLER_ADDRESS_MODE_CLAMP_TO_EDGE)),
    repeating_(make_sampler(device_, VK_SAMPLER_ADDRESS_MODE_REPEAT)) {
  std::array<VkDescriptorSetLayoutBinding, gpu::bindings> all{};
  std::array<VkDescriptorPoolSize, 4> sizes{
    {{VK_DESCRIPTOR_TYPE_UNIFORM_BUFFER, 1},
     {VK_DESCRIPTOR_TYPE_COMBINED_IMAGE_SAMPLER, 3},
     {VK_DESCRIPTOR_TYPE_UNIFORM_TEXEL_BUFFER, gpu::bindings},
     {VK_DESCRIPTOR_TYPE_STORAGE_BUFFER, gpu::bindings}}};
  for (int i = 0; i < gpu::bindings; ++i) {
    auto& one = all[static_cast<std::size_t>(i)];
    one.binding = static_cast<std::uint32_t>(i);
    one.descriptorType = type_of(i);
    one.descriptorCount = 1;
    one.stageFlags =
      VK_SHADER_STAGE_VERTEX_BIT | VK_SHADER_STAGE_FRAGMENT_BIT | VK_SHADER_STAGE_COMPUTE_BIT;
  }
  VkDescriptorSetLayoutCreateInfo set_info{VK_STRUCTURE_TYPE_DESCRIPTOR_SET_LAYOUT_CREATE_INFO};
  set_info.bindingCount = gpu::bindings;
  set_info.pBindings = all.data();
  VkDescriptorSetLayout set_layout = VK_NULL_HANDLE;
  check(vkCreateDescriptorSetLayout(device_, &set_info, nullptr, &set_layout),
        "making a set's layout");
  set_layout_ = {device_, set_layout, vkDestroyDescriptorSetLayout};

  const VkPushConstantRange push{VK_SHADER_STAGE_VERTEX_BIT, 0, sizeof(gpu::grass_ring)};
  VkPipelineLayoutCreateInfo info{VK_STRUCTURE_TYPE_PIPELINE_LAYOUT_CREATE_INFO};
  info.setLayoutCount = 1;
  info.pSetLayouts = &set_layout;
  info.pushConstantRangeCount = 1;
  info.pPushConstantRanges = &push;
  VkPipelineLayout layout = VK_NULL_HANDLE;
  check(vkCreatePipelineLayout(device_, &info, nullptr, &layout), "making a pipeline's layout");
  layout_ = {device_, layout, vkDestroyPipelineLayout};

  VkDescriptorPoolCreateInfo pool_info{VK_STRUCTURE_TYPE_DESCRIPTOR_POOL_CREATE_INFO};
  pool_info.maxSets = 1;
  pool_info.poolSizeCount = static_cast<std::uint32_t>(sizes.size());
  pool_info.pPoolSizes = sizes.data();
  VkDescriptorPool pool = VK_NULL_HANDLE;
  check(vkCreateDescriptorPool(device_, &pool_info, nullptr, &pool), "making a descriptor pool");
  pool_ = {device_, pool, vkDestroyDescriptorPool};
  VkDescriptorSetAllocateInfo set{VK_STRUCTURE_TYPE_DESCRIPTOR_SET_ALLOCATE_INFO};
  set.descriptorPool = pool;
  set.descriptorSetCount = 1;
  set.pSetLayouts = &set_layout;
  check(vkAllocateDescriptorSets(device_, &set, &set_), "making a descriptor set");
}

void binding_table::bind_buffer(int binding, const buffer& what) {
  const VkDescriptorBufferInfo info{what.handle.get(), 0, VK_WHOLE_SIZE};
  VkWriteDescriptorSet write{VK_STRUCTURE_TYPE_WRITE_DESCRIPTOR_SET};
  write.dstSet = set_;
  write.dstBinding = static_cast<std::uint32_t>(binding);
  write.descriptorCount = 1;
  write.descriptorType = type_of(binding);
  const VkBufferView texels = what.texels.get();
  if (write.descriptorType == VK_DESCRIPTOR_TYPE_UNIFORM_TEXEL_BUFFER)
    write.pTexelBufferView = &texels;
  else
    write.pBufferInfo = &info;
  vkUpdateDescriptorSets(device_, 1, &write, 0, nullptr);
}

void binding_table::bind_image(int binding, const image& what) {
  const VkSampler sampler = binding == gpu::patterns_binding ? repeating_.get() : clamping_.get();
  const VkDescriptorImageInfo info{sampler, what.view.get(),
                                   VK_IMAGE_LAYOUT_SHADER_READ_ONLY_OPTIMAL};
  VkWriteDescriptorSet write{VK_STRUCTURE_TYPE_WRITE_DESCRIPTOR_SET};
  write.dstSet = set_;
  write.dstBinding = static_cast<std::uint32_t>(binding);
  write.descriptorCount = 1;
  write.descriptorType = type_of(binding);
  write.pImageInfo = &info;
  vkUpdateDescriptorSets(device_, 1, &write, 0, nullptr);
}

compute_pipelines make_compute_pipelines(const device& on, const binding_table& table) {
  compute_pipelines out{make_compute(on, table, shaders::cull_count_comp),
                        make_compute(on, table, shaders::cull_place_comp),
                        make_compute(on, table, shaders::cull_list_comp),
                        make_compute(on, table, shaders::stand_comp),
                        make_compute(on, table, shaders::lay_ground_comp),
                        {},
                        {},
                        {},
                        {}};
  if (on.has_wide_atomics()) {
    out.splat_clear = make_compute(on, table, shaders::splat_clear_comp);
    out.splat = make_compute(on, table, shaders::splat_comp);
    out.particles_clear = make_compute(on, table, shaders::particles_clear_comp);
    out.particles = make_compute(on, table, shaders::particles_comp);
  }
  return out;
}

drawing_pipelines make_drawing_pipelines(const device& on, const binding_table& table,
                                         const target_form& form) {
  drawing terrain{shaders::terrain_vert, shaders::terrain_frag};
  terrain.buffers = ground_buffers;
  terrain.attributes = ground_attributes;
  drawing far_ground{shaders::far_ground_vert, shaders::light_frag};
  far_ground.buffers = ground_buffers;
  far_ground.attributes = far_ground_attributes;
  drawing body{shaders::body_vert, shaders::light_frag};
  body.buffers = body_buffers;
  body.attributes = body_attributes;
  body.cull_back = true;
  drawing dot{shaders::dot_vert, shaders::dot_frag};
  dot.topology = VK_PRIMITIVE_TOPOLOGY_POINT_LIST;
  if (on.has_wide_atomics())
    dot = {shaders::splat_vert, shaders::splat_frag};
  dot.blend = true;
  drawing grass{shaders::grass_vert, shaders::light_frag};
  drawing sky{shaders::sky_vert, shaders::sky_frag};
  sky.depth = depth_use::far_end;
  drawing shadow{shaders::shadow_vert, shaders::shadow_frag};
  shadow.buffers = body_buffers;
  shadow.attributes = std::span(body_attributes).first(shadow_attributes);
  shadow.depth = depth_use::once;
  shadow.blend = true;
  drawing water{shaders::water_vert, shaders::water_frag};
  water.topology = VK_PRIMITIVE_TOPOLOGY_TRIANGLE_STRIP;
  water.depth = depth_use::read;
  water.blend = true;
  drawing particles{shaders::particles_vert, shaders::particles_frag};
  particles.depth = depth_use::read;
  particles.blend = true;
  auto make = [&](const drawing& what) { return make_drawing(on, table, form, what); };
  return {make(terrain),
          make(far_ground),
          make(body),
          make(dot),
          make(grass),
          make(sky),
          form.stencil ? make(shadow) : owned<VkPipeline>{},
          make(water),
          make(particles)};
}

} // namespace tessera
