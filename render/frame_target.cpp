// Of frame_drawer: the images that it draws into, and what becomes of them.
#include "render/frame_drawer.hpp"

namespace tessera {

/// `request` is of what is drawn; `finished` is the size that it is to have.
void frame_drawer::prepare_target(const frame_request& request, VkExtent2D finished) {
  target_form form;
  form.samples = request.smooth ? VK_SAMPLE_COUNT_4_BIT : VK_SAMPLE_COUNT_1_BIT;
  const VkExtent2D extent{request.width, request.height};
  const bool same_form = drawing_.terrain && target_.form == form;
  if (!same_form)
    drawing_ = make_drawing_pipelines(device_, table_, form);
  auto same = [](VkExtent2D l, VkExtent2D r) { return l.width == r.width && l.height == r.height; };
  if (same_form && same(target_.extent, extent) && same(target_.finished().extent, finished))
    return;
  target_ = {};
  target_.form = form;
  target_.extent = extent;
  const bool several = form.samples != VK_SAMPLE_COUNT_1_BIT;
  target_.colour = device_.make_image(
    extent, form.colour,
    VK_IMAGE_USAGE_COLOR_ATTACHMENT_BIT |
      (several ? VK_IMAGE_USAGE_TRANSIENT_ATTACHMENT_BIT : VK_IMAGE_USAGE_TRANSFER_SRC_BIT),
    VK_IMAGE_ASPECT_COLOR_BIT, form.samples);
  target_.depth =
    device_.make_image(extent, form.depth, VK_IMAGE_USAGE_DEPTH_STENCIL_ATTACHMENT_BIT,
                       VK_IMAGE_ASPECT_DEPTH_BIT | VK_IMAGE_ASPECT_STENCIL_BIT, form.samples);
  if (several)
    target_.resolved = device_.make_image(
      extent, form.colour, VK_IMAGE_USAGE_COLOR_ATTACHMENT_BIT | VK_IMAGE_USAGE_TRANSFER_SRC_BIT,
      VK_IMAGE_ASPECT_COLOR_BIT);
  if (!same(extent, finished))
    target_.enlarged =
      device_.make_image(finished, form.colour,
                         VK_IMAGE_USAGE_COLOR_ATTACHMENT_BIT | VK_IMAGE_USAGE_TRANSFER_SRC_BIT |
                           VK_IMAGE_USAGE_TRANSFER_DST_BIT,
                         VK_IMAGE_ASPECT_COLOR_BIT);
  target_.pixels = device_.make_buffer(VkDeviceSize{4} * finished.width * finished.height,
                                       VK_BUFFER_USAGE_TRANSFER_DST_BIT, memory_place::host);
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

void frame_drawer::record_copies(VkCommandBuffer into) {
  VkBufferImageCopy copy{};
  copy.imageSubresource = {VK_IMAGE_ASPECT_COLOR_BIT, 0, 0, 1};
  const VkExtent2D extent = target_.finished().extent;
  copy.imageExtent = {extent.width, extent.height, 1};
  vkCmdCopyImageToBuffer(into, target_.finished().handle.get(),
                         VK_IMAGE_LAYOUT_TRANSFER_SRC_OPTIMAL, target_.pixels.handle.get(), 1,
                         &copy);
  const VkBufferCopy all{0, 0, world_.draws().size};
  vkCmdCopyBuffer(into, world_.draws().handle.get(), draws_read_.handle.get(), 1, &all);
}

picture frame_drawer::read() const {
  picture out;
  out.width = target_.finished().extent.width;
  out.height = target_.finished().extent.height;
  const auto* bytes = target_.pixels.as<std::uint8_t>();
  out.rgba.assign(bytes, bytes + target_.pixels.size);
  return out;
}

} // namespace tessera
