#include "bench/minimal_vulkan/minimal_drawing.hpp"

#include "bench/minimal_vulkan/shaders.hpp"
#include "render/device.hpp"
#include "render/pipelines.hpp"

#include <array>
#include <cstring>

namespace tessera::bench {

namespace {

struct vertex {
  glm::vec3 corner;
  glm::vec3 normal;
};

/// 24 corners, 36 indices: a side has corners of its own.
void make_cube(std::vector<vertex>& vertices, std::vector<std::uint16_t>& indices) {
  for (int axis = 0; axis < 3; ++axis)
    for (float side : {-1.0F, 1.0F}) {
      glm::vec3 normal{0};
      normal[axis] = side;
      glm::vec3 right{0};
      right[(axis + 1) % 3] = side;
      glm::vec3 up{0};
      up[(axis + 2) % 3] = 1;
      const auto first = static_cast<std::uint16_t>(vertices.size());
      for (auto [r, u] : {std::pair{-1.0F, -1.0F}, {1.0F, -1.0F}, {1.0F, 1.0F}, {-1.0F, 1.0F}})
        vertices.push_back({(normal + right * r + up * u) * 0.5F + glm::vec3(0, 0.5F, 0), normal});
      for (int i : {0, 1, 2, 0, 2, 3})
        indices.push_back(static_cast<std::uint16_t>(first + i));
    }
}

constexpr VkFormat colour_format = VK_FORMAT_R8G8B8A8_SRGB;
constexpr VkFormat depth_format = VK_FORMAT_D32_SFLOAT;

std::unique_ptr<device> open_device() {
  auto on = device::open({});
  if (!on)
    throw std::runtime_error(on.error().message);
  return std::move(*on);
}

} // namespace

struct minimal_drawing::impl {
  impl(std::uint32_t width, std::uint32_t height);
  void make_pipeline();
  void record(VkCommandBuffer into);
  buffer filled(const void* bytes, std::size_t size, VkBufferUsageFlags usage) const;

