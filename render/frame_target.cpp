// Of frame_drawer: the images that it draws into, and what becomes of them.
#include "render/frame_drawer.hpp"
#include "render/shaders.hpp"

namespace tessera {

namespace {

VkBufferImageCopy whole_picture(VkExtent2D extent) {
  VkBufferImageCopy out{};
  out.imageSubresource = {VK_IMAGE_ASPECT_COLOR_BIT, 0, 0, 1};
  out.imageExtent = {extent.width, extent.height, 1};
  return out;
}

} // namespace

const drawing_pipelines& frame_drawer::drawing_of(const target_form& form) {
  for (const auto& [known, pipelines] : drawing_)
    if (known == form)
      return pipelines;
  return drawing_.emplace_back(form, make_drawing_pipelines(device_, table_, form)).second;
}

/// `request` is of what is drawn; `finished` is the size that it is to have.
void frame_drawer::prepare_target(const frame_request& request, VkExtent2D finished) {
  target_form form;
  form.samples = request.smooth ? VK_SAMPLE_COUNT_4_BIT : VK_SAMPLE_COUNT_1_BIT;
  form.stencil = request.shadows;
  const VkExtent2D extent{request.width, request.height};
  auto same = [](VkExtent2D l, VkExtent2D r) { return l.width == r.width && l.height == r.height; };
  if (target_.colour.handle && target_.form == form && same(target_.extent, extent) &&
      same(target_.finished().extent, finished))
    return;
  target_ = {};
  target_.form = form;
  target_.extent = extent;
  constexpr VkImageUsageFlags shown = VK_IMAGE_USAGE_COLOR_ATTACHMENT_BIT |
                                      VK_IMAGE_USAGE_SAMPLED_BIT | VK_IMAGE_USAGE_TRANSFER_SRC_BIT;
  const bool several = form.samples != VK_SAMPLE_COUNT_1_BIT;
  target_.colour = device_.make_image(
    extent, form.colour,
    several ? VK_IMAGE_USAGE_COLOR_ATTACHMENT_BIT | VK_IMAGE_USAGE_TRANSIENT_ATTACHMENT_BIT : shown,
    VK_IMAGE_ASPECT_COLOR_BIT, form.samples, target_form::stored);
  target_.depth =
    device_.make_image(extent, form.depth(), VK_IMAGE_USAGE_DEPTH_STENCIL_ATTACHMENT_BIT,
                       VK_IMAGE_ASPECT_DEPTH_BIT |
                         (form.stencil ? VkImageAspectFlags{VK_IMAGE_ASPECT_STENCIL_BIT} : 0),
                       form.samples);
  if (several)
    target_.resolved = device_.make_image(extent, form.colour, shown, VK_IMAGE_ASPECT_COLOR_BIT,
                                          VK_SAMPLE_COUNT_1_BIT, target_form::stored);
  if (!same(extent, finished)) {
    target_.enlarged =
      device_.make_image(finished, form.colour, shown | VK_IMAGE_USAGE_TRANSFER_DST_BIT,
                         VK_IMAGE_ASPECT_COLOR_BIT, VK_SAMPLE_COUNT_1_BIT, target_form::stored);
    prepare_enlarging();
  }
  make_splats();
}

void frame_drawer::prepare_enlarging() {
  auto bytes = [](VkExtent2D of) { return VkDeviceSize{4} * of.width * of.height; };
  if (!shaders_alone_) {
    target_.small_pixels = device_.make_buffer(
      bytes(target_.extent), VK_BUFFER_USAGE_TRANSFER_DST_BIT, memory_place::host);
    target_.large_pixels = device_.make_buffer(
      bytes(target_.enlarged.extent), VK_BUFFER_USAGE_TRANSFER_SRC_BIT, memory_place::host);
    return;
  }
  if (!enlarging_)
    enlarging_.emplace(device_, target_form::stored,
                       flat_shaders{shaders::enlarge_vert, shaders::enlarge_frag, {}, 0, false});
  enlarging_->read(target_.drawn().stored);
}

void frame_drawer::make_splats() {
  auto tiles = [](std::uint32_t pixels) {
    return (pixels + gpu::splat_tile - 1) / gpu::splat_tile;
  };
  splat_tiles_across_ = tiles(target_.extent.width);
  splat_tiles_ = splat_tiles_across_ * tiles(target_.extent.height);
  const VkDeviceSize pixels = VkDeviceSize{target_.extent.width} * target_.extent.height;
  constexpr auto usage = VK_BUFFER_USAGE_STORAGE_BUFFER_BIT | VK_BUFFER_USAGE_TRANSFER_DST_BIT;
  target_.splats = device_.make_texel_buffer(device_.has_wide_atomics() ? pixels * 8 : 8,
                                             VK_FORMAT_R32G32_UINT, usage, memory_place::device);
  table_.bind_buffer(gpu::splats_binding, target_.splats);
  table_.bind_buffer(gpu::splat_texels_binding, target_.splats);
  target_.splat_tiles =
    device_.make_buffer(VkDeviceSize{splat_tiles_} * 4, usage, memory_place::device);
  table_.bind_buffer(gpu::splat_tiles_binding, target_.splat_tiles);
  const auto place = particles_by_shader_ ? memory_place::device : memory_place::host;
  target_.particles =
    device_.make_texel_buffer(particle_words(target_.extent.width, target_.extent.height) * 8,
                              VK_FORMAT_R32G32_UINT, usage, place);
  table_.bind_buffer(gpu::particles_binding, target_.particles);
  table_.bind_buffer(gpu::particle_texels_binding, target_.particles);
  target_.particle_tiles = device_.make_buffer(VkDeviceSize{splat_tiles_} * 4, usage, place);
  table_.bind_buffer(gpu::particle_tiles_binding, target_.particle_tiles);
}

/// What comes after drawing, on bytes as they are stored.
void frame_drawer::record_finishing(VkCommandBuffer into, const frame_request& request) {
  const image& to = target_.finished();
  VkRenderingAttachmentInfo colour{VK_STRUCTURE_TYPE_RENDERING_ATTACHMENT_INFO};
  colour.imageView = to.stored.get();
  colour.imageLayout = VK_IMAGE_LAYOUT_COLOR_ATTACHMENT_OPTIMAL;
  const bool enlarges = target_.enlarged.handle && shaders_alone_;
  colour.loadOp = enlarges ? VK_ATTACHMENT_LOAD_OP_DONT_CARE : VK_ATTACHMENT_LOAD_OP_LOAD;
  colour.storeOp = VK_ATTACHMENT_STORE_OP_STORE;
  VkRenderingInfo info{VK_STRUCTURE_TYPE_RENDERING_INFO};
  info.renderArea.extent = to.extent;
  info.layerCount = 1;
  info.colorAttachmentCount = 1;
  info.pColorAttachments = &colour;
  vkCmdBeginRendering(into, &info);
  if (enlarges) {
    enlarging_->bind(into, to.extent);
    vkCmdDraw(into, 6, 1, 0, 0);
    times_.mark(into, "enlarging");
  }
  if (!request.over.empty())
    overlay_->record(into);
  vkCmdEndRendering(into);
  times_.mark(into, "overlay");
}

/// Adds what comes after drawing; gives the finished picture.
frame_graph::resource frame_drawer::add_finishing(frame_graph& graph, frame_graph::resource drawn,
                                                  const frame_request& request) {
  const bool enlarges = target_.enlarged.handle && shaders_alone_;
  if (!enlarges && request.over.empty())
    return drawn;
  std::vector<frame_graph::use> touched;
  auto finished = drawn;
  if (enlarges) {
    touched.push_back({drawn, VK_PIPELINE_STAGE_2_FRAGMENT_SHADER_BIT,
                       VK_ACCESS_2_SHADER_SAMPLED_READ_BIT,
                       VK_IMAGE_LAYOUT_SHADER_READ_ONLY_OPTIMAL});
    finished = graph.add_image(target_.enlarged.handle.get(), VK_IMAGE_ASPECT_COLOR_BIT);
  }
  touched.push_back({finished, VK_PIPELINE_STAGE_2_COLOR_ATTACHMENT_OUTPUT_BIT,
                     VK_ACCESS_2_COLOR_ATTACHMENT_WRITE_BIT | VK_ACCESS_2_COLOR_ATTACHMENT_READ_BIT,
                     VK_IMAGE_LAYOUT_COLOR_ATTACHMENT_OPTIMAL});
  graph.add_pass(touched, [&](VkCommandBuffer into) { record_finishing(into, request); });
  return finished;
}

void frame_drawer::record_small_pixels(VkCommandBuffer into) const {
  const VkBufferImageCopy all = whole_picture(target_.extent);
  vkCmdCopyImageToBuffer(into, target_.drawn().handle.get(), VK_IMAGE_LAYOUT_TRANSFER_SRC_OPTIMAL,
                         target_.small_pixels.handle.get(), 1, &all);
}

/// Where the processor draws: the picture goes through its memory. Not while the device draws.
void frame_drawer::enlarge(const frame_request& request) {
  const VkExtent2D small = target_.extent;
  const VkExtent2D large = target_.enlarged.extent;
  enlarger_.enlarge(target_.small_pixels.as<std::uint8_t>(), {small.width, small.height},
                    target_.large_pixels.as<std::uint8_t>(), {large.width, large.height});
  device_.run([&](VkCommandBuffer commands) {
    frame_graph graph;
    const auto enlarged = graph.add_image(target_.enlarged.handle.get(), VK_IMAGE_ASPECT_COLOR_BIT);
    graph.add_pass({{enlarged, VK_PIPELINE_STAGE_2_COPY_BIT, VK_ACCESS_2_TRANSFER_WRITE_BIT,
                     VK_IMAGE_LAYOUT_TRANSFER_DST_OPTIMAL}},
                   [&](VkCommandBuffer into) {
                     const VkBufferImageCopy all = whole_picture(large);
                     vkCmdCopyBufferToImage(into, target_.large_pixels.handle.get(),
                                            target_.enlarged.handle.get(),
                                            VK_IMAGE_LAYOUT_TRANSFER_DST_OPTIMAL, 1, &all);
                     times_.mark(into, "enlarging");
                   });
    const auto finished = add_finishing(graph, enlarged, request);
    graph.add_pass({{finished, VK_PIPELINE_STAGE_2_ALL_TRANSFER_BIT, VK_ACCESS_2_TRANSFER_READ_BIT,
                     VK_IMAGE_LAYOUT_TRANSFER_SRC_OPTIMAL}},
                   [](VkCommandBuffer) {});
    graph.record(commands);
  });
}

picture frame_drawer::read() {
  const image& from = target_.finished();
  const buffer pixels =
    device_.make_buffer(VkDeviceSize{4} * from.extent.width * from.extent.height,
                        VK_BUFFER_USAGE_TRANSFER_DST_BIT, memory_place::host);
  device_.run([&](VkCommandBuffer into) {
    const VkBufferImageCopy copy = whole_picture(from.extent);
    vkCmdCopyImageToBuffer(into, from.handle.get(), VK_IMAGE_LAYOUT_TRANSFER_SRC_OPTIMAL,
                           pixels.handle.get(), 1, &copy);
    VkMemoryBarrier2 seen{VK_STRUCTURE_TYPE_MEMORY_BARRIER_2};
    seen.srcStageMask = VK_PIPELINE_STAGE_2_COPY_BIT;
    seen.srcAccessMask = VK_ACCESS_2_TRANSFER_WRITE_BIT;
    seen.dstStageMask = VK_PIPELINE_STAGE_2_HOST_BIT;
    seen.dstAccessMask = VK_ACCESS_2_HOST_READ_BIT;
    VkDependencyInfo info{VK_STRUCTURE_TYPE_DEPENDENCY_INFO};
    info.memoryBarrierCount = 1;
    info.pMemoryBarriers = &seen;
    vkCmdPipelineBarrier2(into, &info);
  });
  picture out;
  out.width = from.extent.width;
  out.height = from.extent.height;
  static_assert(target_form::stored == VK_FORMAT_B8G8R8A8_UNORM);
  const auto* bytes = pixels.as<std::uint8_t>();
  out.rgba.resize(pixels.size);
  for (std::size_t i = 0; i < pixels.size; i += 4) {
    out.rgba[i] = bytes[i + 2];
    out.rgba[i + 1] = bytes[i + 1];
    out.rgba[i + 2] = bytes[i];
    out.rgba[i + 3] = bytes[i + 3];
  }
  return out;
}

} // namespace tessera
