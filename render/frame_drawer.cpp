#include "render/frame_drawer.hpp"

#include "render/frame_data.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace tessera {

namespace {

/// Ground is drawn so far, into the haze.
constexpr double ground_reach_m = 40'000;
constexpr double finest_ground_m = 750;

} // namespace

frame_drawer::frame_drawer(device& on) : device_(on), table_(on), world_(on, table_) {
  compute_ = make_compute_pipelines(device_, table_);
  frame_ = device_.make_buffer(sizeof(gpu::frame_data), VK_BUFFER_USAGE_UNIFORM_BUFFER_BIT,
                               memory_place::host);
  table_.bind_buffer(gpu::frame_binding, frame_);
  draws_read_ =
    device_.make_buffer(world_.draws().size, VK_BUFFER_USAGE_TRANSFER_DST_BIT, memory_place::host);
  make_tile_indices();
  reserve_nodes(256);
}

void frame_drawer::make_tile_indices() {
  std::vector<std::uint16_t> indices;
  constexpr int across = gpu::node_quads + 1;
  for (int z = 0; z < gpu::node_quads; ++z)
    for (int x = 0; x < gpu::node_quads; ++x) {
      const auto a = static_cast<std::uint16_t>(z * across + x);
      const auto b = static_cast<std::uint16_t>(a + 1);
      const auto c = static_cast<std::uint16_t>(a + across);
      const auto d = static_cast<std::uint16_t>(c + 1);
      // Diagonals as even vertices want them: what slides keeps triangles whole.
      if ((x + z) % 2 == 0)
        indices.insert(indices.end(), {a, c, d, a, d, b});
      else
        indices.insert(indices.end(), {a, c, b, b, c, d});
    }
  tile_index_count_ = static_cast<std::uint32_t>(indices.size());
  tile_indices_ =
    device_.make_buffer(indices.size() * 2, VK_BUFFER_USAGE_INDEX_BUFFER_BIT, memory_place::host);
  std::memcpy(tile_indices_.mapped, indices.data(), indices.size() * 2);
}

void frame_drawer::reserve_nodes(std::size_t count) {
  if (nodes_.size >= count * sizeof(gpu::terrain_node))
    return;
  nodes_ = device_.make_buffer(count * 2 * sizeof(gpu::terrain_node),
                               VK_BUFFER_USAGE_STORAGE_BUFFER_BIT, memory_place::host);
  table_.bind_buffer(gpu::nodes_binding, nodes_);
}

void frame_drawer::describe(const frame_request& request, const camera_matrices& view) {
  gpu::frame_data frame{};
  world_.describe(frame);
  describe_camera(frame, request, view, world_.ground());
  std::memcpy(frame_.mapped, &frame, sizeof frame);
}

void frame_drawer::add_culling(frame_graph& graph, frame_graph::resource counts,
                               frame_graph::resource draws, frame_graph::resource visible) {
  constexpr auto compute = VK_PIPELINE_STAGE_2_COMPUTE_SHADER_BIT;
  constexpr auto reads = VK_ACCESS_2_SHADER_STORAGE_READ_BIT;
  constexpr auto writes = VK_ACCESS_2_SHADER_STORAGE_WRITE_BIT;
  auto dispatch = [this](VkCommandBuffer into, const owned<VkPipeline>& pipeline,
                         std::uint32_t groups) {
    vkCmdBindPipeline(into, VK_PIPELINE_BIND_POINT_COMPUTE, pipeline.get());
    const VkDescriptorSet set = table_.set();
    vkCmdBindDescriptorSets(into, VK_PIPELINE_BIND_POINT_COMPUTE, table_.layout(), 0, 1, &set, 0,
                            nullptr);
    if (groups != 0)
      vkCmdDispatch(into, groups, 1, 1);
  };
  const std::uint32_t groups = (world_.chunks() + gpu::cull_group_size - 1) / gpu::cull_group_size;
  graph.add_pass({{counts, compute, writes}},
                 [=, this](VkCommandBuffer into) { dispatch(into, compute_.count, groups); });
  graph.add_pass({{counts, compute, reads | writes}, {draws, compute, writes}},
                 [=, this](VkCommandBuffer into) { dispatch(into, compute_.place, 1); });
  graph.add_pass({{counts, compute, reads}, {draws, compute, reads}, {visible, compute, writes}},
                 [=, this](VkCommandBuffer into) { dispatch(into, compute_.list, groups); });
}

