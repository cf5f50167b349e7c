#include "render/frame_graph.hpp"

namespace tessera {

namespace {

constexpr VkAccessFlags2 writes =
  VK_ACCESS_2_SHADER_STORAGE_WRITE_BIT | VK_ACCESS_2_COLOR_ATTACHMENT_WRITE_BIT |
  VK_ACCESS_2_DEPTH_STENCIL_ATTACHMENT_WRITE_BIT | VK_ACCESS_2_TRANSFER_WRITE_BIT |
  VK_ACCESS_2_HOST_WRITE_BIT | VK_ACCESS_2_MEMORY_WRITE_BIT;

} // namespace

struct frame_graph::barriers {
  std::vector<VkImageMemoryBarrier2> images;
  std::vector<VkBufferMemoryBarrier2> buffers;
};

frame_graph::resource frame_graph::add_image(VkImage handle, VkImageAspectFlags aspect) {
  state s;
  s.image = handle;
  s.aspect = aspect;
  resources_.push_back(s);
  return resources_.size() - 1;
}

frame_graph::resource frame_graph::add_buffer(VkBuffer handle) {
  state s;
  s.buffer = handle;
  resources_.push_back(s);
  return resources_.size() - 1;
}

void frame_graph::add_pass(std::vector<use> uses, std::function<void(VkCommandBuffer)> record) {
  passes_.push_back({std::move(uses), std::move(record)});
}

void frame_graph::pass_on(state& of, const use& next, barriers& out) {
  const bool is_image = of.image != VK_NULL_HANDLE;
  const bool moves = is_image && of.layout != next.layout;
  const bool next_writes = (next.access & writes) != 0;
  const bool was_written = of.write_stages != 0;
  // A change of layout is a write; reads wait for the last write once per stage.
  const bool waits = moves || (next_writes && (was_written || of.read_stages != 0)) ||
                     (!next_writes && was_written && (next.stages & ~of.seen_by) != 0);
  if (waits) {
    const VkPipelineStageFlags2 from = of.write_stages | of.read_stages;
    if (is_image) {
      VkImageMemoryBarrier2 b{VK_STRUCTURE_TYPE_IMAGE_MEMORY_BARRIER_2};
      b.srcStageMask = from;
      b.srcAccessMask = of.write_access;
      b.dstStageMask = next.stages;
      b.dstAccessMask = next.access;
      b.oldLayout = of.layout;
      b.newLayout = next.layout;
      b.srcQueueFamilyIndex = VK_QUEUE_FAMILY_IGNORED;
      b.dstQueueFamilyIndex = VK_QUEUE_FAMILY_IGNORED;
      b.image = of.image;
      b.subresourceRange = {of.aspect, 0, 1, 0, 1};
      out.images.push_back(b);
    } else {
      VkBufferMemoryBarrier2 b{VK_STRUCTURE_TYPE_BUFFER_MEMORY_BARRIER_2};
      b.srcStageMask = from;
      b.srcAccessMask = of.write_access;
      b.dstStageMask = next.stages;
      b.dstAccessMask = next.access;
      b.srcQueueFamilyIndex = VK_QUEUE_FAMILY_IGNORED;
      b.dstQueueFamilyIndex = VK_QUEUE_FAMILY_IGNORED;
      b.buffer = of.buffer;
      b.size = VK_WHOLE_SIZE;
      out.buffers.push_back(b);
    }
  }
  of.layout = next.layout;
  if (next_writes || moves) {
    of.write_stages = next.stages;
    of.write_access = next.access & writes;
    of.read_stages = 0;
    of.seen_by = next_writes ? VkPipelineStageFlags2{0} : next.stages;
  }
  if (!next_writes) {
    of.read_stages |= next.stages;
    of.seen_by |= next.stages;
  }
}

void frame_graph::record(VkCommandBuffer into) {
  for (const auto& pass : passes_) {
    barriers between;
    for (const auto& use : pass.uses)
      pass_on(resources_[use.what], use, between);
    if (!between.images.empty() || !between.buffers.empty()) {
      VkDependencyInfo info{VK_STRUCTURE_TYPE_DEPENDENCY_INFO};
      info.imageMemoryBarrierCount = static_cast<std::uint32_t>(between.images.size());
      info.pImageMemoryBarriers = between.images.data();
      info.bufferMemoryBarrierCount = static_cast<std::uint32_t>(between.buffers.size());
      info.pBufferMemoryBarriers = between.buffers.data();
      vkCmdPipelineBarrier2(into, &info);
    }
    pass.record(into);
  }
}

} // namespace tessera
