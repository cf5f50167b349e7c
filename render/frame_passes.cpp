// Of frame_drawer: the passes of a frame, each with what it touches.
#include "render/frame_drawer.hpp"

#include <cstddef>

namespace tessera {

namespace {

constexpr auto compute_stage = VK_PIPELINE_STAGE_2_COMPUTE_SHADER_BIT;
constexpr auto reads = VK_ACCESS_2_SHADER_STORAGE_READ_BIT;
constexpr auto fetches = VK_ACCESS_2_SHADER_SAMPLED_READ_BIT;
constexpr auto writes = VK_ACCESS_2_SHADER_STORAGE_WRITE_BIT;

std::uint32_t groups_of(std::uint32_t invocations, int group_size) {
  const auto size = static_cast<std::uint32_t>(group_size);
  return (invocations + size - 1) / size;
}

} // namespace

frame_drawer::shared_buffers frame_drawer::name_buffers(frame_graph& graph) const {
  auto name = [&](const buffer& of) { return graph.add_buffer(of.handle.get()); };
  return {name(world_.counts()),   name(world_.buckets()),       name(world_.draws()),
          name(world_.visible()),  name(world_.standing()),      name(work_),
          name(target_.splats),    name(target_.splat_tiles),    name(world_.dot_lights()),
          name(target_.particles), name(target_.particle_tiles), name(ground_)};
}

void frame_drawer::compute(VkCommandBuffer into, const owned<VkPipeline>& pipeline) const {
  vkCmdBindPipeline(into, VK_PIPELINE_BIND_POINT_COMPUTE, pipeline.get());
  const VkDescriptorSet set = table_.set();
  vkCmdBindDescriptorSets(into, VK_PIPELINE_BIND_POINT_COMPUTE, table_.layout(), 0, 1, &set, 0,
                          nullptr);
}

void frame_drawer::add_culling(frame_graph& graph, const shared_buffers& in) {
  const std::uint32_t groups = groups_of(world_.chunks(), gpu::cull_group_size);
  auto over_chunks = [=, this](VkCommandBuffer into, const owned<VkPipeline>& pipeline) {
    compute(into, pipeline);
    if (groups != 0)
      vkCmdDispatch(into, groups, 1, 1);
  };
  graph.add_pass({{in.counts, compute_stage, writes}, {in.buckets, compute_stage, writes}},
                 [=, this](VkCommandBuffer into) {
                   over_chunks(into, compute_.count);
                   times_.mark(into, "culling");
                 });
  graph.add_pass({{in.counts, compute_stage, reads | writes},
                  {in.draws, compute_stage, writes},
                  {in.work, compute_stage, writes}},
                 [this](VkCommandBuffer into) {
                   compute(into, compute_.place);
                   vkCmdDispatch(into, 1, 1, 1);
                   times_.mark(into, "sorting");
                 });
  graph.add_pass({{in.counts, compute_stage, reads},
                  {in.buckets, compute_stage, fetches},
                  {in.draws, compute_stage, reads},
                  {in.visible, compute_stage, writes}},
                 [=, this](VkCommandBuffer into) {
                   over_chunks(into, compute_.list);
                   times_.mark(into, "listing");
                 });
}

void frame_drawer::add_standing(frame_graph& graph, const shared_buffers& in) {
  graph.add_pass({{in.work, compute_stage | VK_PIPELINE_STAGE_2_DRAW_INDIRECT_BIT,
                   reads | VK_ACCESS_2_INDIRECT_COMMAND_READ_BIT},
                  {in.visible, compute_stage, fetches},
                  {in.standing, compute_stage, writes}},
                 [this](VkCommandBuffer into) {
                   compute(into, compute_.stand);
                   vkCmdDispatchIndirect(into, work_.handle.get(),
                                         offsetof(gpu::body_work, stand_groups));
                   times_.mark(into, "standing");
                 });
}

void frame_drawer::add_clearing(frame_graph& graph, frame_graph::resource words,
                                frame_graph::resource tiles, std::array<const buffer*, 2> buffers,
                                const owned<VkPipeline>& pipeline, bool& are_clear) {
  if (are_clear) {
    graph.add_pass({{words, compute_stage, writes}, {tiles, compute_stage, reads | writes}},
                   [&pipeline, this](VkCommandBuffer into) {
                     compute(into, pipeline);
                     vkCmdDispatch(into, groups_of(splat_tiles_, gpu::splat_clear_group_size), 1,
                                   1);
                     times_.mark(into, "clearing");
                   });
    return;
  }
  constexpr auto fill = VK_PIPELINE_STAGE_2_ALL_TRANSFER_BIT;
  graph.add_pass(
    {{words, fill, VK_ACCESS_2_TRANSFER_WRITE_BIT}, {tiles, fill, VK_ACCESS_2_TRANSFER_WRITE_BIT}},
    [buffers](VkCommandBuffer into) {
      for (const buffer* of : buffers)
        vkCmdFillBuffer(into, of->handle.get(), 0, VK_WHOLE_SIZE, 0);
    });
  are_clear = true;
}

void frame_drawer::add_splatting(frame_graph& graph, const shared_buffers& in) {
  if (!dots_ && !target_.has_splats)
    return;
  add_clearing(graph, in.splats, in.splat_tiles, {&target_.splats, &target_.splat_tiles},
               compute_.splat_clear, target_.splats_are_clear);
  target_.has_splats = dots_;
  if (!dots_)
    return;
  graph.add_pass(
    {{in.work, VK_PIPELINE_STAGE_2_DRAW_INDIRECT_BIT, VK_ACCESS_2_INDIRECT_COMMAND_READ_BIT},
     {in.draws, compute_stage, reads},
     {in.visible, compute_stage, fetches},
     {in.splats, compute_stage, reads | writes},
     {in.dot_lights, compute_stage, writes},
     {in.splat_tiles, compute_stage, writes}},
    [this](VkCommandBuffer into) {
      compute(into, compute_.splat);
      vkCmdDispatchIndirect(into, work_.handle.get(), offsetof(gpu::body_work, splat_groups));
      times_.mark(into, "splats");
    });
}

void frame_drawer::add_particles(frame_graph& graph, const shared_buffers& in) {
  add_clearing(graph, in.particles, in.particle_tiles,
               {&target_.particles, &target_.particle_tiles}, compute_.particles_clear,
               target_.particles_are_clear);
  graph.add_pass(
    {{in.particles, compute_stage, reads | writes}, {in.particle_tiles, compute_stage, writes}},
    [this](VkCommandBuffer into) {
      compute(into, compute_.particles);
      vkCmdDispatch(into, groups_of(particles_, gpu::particle_group_size), 1, 1);
      times_.mark(into, "particles");
    });
}

void frame_drawer::add_ground(frame_graph& graph, const shared_buffers& in) {
  graph.add_pass({{in.ground, compute_stage, writes}}, [this](VkCommandBuffer into) {
    compute(into, compute_.lay_ground);
    vkCmdDispatch(into, groups_of(node_count_ * gpu::node_vertices, gpu::lay_group_size), 1, 1);
    times_.mark(into, "laying ground");
  });
}

void frame_drawer::draw_bodies(VkCommandBuffer into, int first_level, int end_level) {
  const VkDeviceSize none[] = {0, 0};
  const VkBuffer vertices[] = {world_.vertices().handle.get(), world_.standing().handle.get()};
  vkCmdBindVertexBuffers(into, 0, 2, vertices, none);
  vkCmdBindIndexBuffer(into, world_.indices().handle.get(), 0, VK_INDEX_TYPE_UINT16);
  constexpr auto stride = static_cast<std::uint32_t>(sizeof(gpu::indexed_draw));
  if (first_level == 0 && end_level == gpu::detail_levels) {
    vkCmdDrawIndexedIndirect(into, world_.draws().handle.get(), 0,
                             static_cast<std::uint32_t>(world_.shapes() * gpu::detail_levels),
                             stride);
    return;
  }
  for (int shape = 0; shape < world_.shapes(); ++shape)
    vkCmdDrawIndexedIndirect(into, world_.draws().handle.get(),
                             VkDeviceSize{stride} *
                               static_cast<VkDeviceSize>(shape * gpu::detail_levels + first_level),
                             static_cast<std::uint32_t>(end_level - first_level), stride);
}

void frame_drawer::draw_dots(VkCommandBuffer into) {
  if (device_.has_wide_atomics())
    vkCmdDraw(into, splat_tiles_ * 6, 1, 0, 0);
  else
    vkCmdDrawIndirect(into, world_.draws().handle.get(),
                      sizeof(gpu::indexed_draw) * gpu::dot_bucket, 1, sizeof(gpu::indexed_draw));
}

void frame_drawer::draw_grass(VkCommandBuffer into) {
  for (const auto& ring : grass_rings) {
    vkCmdPushConstants(into, table_.layout(), VK_SHADER_STAGE_VERTEX_BIT, 0, sizeof ring, &ring);
    vkCmdDraw(into, static_cast<std::uint32_t>(ring.across * ring.across * 9), 1, 0, 0);
  }
}

void frame_drawer::record_drawing(VkCommandBuffer into, const frame_request& request) {
  const drawing_pipelines& drawing = drawing_of(target_.form);
  VkRenderingAttachmentInfo colour{VK_STRUCTURE_TYPE_RENDERING_ATTACHMENT_INFO};
  colour.imageView = target_.colour.view.get();
  colour.imageLayout = VK_IMAGE_LAYOUT_COLOR_ATTACHMENT_OPTIMAL;
  colour.loadOp = VK_ATTACHMENT_LOAD_OP_CLEAR;
  colour.storeOp =
    target_.resolved.handle ? VK_ATTACHMENT_STORE_OP_DONT_CARE : VK_ATTACHMENT_STORE_OP_STORE;
  if (target_.resolved.handle) {
    colour.resolveMode = VK_RESOLVE_MODE_AVERAGE_BIT;
    colour.resolveImageView = target_.resolved.view.get();
    colour.resolveImageLayout = VK_IMAGE_LAYOUT_COLOR_ATTACHMENT_OPTIMAL;
  }
  VkRenderingAttachmentInfo depth{VK_STRUCTURE_TYPE_RENDERING_ATTACHMENT_INFO};
  depth.imageView = target_.depth.view.get();
  depth.imageLayout = VK_IMAGE_LAYOUT_DEPTH_STENCIL_ATTACHMENT_OPTIMAL;
  depth.loadOp = VK_ATTACHMENT_LOAD_OP_CLEAR; // to 0: the far end
  depth.storeOp =
    mixes_particles_ ? VK_ATTACHMENT_STORE_OP_STORE : VK_ATTACHMENT_STORE_OP_DONT_CARE;
  VkRenderingInfo info{VK_STRUCTURE_TYPE_RENDERING_INFO};
  info.renderArea.extent = target_.extent;
  info.layerCount = 1;
  info.colorAttachmentCount = 1;
  info.pColorAttachments = &colour;
  info.pDepthAttachment = &depth;
  info.pStencilAttachment = target_.form.stencil ? &depth : nullptr;
  vkCmdBeginRendering(into, &info);
  const VkViewport viewport{
    0, 0, static_cast<float>(target_.extent.width), static_cast<float>(target_.extent.height),
    0, 1};
  const VkRect2D scissor{{0, 0}, target_.extent};
  vkCmdSetViewport(into, 0, 1, &viewport);
  vkCmdSetScissor(into, 0, 1, &scissor);
  const VkDescriptorSet set = table_.set();
  vkCmdBindDescriptorSets(into, VK_PIPELINE_BIND_POINT_GRAPHICS, table_.layout(), 0, 1, &set, 0,
                          nullptr);
  auto bind = [&](const owned<VkPipeline>& pipeline) {
    vkCmdBindPipeline(into, VK_PIPELINE_BIND_POINT_GRAPHICS, pipeline.get());
  };

  times_.mark(into, "begin of drawing");
  bind(drawing.body);
  draw_bodies(into, 0, gpu::detail_levels);
  times_.mark(into, "bodies");
  if (request.grass && request.backdrop) {
    bind(drawing.grass);
    draw_grass(into);
    times_.mark(into, "grass");
  }
  if (request.backdrop) {
    const VkDeviceSize none = 0;
    const VkBuffer vertices = ground_.handle.get();
    vkCmdBindVertexBuffers(into, 0, 1, &vertices, &none);
    vkCmdBindIndexBuffer(into, ground_indices_.handle.get(), 0, VK_INDEX_TYPE_UINT32);
    constexpr std::uint32_t indices = gpu::node_quads * gpu::node_quads * 6;
    if (near_nodes_ != 0) {
      bind(drawing.terrain);
      vkCmdDrawIndexed(into, near_nodes_ * indices, 1, 0, 0, 0);
    }
    if (near_nodes_ != node_count_) {
      bind(drawing.far_ground);
      vkCmdDrawIndexed(into, (node_count_ - near_nodes_) * indices, 1, near_nodes_ * indices, 0, 0);
    }
    times_.mark(into, "ground");
  }
  if (request.backdrop) { // before dots: what is smaller than a pixel lets it through
    bind(drawing.sky);
    vkCmdDraw(into, 3, 1, 0, 0);
    times_.mark(into, "sky");
  }
  if (dots_) {
    bind(drawing.dot);
    draw_dots(into);
    times_.mark(into, "dots");
  }
  if (request.shadows && request.backdrop) {
    bind(drawing.shadow);
    draw_bodies(into, 0, shadow_levels);
    times_.mark(into, "shadows");
  }
  if (request.backdrop && world_.world().looks.water_level_m) {
    bind(drawing.water);
    vkCmdDraw(into, 4, 1, 0, 0);
    times_.mark(into, "water");
  }
  if (particles_ != 0 && !mixes_particles_) {
    bind(drawing.particles);
    vkCmdDraw(into, splat_tiles_ * 6, 1, 0, 0);
    times_.mark(into, "drawing particles");
  }
  vkCmdEndRendering(into);
  times_.mark(into, "end of drawing");
}

} // namespace tessera