void frame_drawer::draw_bodies(VkCommandBuffer into, int first_level, int end_level) {
  const VkDeviceSize none = 0;
  const VkBuffer vertices = world_.vertices().handle.get();
  vkCmdBindVertexBuffers(into, 0, 1, &vertices, &none);
  vkCmdBindIndexBuffer(into, world_.indices().handle.get(), 0, VK_INDEX_TYPE_UINT16);
  constexpr auto stride = static_cast<std::uint32_t>(sizeof(gpu::indexed_draw));
  if (first_level == 0 && end_level == gpu::detail_levels) {
    vkCmdDrawIndexedIndirect(into, world_.draws().handle.get(), 0, gpu::mesh_buckets, stride);
    return;
  }
  for (int shape = 0; shape < gpu::mesh_shapes; ++shape)
    vkCmdDrawIndexedIndirect(into, world_.draws().handle.get(),
                             VkDeviceSize{stride} *
                               static_cast<VkDeviceSize>(shape * gpu::detail_levels + first_level),
                             static_cast<std::uint32_t>(end_level - first_level), stride);
}

void frame_drawer::draw_grass(VkCommandBuffer into) {
  // Fine around the camera, coarser and larger farther off.
  constexpr gpu::grass_ring rings[] = {
    {0.22F, 0, 26, 0.30F, 240}, {0.55F, 22, 80, 0.38F, 292}, {1.6F, 70, 240, 0.55F, 302}};
  for (const auto& ring : rings) {
    vkCmdPushConstants(into, table_.layout(), VK_SHADER_STAGE_VERTEX_BIT, 0, sizeof ring, &ring);
    vkCmdDraw(into, static_cast<std::uint32_t>(ring.across * ring.across * 9), 1, 0, 0);
  }
}

void frame_drawer::record_drawing(VkCommandBuffer into, const frame_request& request) {
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
  depth.storeOp = VK_ATTACHMENT_STORE_OP_DONT_CARE;
  VkRenderingInfo info{VK_STRUCTURE_TYPE_RENDERING_INFO};
  info.renderArea.extent = target_.extent;
  info.layerCount = 1;
  info.colorAttachmentCount = 1;
  info.pColorAttachments = &colour;
  info.pDepthAttachment = &depth;
  info.pStencilAttachment = &depth;
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

  bind(drawing_.body);
  draw_bodies(into, 0, gpu::detail_levels);
  if (request.grass) {
    bind(drawing_.grass);
    draw_grass(into);
  }
  bind(drawing_.terrain);
  vkCmdBindIndexBuffer(into, tile_indices_.handle.get(), 0, VK_INDEX_TYPE_UINT16);
  vkCmdDrawIndexed(into, tile_index_count_, node_count_, 0, 0, 0);
  bind(drawing_.dot);
  vkCmdDrawIndirect(into, world_.draws().handle.get(), sizeof(gpu::indexed_draw) * gpu::dot_bucket,
                    1, sizeof(gpu::indexed_draw));
  bind(drawing_.sky);
  vkCmdDraw(into, 3, 1, 0, 0);
  bind(drawing_.shadow);
  draw_bodies(into, 0, 2); // of the coarsest level it would be smaller than a pixel
  if (world_.world().looks.water_level_m) {
    bind(drawing_.water);
    vkCmdDraw(into, 4, 1, 0, 0);
  }
  vkCmdEndRendering(into);
}

