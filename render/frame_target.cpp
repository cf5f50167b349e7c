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
  const bool several = form.samples != VK_SAMPLE_COUNT_1_BIT;
  const auto picture_place = shaders_alone_ ? memory_place::device : memory_place::host;
  const image_options picture{.stored_as = target_form::stored, .where = picture_place};
  if (several) {
    target_.colour = device_.make_image(extent, form.colour,
                                        VK_IMAGE_USAGE_COLOR_ATTACHMENT_BIT |
                                          VK_IMAGE_USAGE_TRANSIENT_ATTACHMENT_BIT,
                                        VK_IMAGE_ASPECT_COLOR_BIT, {.samples = form.samples});
    target_.resolved =
      device_.make_image(extent, form.colour, picture_usage, VK_IMAGE_ASPECT_COLOR_BIT, picture);
  } else {
    target_.colour =
      device_.make_image(extent, form.colour, picture_usage, VK_IMAGE_ASPECT_COLOR_BIT, picture);
  }
  target_.depth = device_.make_image(
    extent, form.depth(),
    VK_IMAGE_USAGE_DEPTH_STENCIL_ATTACHMENT_BIT | (several ? 0 : VK_IMAGE_USAGE_TRANSFER_SRC_BIT),
    VK_IMAGE_ASPECT_DEPTH_BIT |
      (form.stencil ? VkImageAspectFlags{VK_IMAGE_ASPECT_STENCIL_BIT} : 0),
    {.samples = form.samples});
  if (!same(extent, finished)) {
    target_.enlarged =
      device_.make_image(finished, form.colour, picture_usage, VK_IMAGE_ASPECT_COLOR_BIT, picture);
    prepare_enlarged();
  }
  make_splats();
}

void frame_drawer::prepare_enlarged() {
  if (shaders_alone_) {
    if (!enlarging_)
      enlarging_.emplace(device_, target_form::stored,
                         flat_shaders{shaders::enlarge_vert, shaders::enlarge_frag, {}, 0, false});
    enlarging_->read(target_.drawn().stored);
    return;
  }
  // The host alone writes it, and the device finds it as it was left.
  device_.run([&](VkCommandBuffer commands) {
    frame_graph graph;
    const auto it = graph.add_image(target_.enlarged.handle.get(), VK_IMAGE_ASPECT_COLOR_BIT);
    graph.add_pass(
      {{it, VK_PIPELINE_STAGE_2_HOST_BIT, VK_ACCESS_2_HOST_WRITE_BIT, finished_layout()}},
      [](VkCommandBuffer) {});
    graph.record(commands);
  });
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
  colour.loadOp =
    target_.enlarged.handle ? VK_ATTACHMENT_LOAD_OP_DONT_CARE : VK_ATTACHMENT_LOAD_OP_LOAD;
  colour.storeOp = VK_ATTACHMENT_STORE_OP_STORE;
  VkRenderingInfo info{VK_STRUCTURE_TYPE_RENDERING_INFO};
  info.renderArea.extent = to.extent;
  info.layerCount = 1;
  info.colorAttachmentCount = 1;
  info.pColorAttachments = &colour;
  vkCmdBeginRendering(into, &info);
  if (target_.enlarged.handle) {
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
  if (!target_.enlarged.handle && request.over.empty())
    return drawn;
  std::vector<frame_graph::use> touched;
  auto finished = drawn;
  if (target_.enlarged.handle) {
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

/// For C++ to see what stands before a particle.
void frame_drawer::copy_depth(frame_graph& graph, frame_graph::resource depth) {
  const VkDeviceSize bytes =
    VkDeviceSize{sizeof(float)} * target_.extent.width * target_.extent.height;
  if (target_.depth_copied.size != bytes)
    target_.depth_copied =
      device_.make_buffer(bytes, VK_BUFFER_USAGE_TRANSFER_DST_BIT, memory_place::host);
  const auto copied = graph.add_buffer(target_.depth_copied.handle.get());
  graph.add_pass({{depth, VK_PIPELINE_STAGE_2_COPY_BIT, VK_ACCESS_2_TRANSFER_READ_BIT,
                   VK_IMAGE_LAYOUT_TRANSFER_SRC_OPTIMAL},
                  {copied, VK_PIPELINE_STAGE_2_COPY_BIT, VK_ACCESS_2_TRANSFER_WRITE_BIT}},
                 [this](VkCommandBuffer into) {
                   VkBufferImageCopy all = whole_picture(target_.extent);
                   all.imageSubresource.aspectMask = VK_IMAGE_ASPECT_DEPTH_BIT;
                   vkCmdCopyImageToBuffer(into, target_.depth.handle.get(),
                                          VK_IMAGE_LAYOUT_TRANSFER_SRC_OPTIMAL,
                                          target_.depth_copied.handle.get(), 1, &all);
                   times_.mark(into, "copying depth");
                 });
  graph.add_pass({{copied, VK_PIPELINE_STAGE_2_HOST_BIT, VK_ACCESS_2_HOST_READ_BIT}},
                 [](VkCommandBuffer) {});
}

/// Where the processor draws, C++ does what comes after drawing. Not while the device draws.
void frame_drawer::finish_in_memory(const gpu::frame_data& frame, const frame_request& request) {
  if (mixes_particles_)
    particle_mixer_.mix(frame, particles_seen(), target_.depth_copied.as<float>(),
                        target_.drawn().pixels());
  if (target_.enlarged.handle)
    enlarger_.enlarge(target_.drawn().pixels(), target_.enlarged.pixels());
  if (!request.over.empty())
    overlay_->mix(target_.finished().pixels());
}

/// Pixels as they are stored, one after the other.
std::vector<std::uint8_t> frame_drawer::read_stored() {
  const image& from = target_.finished();
  const std::size_t row_bytes = std::size_t{4} * from.extent.width;
  std::vector<std::uint8_t> out(row_bytes * from.extent.height);
  if (from.mapped != nullptr) {
    for (std::size_t y = 0; y < from.extent.height; ++y)
      std::copy_n(from.pixels().row(y), row_bytes, &out[y * row_bytes]);
    return out;
  }
  const buffer copied =
    device_.make_buffer(out.size(), VK_BUFFER_USAGE_TRANSFER_DST_BIT, memory_place::host);
  device_.run([&](VkCommandBuffer into) {
    const VkBufferImageCopy copy = whole_picture(from.extent);
    vkCmdCopyImageToBuffer(into, from.handle.get(), finished_layout(), copied.handle.get(), 1,
                           &copy);
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
  std::copy_n(copied.as<std::uint8_t>(), out.size(), out.begin());
  return out;
}

picture frame_drawer::read() {
  picture out;
  out.width = target_.finished().extent.width;
  out.height = target_.finished().extent.height;
  out.rgba = read_stored();
  static_assert(target_form::stored == VK_FORMAT_B8G8R8A8_UNORM);
  for (std::size_t i = 0; i < out.rgba.size(); i += 4)
    std::swap(out.rgba[i], out.rgba[i + 2]);
  return out;
}

} // namespace tessera
