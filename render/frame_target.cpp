// Of frame_drawer: the images that it draws into, and what becomes of them.
#include "render/frame_drawer.hpp"

namespace tessera {

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
  target_.colour = device_.make_image(
    extent, form.colour,
    VK_IMAGE_USAGE_COLOR_ATTACHMENT_BIT |
      (several ? VK_IMAGE_USAGE_TRANSIENT_ATTACHMENT_BIT : VK_IMAGE_USAGE_TRANSFER_SRC_BIT),
    VK_IMAGE_ASPECT_COLOR_BIT, form.samples, target_form::stored);
  target_.depth =
    device_.make_image(extent, form.depth(), VK_IMAGE_USAGE_DEPTH_STENCIL_ATTACHMENT_BIT,
                       VK_IMAGE_ASPECT_DEPTH_BIT |
                         (form.stencil ? VkImageAspectFlags{VK_IMAGE_ASPECT_STENCIL_BIT} : 0),
                       form.samples);
  if (several)
    target_.resolved = device_.make_image(
      extent, form.colour, VK_IMAGE_USAGE_COLOR_ATTACHMENT_BIT | VK_IMAGE_USAGE_TRANSFER_SRC_BIT,
      VK_IMAGE_ASPECT_COLOR_BIT, VK_SAMPLE_COUNT_1_BIT, target_form::stored);
  if (!same(extent, finished))
    target_.enlarged =
      device_.make_image(finished, form.colour,
                         VK_IMAGE_USAGE_COLOR_ATTACHMENT_BIT | VK_IMAGE_USAGE_TRANSFER_SRC_BIT |
                           VK_IMAGE_USAGE_TRANSFER_DST_BIT,
                         VK_IMAGE_ASPECT_COLOR_BIT, VK_SAMPLE_COUNT_1_BIT, target_form::stored);
  make_splats();
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
  const auto place = particles_on_device_ ? memory_place::device : memory_place::host;
  target_.particles =
    device_.make_texel_buffer(particle_words(target_.extent.width, target_.extent.height) * 8,
                              VK_FORMAT_R32G32_UINT, usage, place);
  table_.bind_buffer(gpu::particles_binding, target_.particles);
  table_.bind_buffer(gpu::particle_texels_binding, target_.particles);
  target_.particle_tiles = device_.make_buffer(VkDeviceSize{splat_tiles_} * 4, usage, place);
  table_.bind_buffer(gpu::particle_tiles_binding, target_.particle_tiles);
}

void frame_drawer::record_enlarging(VkCommandBuffer into) const {
  const image& from = target_.drawn();
  const image& to = target_.enlarged;
  VkImageBlit area{};
  area.srcSubresource = {VK_IMAGE_ASPECT_COLOR_BIT, 0, 0, 1};
  area.dstSubresource = area.srcSubresource;
  area.srcOffsets[1] = {static_cast<std::int32_t>(from.extent.width),
                        static_cast<std::int32_t>(from.extent.height), 1};
  area.dstOffsets[1] = {static_cast<std::int32_t>(to.extent.width),
                        static_cast<std::int32_t>(to.extent.height), 1};
  vkCmdBlitImage(into, from.handle.get(), VK_IMAGE_LAYOUT_TRANSFER_SRC_OPTIMAL, to.handle.get(),
                 VK_IMAGE_LAYOUT_TRANSFER_DST_OPTIMAL, 1, &area, VK_FILTER_LINEAR);
}

picture frame_drawer::read() {
  const image& from = target_.finished();
  const buffer pixels =
    device_.make_buffer(VkDeviceSize{4} * from.extent.width * from.extent.height,
                        VK_BUFFER_USAGE_TRANSFER_DST_BIT, memory_place::host);
  device_.run([&](VkCommandBuffer into) {
    VkBufferImageCopy copy{};
    copy.imageSubresource = {VK_IMAGE_ASPECT_COLOR_BIT, 0, 0, 1};
    copy.imageExtent = {from.extent.width, from.extent.height, 1};
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
  const auto* bytes = pixels.as<std::uint8_t>();
  out.rgba.assign(bytes, bytes + pixels.size);
  return out;
}

} // namespace tessera