void frame_drawer::record_frame(VkCommandBuffer commands, const frame_request& request) {
  constexpr auto colour_stage = VK_PIPELINE_STAGE_2_COLOR_ATTACHMENT_OUTPUT_BIT;
  constexpr auto colour_access =
    VK_ACCESS_2_COLOR_ATTACHMENT_WRITE_BIT | VK_ACCESS_2_COLOR_ATTACHMENT_READ_BIT;
  constexpr auto colour_layout = VK_IMAGE_LAYOUT_COLOR_ATTACHMENT_OPTIMAL;
  frame_graph graph;
  const auto counts = graph.add_buffer(world_.counts().handle.get());
  const auto draws = graph.add_buffer(world_.draws().handle.get());
  const auto visible = graph.add_buffer(world_.visible().handle.get());
  const auto pixels = graph.add_buffer(target_.pixels.handle.get());
  const auto draws_read = graph.add_buffer(draws_read_.handle.get());
  const auto colour = graph.add_image(target_.colour.handle.get(), VK_IMAGE_ASPECT_COLOR_BIT);
  const auto depth = graph.add_image(target_.depth.handle.get(),
                                     VK_IMAGE_ASPECT_DEPTH_BIT | VK_IMAGE_ASPECT_STENCIL_BIT);
  add_culling(graph, counts, draws, visible);
  std::vector<frame_graph::use> uses{
    {draws, VK_PIPELINE_STAGE_2_DRAW_INDIRECT_BIT, VK_ACCESS_2_INDIRECT_COMMAND_READ_BIT},
    {visible, VK_PIPELINE_STAGE_2_VERTEX_SHADER_BIT, VK_ACCESS_2_SHADER_STORAGE_READ_BIT},
    {colour, colour_stage, colour_access, colour_layout},
    {depth,
     VK_PIPELINE_STAGE_2_EARLY_FRAGMENT_TESTS_BIT | VK_PIPELINE_STAGE_2_LATE_FRAGMENT_TESTS_BIT,
     VK_ACCESS_2_DEPTH_STENCIL_ATTACHMENT_READ_BIT | VK_ACCESS_2_DEPTH_STENCIL_ATTACHMENT_WRITE_BIT,
     VK_IMAGE_LAYOUT_DEPTH_STENCIL_ATTACHMENT_OPTIMAL}};
  auto finished = colour;
  if (target_.resolved.handle) {
    finished = graph.add_image(target_.resolved.handle.get(), VK_IMAGE_ASPECT_COLOR_BIT);
    uses.push_back({finished, colour_stage, colour_access, colour_layout});
  }
  graph.add_pass(uses, [&](VkCommandBuffer into) { record_drawing(into, request); });
  if (target_.enlarged.handle) {
    const auto drawn = finished;
    finished = graph.add_image(target_.enlarged.handle.get(), VK_IMAGE_ASPECT_COLOR_BIT);
    graph.add_pass({{drawn, VK_PIPELINE_STAGE_2_BLIT_BIT, VK_ACCESS_2_TRANSFER_READ_BIT,
                     VK_IMAGE_LAYOUT_TRANSFER_SRC_OPTIMAL},
                    {finished, VK_PIPELINE_STAGE_2_BLIT_BIT, VK_ACCESS_2_TRANSFER_WRITE_BIT,
                     VK_IMAGE_LAYOUT_TRANSFER_DST_OPTIMAL}},
                   [this](VkCommandBuffer into) { record_enlarging(into); });
  }
  if (!request.over.empty())
    graph.add_pass(
      {{finished, colour_stage, colour_access, colour_layout}},
      [this](VkCommandBuffer into) { overlay_->record(into, target_.finished().view.get()); });
  graph.add_pass({{finished, VK_PIPELINE_STAGE_2_COPY_BIT, VK_ACCESS_2_TRANSFER_READ_BIT,
                   VK_IMAGE_LAYOUT_TRANSFER_SRC_OPTIMAL},
                  {draws, VK_PIPELINE_STAGE_2_COPY_BIT, VK_ACCESS_2_TRANSFER_READ_BIT},
                  {pixels, VK_PIPELINE_STAGE_2_COPY_BIT, VK_ACCESS_2_TRANSFER_WRITE_BIT},
                  {draws_read, VK_PIPELINE_STAGE_2_COPY_BIT, VK_ACCESS_2_TRANSFER_WRITE_BIT}},
                 [this](VkCommandBuffer into) { record_copies(into); });
  graph.add_pass({{pixels, VK_PIPELINE_STAGE_2_HOST_BIT, VK_ACCESS_2_HOST_READ_BIT},
                  {draws_read, VK_PIPELINE_STAGE_2_HOST_BIT, VK_ACCESS_2_HOST_READ_BIT}},
                 [](VkCommandBuffer) {});
  graph.record(commands);
}

void frame_drawer::draw(frame_request request) {
  const auto began = std::chrono::steady_clock::now();
  const VkExtent2D finished{request.width, request.height};
  auto scaled = [&](std::uint32_t side) {
    return std::max(
      16U, static_cast<std::uint32_t>(std::lround(static_cast<float>(side) * request.scale)));
  };
  if (request.scale < 1) {
    request.width = scaled(request.width);
    request.height = scaled(request.height);
  }
  prepare_target(request, finished);
  const auto view = matrices_of(request.from, static_cast<float>(request.width) /
                                                static_cast<float>(request.height));
  const auto nodes = choose_tiles(world_.ground(), request.from, view, ground_reach_m,
                                  finest_ground_m * double{request.detail});
  reserve_nodes(nodes.size());
  std::copy(nodes.begin(), nodes.end(), nodes_.as<gpu::terrain_node>());
  node_count_ = static_cast<std::uint32_t>(nodes.size());
  describe(request, view);
  if (!request.over.empty()) {
    if (!overlay_)
      overlay_ = std::make_unique<overlay_drawer>(device_, target_.form.colour);
    overlay_->prepare(request.over, target_.finished().extent);
  }

  device_.run([&](VkCommandBuffer commands) { record_frame(commands, request); });
  take_figures(began);
}

void frame_drawer::take_figures(std::chrono::steady_clock::time_point began) {
  figures_ = {};
  figures_.bodies = world_.bodies();
  const auto* draws = draws_read_.as<gpu::indexed_draw>();
  for (int b = 0; b < gpu::mesh_buckets; ++b)
    figures_.by_level[static_cast<std::size_t>(b % gpu::detail_levels)] += draws[b].instance_count;
  figures_.by_level.back() = draws[gpu::dot_bucket].index_count;
  figures_.ground_tiles = node_count_;
  figures_.milliseconds =
    std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - began).count();
}

} // namespace tessera