  std::unique_ptr<device> on;
  VkExtent2D extent;
  image colour, depth;
  buffer vertices, indices, instances;
  owned<VkPipelineLayout> layout;
  owned<VkPipeline> pipeline;
  glm::mat4 view_projection{1};
  std::uint32_t cubes = 0;
  std::uint32_t index_count = 0;
};

minimal_drawing::impl::impl(std::uint32_t width, std::uint32_t height)
  : on(open_device()), extent{width, height} {
  colour = on->make_image(extent, colour_format,
                          VK_IMAGE_USAGE_COLOR_ATTACHMENT_BIT | VK_IMAGE_USAGE_TRANSFER_SRC_BIT,
                          VK_IMAGE_ASPECT_COLOR_BIT);
  depth = on->make_image(extent, depth_format, VK_IMAGE_USAGE_DEPTH_STENCIL_ATTACHMENT_BIT,
                         VK_IMAGE_ASPECT_DEPTH_BIT);
  std::vector<vertex> corners;
  std::vector<std::uint16_t> order;
  make_cube(corners, order);
  index_count = static_cast<std::uint32_t>(order.size());
  vertices =
    filled(corners.data(), corners.size() * sizeof(vertex), VK_BUFFER_USAGE_VERTEX_BUFFER_BIT);
  indices = filled(order.data(), order.size() * 2, VK_BUFFER_USAGE_INDEX_BUFFER_BIT);
  make_pipeline();
}

buffer minimal_drawing::impl::filled(const void* bytes, std::size_t size,
                                     VkBufferUsageFlags usage) const {
  buffer out = on->make_buffer(size, usage, memory_place::host);
  std::memcpy(out.mapped, bytes, size);
  return out;
}

void minimal_drawing::impl::make_pipeline() {
  const VkPushConstantRange push{VK_SHADER_STAGE_VERTEX_BIT, 0, sizeof(glm::mat4)};
  VkPipelineLayoutCreateInfo layout_info{VK_STRUCTURE_TYPE_PIPELINE_LAYOUT_CREATE_INFO};
  layout_info.pushConstantRangeCount = 1;
  layout_info.pPushConstantRanges = &push;
  VkPipelineLayout made_layout = VK_NULL_HANDLE;
  check(vkCreatePipelineLayout(on->get(), &layout_info, nullptr, &made_layout), "making a layout");
  layout = {on->get(), made_layout, vkDestroyPipelineLayout};

  const auto vertex_shader = make_module(*on, shaders::cubes_vert);
  const auto fragment_shader = make_module(*on, shaders::cubes_frag);
  std::array<VkPipelineShaderStageCreateInfo, 2> stages{};
  for (auto& stage : stages) {
    stage.sType = VK_STRUCTURE_TYPE_PIPELINE_SHADER_STAGE_CREATE_INFO;
    stage.pName = "main";
  }
  stages[0].stage = VK_SHADER_STAGE_VERTEX_BIT;
  stages[0].module = vertex_shader.get();
  stages[1].stage = VK_SHADER_STAGE_FRAGMENT_BIT;
  stages[1].module = fragment_shader.get();
  const VkVertexInputBindingDescription bindings[] = {
    {0, sizeof(vertex), VK_VERTEX_INPUT_RATE_VERTEX},
    {1, sizeof(glm::vec4), VK_VERTEX_INPUT_RATE_INSTANCE}};
  const VkVertexInputAttributeDescription attributes[] = {
    {0, 0, VK_FORMAT_R32G32B32_SFLOAT, 0},
    {1, 0, VK_FORMAT_R32G32B32_SFLOAT, sizeof(glm::vec3)},
    {2, 1, VK_FORMAT_R32G32B32A32_SFLOAT, 0}};
  VkPipelineVertexInputStateCreateInfo input{
    VK_STRUCTURE_TYPE_PIPELINE_VERTEX_INPUT_STATE_CREATE_INFO};
  input.vertexBindingDescriptionCount = 2;
  input.pVertexBindingDescriptions = bindings;
  input.vertexAttributeDescriptionCount = 3;
  input.pVertexAttributeDescriptions = attributes;
  VkPipelineInputAssemblyStateCreateInfo assembly{
    VK_STRUCTURE_TYPE_PIPELINE_INPUT_ASSEMBLY_STATE_CREATE_INFO};
  assembly.topology = VK_PRIMITIVE_TOPOLOGY_TRIANGLE_LIST;
  const VkViewport viewport{
    0, 0, static_cast<float>(extent.width), static_cast<float>(extent.height), 0, 1};
  const VkRect2D scissor{{0, 0}, extent};
  VkPipelineViewportStateCreateInfo view{VK_STRUCTURE_TYPE_PIPELINE_VIEWPORT_STATE_CREATE_INFO};
  view.viewportCount = 1;
  view.pViewports = &viewport;
  view.scissorCount = 1;
  view.pScissors = &scissor;
  VkPipelineRasterizationStateCreateInfo raster{
    VK_STRUCTURE_TYPE_PIPELINE_RASTERIZATION_STATE_CREATE_INFO};
  raster.cullMode = VK_CULL_MODE_BACK_BIT;
  raster.frontFace = VK_FRONT_FACE_COUNTER_CLOCKWISE;
  raster.lineWidth = 1;
  VkPipelineMultisampleStateCreateInfo samples{
    VK_STRUCTURE_TYPE_PIPELINE_MULTISAMPLE_STATE_CREATE_INFO};
  samples.rasterizationSamples = VK_SAMPLE_COUNT_1_BIT;
  VkPipelineDepthStencilStateCreateInfo depth_test{
    VK_STRUCTURE_TYPE_PIPELINE_DEPTH_STENCIL_STATE_CREATE_INFO};
  depth_test.depthTestEnable = VK_TRUE;
  depth_test.depthWriteEnable = VK_TRUE;
  depth_test.depthCompareOp = VK_COMPARE_OP_GREATER;
  VkPipelineColorBlendAttachmentState whole{};
  whole.colorWriteMask = VK_COLOR_COMPONENT_R_BIT | VK_COLOR_COMPONENT_G_BIT |
                         VK_COLOR_COMPONENT_B_BIT | VK_COLOR_COMPONENT_A_BIT;
  VkPipelineColorBlendStateCreateInfo blend{
    VK_STRUCTURE_TYPE_PIPELINE_COLOR_BLEND_STATE_CREATE_INFO};
  blend.attachmentCount = 1;
  blend.pAttachments = &whole;
  VkPipelineRenderingCreateInfo rendering{VK_STRUCTURE_TYPE_PIPELINE_RENDERING_CREATE_INFO};
  rendering.colorAttachmentCount = 1;
  rendering.pColorAttachmentFormats = &colour_format;
  rendering.depthAttachmentFormat = depth_format;
  VkGraphicsPipelineCreateInfo info{VK_STRUCTURE_TYPE_GRAPHICS_PIPELINE_CREATE_INFO};
  info.pNext = &rendering;
  info.stageCount = 2;
  info.pStages = stages.data();
  info.pVertexInputState = &input;
  info.pInputAssemblyState = &assembly;
  info.pViewportState = &view;
  info.pRasterizationState = &raster;
  info.pMultisampleState = &samples;
  info.pDepthStencilState = &depth_test;
  info.pColorBlendState = &blend;
  info.layout = layout.get();
  VkPipeline made = VK_NULL_HANDLE;
  check(vkCreateGraphicsPipelines(on->get(), VK_NULL_HANDLE, 1, &info, nullptr, &made),
        "making a pipeline");
  pipeline = {on->get(), made, vkDestroyPipeline};
}

void minimal_drawing::impl::record(VkCommandBuffer into) {
  auto begin = [&](VkImage of, VkImageAspectFlags aspect, VkImageLayout layout_wanted,
                   VkPipelineStageFlags2 stage, VkAccessFlags2 access) {
    VkImageMemoryBarrier2 out{VK_STRUCTURE_TYPE_IMAGE_MEMORY_BARRIER_2};
    out.srcStageMask = VK_PIPELINE_STAGE_2_ALL_COMMANDS_BIT;
    out.dstStageMask = stage;
    out.dstAccessMask = access;
    out.newLayout = layout_wanted;
    out.srcQueueFamilyIndex = VK_QUEUE_FAMILY_IGNORED;
    out.dstQueueFamilyIndex = VK_QUEUE_FAMILY_IGNORED;
    out.image = of;
    out.subresourceRange = {aspect, 0, 1, 0, 1};
    return out;
  };
  const VkImageMemoryBarrier2 barriers[] = {
    begin(colour.handle.get(), VK_IMAGE_ASPECT_COLOR_BIT, VK_IMAGE_LAYOUT_COLOR_ATTACHMENT_OPTIMAL,
          VK_PIPELINE_STAGE_2_COLOR_ATTACHMENT_OUTPUT_BIT, VK_ACCESS_2_COLOR_ATTACHMENT_WRITE_BIT),
    begin(depth.handle.get(), VK_IMAGE_ASPECT_DEPTH_BIT, VK_IMAGE_LAYOUT_DEPTH_ATTACHMENT_OPTIMAL,
          VK_PIPELINE_STAGE_2_EARLY_FRAGMENT_TESTS_BIT,
          VK_ACCESS_2_DEPTH_STENCIL_ATTACHMENT_WRITE_BIT)};
  VkDependencyInfo dependency{VK_STRUCTURE_TYPE_DEPENDENCY_INFO};
  dependency.imageMemoryBarrierCount = 2;
  dependency.pImageMemoryBarriers = barriers;
  vkCmdPipelineBarrier2(into, &dependency);
  VkRenderingAttachmentInfo to_colour{VK_STRUCTURE_TYPE_RENDERING_ATTACHMENT_INFO};
  to_colour.imageView = colour.view.get();
  to_colour.imageLayout = VK_IMAGE_LAYOUT_COLOR_ATTACHMENT_OPTIMAL;
  to_colour.loadOp = VK_ATTACHMENT_LOAD_OP_CLEAR;
  to_colour.storeOp = VK_ATTACHMENT_STORE_OP_STORE;
  VkRenderingAttachmentInfo to_depth{VK_STRUCTURE_TYPE_RENDERING_ATTACHMENT_INFO};
  to_depth.imageView = depth.view.get();
  to_depth.imageLayout = VK_IMAGE_LAYOUT_DEPTH_ATTACHMENT_OPTIMAL;
  to_depth.loadOp = VK_ATTACHMENT_LOAD_OP_CLEAR;
  to_depth.storeOp = VK_ATTACHMENT_STORE_OP_DONT_CARE;
  VkRenderingInfo info{VK_STRUCTURE_TYPE_RENDERING_INFO};
  info.renderArea.extent = extent;
  info.layerCount = 1;
  info.colorAttachmentCount = 1;
  info.pColorAttachments = &to_colour;
  info.pDepthAttachment = &to_depth;
  vkCmdBeginRendering(into, &info);
  vkCmdBindPipeline(into, VK_PIPELINE_BIND_POINT_GRAPHICS, pipeline.get());
  vkCmdPushConstants(into, layout.get(), VK_SHADER_STAGE_VERTEX_BIT, 0, sizeof view_projection,
                     &view_projection);
  const VkBuffer buffers[] = {vertices.handle.get(), instances.handle.get()};
  const VkDeviceSize offsets[] = {0, 0};
  vkCmdBindVertexBuffers(into, 0, 2, buffers, offsets);
  vkCmdBindIndexBuffer(into, indices.handle.get(), 0, VK_INDEX_TYPE_UINT16);
  vkCmdDrawIndexed(into, index_count, cubes, 0, 0, 0);
  vkCmdEndRendering(into);
}

minimal_drawing::minimal_drawing(std::uint32_t width, std::uint32_t height)
  : impl_(std::make_unique<impl>(width, height)) {}
minimal_drawing::~minimal_drawing() = default;

void minimal_drawing::set_cubes(const std::vector<cube_place>& cubes, const camera& from) {
  std::vector<glm::vec4> places;
  places.reserve(cubes.size());
  for (const auto& cube : cubes)
    places.emplace_back(cube.east_m - from.east_m, cube.up_m - from.up_m,
                        cube.south_m - from.south_m, cube.edge_m);
  impl_->instances = impl_->filled(places.data(), places.size() * sizeof(glm::vec4),
                                   VK_BUFFER_USAGE_VERTEX_BUFFER_BIT);
  impl_->cubes = static_cast<std::uint32_t>(places.size());
  impl_->view_projection = matrices_of(from, static_cast<float>(impl_->extent.width) /
                                               static_cast<float>(impl_->extent.height))
                             .view_projection;
}

void minimal_drawing::draw() {
  impl_->on->run([this](VkCommandBuffer into) { impl_->record(into); });
}

picture minimal_drawing::read() const {
  const VkExtent2D extent = impl_->extent;
  const buffer pixels =
    impl_->on->make_buffer(VkDeviceSize{4} * extent.width * extent.height,
                           VK_BUFFER_USAGE_TRANSFER_DST_BIT, memory_place::host);
  impl_->on->run([&](VkCommandBuffer into) {
    VkImageMemoryBarrier2 barrier{VK_STRUCTURE_TYPE_IMAGE_MEMORY_BARRIER_2};
    barrier.dstStageMask = VK_PIPELINE_STAGE_2_COPY_BIT;
    barrier.dstAccessMask = VK_ACCESS_2_TRANSFER_READ_BIT;
    barrier.oldLayout = VK_IMAGE_LAYOUT_COLOR_ATTACHMENT_OPTIMAL;
    barrier.newLayout = VK_IMAGE_LAYOUT_TRANSFER_SRC_OPTIMAL;
    barrier.srcQueueFamilyIndex = VK_QUEUE_FAMILY_IGNORED;
    barrier.dstQueueFamilyIndex = VK_QUEUE_FAMILY_IGNORED;
    barrier.image = impl_->colour.handle.get();
    barrier.subresourceRange = {VK_IMAGE_ASPECT_COLOR_BIT, 0, 1, 0, 1};
    VkDependencyInfo dependency{VK_STRUCTURE_TYPE_DEPENDENCY_INFO};
    dependency.imageMemoryBarrierCount = 1;
    dependency.pImageMemoryBarriers = &barrier;
    vkCmdPipelineBarrier2(into, &dependency);
    VkBufferImageCopy copy{};
    copy.imageSubresource = {VK_IMAGE_ASPECT_COLOR_BIT, 0, 0, 1};
    copy.imageExtent = {extent.width, extent.height, 1};
    vkCmdCopyImageToBuffer(into, impl_->colour.handle.get(), VK_IMAGE_LAYOUT_TRANSFER_SRC_OPTIMAL,
                           pixels.handle.get(), 1, &copy);
  });
  picture out;
  out.width = extent.width;
  out.height = extent.height;
  const auto* bytes = pixels.as<std::uint8_t>();
  out.rgba.assign(bytes, bytes + pixels.size);
  return out;
}

} // namespace tessera::bench
