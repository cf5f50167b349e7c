// What is made on a device, and how it is made to work.
#include "render/device.hpp"

#include <algorithm>

namespace tessera {

std::uint32_t device::memory_type(std::uint32_t allowed, memory_place where) const {
  const VkMemoryPropertyFlags needed =
    where == memory_place::host
      ? VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT | VK_MEMORY_PROPERTY_HOST_COHERENT_BIT
      : VK_MEMORY_PROPERTY_DEVICE_LOCAL_BIT;
  for (std::uint32_t i = 0; i < memory_.memoryTypeCount; ++i)
    if ((allowed >> i & 1) != 0 && (memory_.memoryTypes[i].propertyFlags & needed) == needed)
      return i;
  throw std::runtime_error(name_ + " has no memory of the kind that is needed");
}

device_memory device::allocate(const VkMemoryRequirements& needs, memory_place where) const {
  VkMemoryAllocateInfo info{VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_INFO};
  info.allocationSize = needs.size;
  info.memoryTypeIndex = memory_type(needs.memoryTypeBits, where);
  VkDeviceMemory memory = VK_NULL_HANDLE;
  check(vkAllocateMemory(device_, &info, nullptr, &memory), "allocating memory");
  return {{device_, memory, vkFreeMemory}, needs.size, bytes_in_use_};
}

buffer device::make_buffer(VkDeviceSize bytes, VkBufferUsageFlags usage, memory_place where) const {
  buffer out;
  out.size = bytes == 0 ? 4 : bytes; // none is empty
  VkBufferCreateInfo info{VK_STRUCTURE_TYPE_BUFFER_CREATE_INFO};
  info.size = out.size;
  info.usage = usage;
  VkBuffer handle = VK_NULL_HANDLE;
  check(vkCreateBuffer(device_, &info, nullptr, &handle), "making a buffer");
  out.handle = {device_, handle, vkDestroyBuffer};
  VkMemoryRequirements needs;
  vkGetBufferMemoryRequirements(device_, handle, &needs);
  out.memory = allocate(needs, where);
  check(vkBindBufferMemory(device_, handle, out.memory.get(), 0), "binding a buffer");
  if (where == memory_place::host) {
    void* at = nullptr;
    check(vkMapMemory(device_, out.memory.get(), 0, VK_WHOLE_SIZE, 0, &at), "mapping a buffer");
    out.mapped = static_cast<std::byte*>(at);
  }
  return out;
}

buffer device::make_texel_buffer(VkDeviceSize bytes, VkFormat format, VkBufferUsageFlags usage,
                                 memory_place where) const {
  // A view has whole texels; none of ours is larger than 16 bytes.
  buffer out = make_buffer((std::max<VkDeviceSize>(bytes, 1) + 15) / 16 * 16,
                           usage | VK_BUFFER_USAGE_UNIFORM_TEXEL_BUFFER_BIT, where);
  VkBufferViewCreateInfo info{VK_STRUCTURE_TYPE_BUFFER_VIEW_CREATE_INFO};
  info.buffer = out.handle.get();
  info.format = format;
  info.range = VK_WHOLE_SIZE;
  VkBufferView view = VK_NULL_HANDLE;
  check(vkCreateBufferView(device_, &info, nullptr, &view), "making a view of a buffer");
  out.texels = {device_, view, vkDestroyBufferView};
  return out;
}

image device::make_image(VkExtent2D extent, VkFormat format, VkImageUsageFlags usage,
                         VkImageAspectFlags aspect, const image_options& options) const {
  const bool mapped = options.where == memory_place::host;
  image out;
  out.format = format;
  out.extent = extent;
  VkImageCreateInfo info{VK_STRUCTURE_TYPE_IMAGE_CREATE_INFO};
  info.imageType = VK_IMAGE_TYPE_2D;
  info.format = format;
  const bool stored_otherwise =
    options.stored_as != VK_FORMAT_UNDEFINED && options.stored_as != format;
  if (stored_otherwise) {
    info.flags = VK_IMAGE_CREATE_MUTABLE_FORMAT_BIT;
    info.format = options.stored_as;
  }
  info.extent = {extent.width, extent.height, 1};
  info.mipLevels = 1;
  info.arrayLayers = 1;
  info.samples = options.samples;
  info.usage = usage;
  info.tiling = mapped ? VK_IMAGE_TILING_LINEAR : VK_IMAGE_TILING_OPTIMAL;
  VkImage handle = VK_NULL_HANDLE;
  check(vkCreateImage(device_, &info, nullptr, &handle), "making an image");
  out.handle = {device_, handle, vkDestroyImage};
  VkMemoryRequirements needs;
  vkGetImageMemoryRequirements(device_, handle, &needs);
  out.memory = allocate(needs, options.where);
  check(vkBindImageMemory(device_, handle, out.memory.get(), 0), "binding an image");
  if (mapped) {
    void* at = nullptr;
    check(vkMapMemory(device_, out.memory.get(), 0, VK_WHOLE_SIZE, 0, &at), "mapping an image");
    const VkImageSubresource whole{aspect, 0, 0};
    VkSubresourceLayout lies{};
    vkGetImageSubresourceLayout(device_, handle, &whole, &lies);
    out.mapped = static_cast<std::uint8_t*>(at) + lies.offset;
    out.row_bytes = lies.rowPitch;
  }
  auto make_view = [&](VkFormat as) -> owned<VkImageView> {
    VkImageViewCreateInfo view{VK_STRUCTURE_TYPE_IMAGE_VIEW_CREATE_INFO};
    view.image = handle;
    view.viewType = VK_IMAGE_VIEW_TYPE_2D;
    view.format = as;
    view.subresourceRange = {aspect, 0, 1, 0, 1};
    VkImageView seen = VK_NULL_HANDLE;
    check(vkCreateImageView(device_, &view, nullptr, &seen), "making a view");
    return {device_, seen, vkDestroyImageView};
  };
  out.view = make_view(format);
  if (stored_otherwise)
    out.stored = make_view(options.stored_as);
  return out;
}

bool device::maps_images(VkFormat format, VkImageUsageFlags usage) const {
  VkImageFormatProperties unused{};
  return vkGetPhysicalDeviceImageFormatProperties(
           physical_, format, VK_IMAGE_TYPE_2D, VK_IMAGE_TILING_LINEAR, usage,
           VK_IMAGE_CREATE_MUTABLE_FORMAT_BIT, &unused) == VK_SUCCESS;
}

void device::submit(const std::function<void(VkCommandBuffer)>& record, const signals& with) {
  wait();
  if (lost_)
    throw vulkan_error(VK_ERROR_DEVICE_LOST, "submitting");
  VkCommandBufferBeginInfo begin{VK_STRUCTURE_TYPE_COMMAND_BUFFER_BEGIN_INFO};
  begin.flags = VK_COMMAND_BUFFER_USAGE_ONE_TIME_SUBMIT_BIT;
  check(vkBeginCommandBuffer(commands_, &begin), "beginning commands");
  record(commands_);
  check(vkEndCommandBuffer(commands_), "ending commands");
  VkCommandBufferSubmitInfo commands{VK_STRUCTURE_TYPE_COMMAND_BUFFER_SUBMIT_INFO};
  commands.commandBuffer = commands_;
  VkSemaphoreSubmitInfo first{VK_STRUCTURE_TYPE_SEMAPHORE_SUBMIT_INFO};
  first.semaphore = with.copies_wait_for;
  first.stageMask = VK_PIPELINE_STAGE_2_ALL_TRANSFER_BIT;
  VkSemaphoreSubmitInfo done[2] = {{VK_STRUCTURE_TYPE_SEMAPHORE_SUBMIT_INFO},
                                   {VK_STRUCTURE_TYPE_SEMAPHORE_SUBMIT_INFO}};
  done[0].semaphore = finished_;
  done[0].value = ++submitted_;
  done[0].stageMask = VK_PIPELINE_STAGE_2_ALL_COMMANDS_BIT;
  done[1].semaphore = with.done;
  done[1].stageMask = VK_PIPELINE_STAGE_2_ALL_COMMANDS_BIT;
  VkSubmitInfo2 submit{VK_STRUCTURE_TYPE_SUBMIT_INFO_2};
  submit.commandBufferInfoCount = 1;
  submit.pCommandBufferInfos = &commands;
  submit.waitSemaphoreInfoCount = with.copies_wait_for == VK_NULL_HANDLE ? 0 : 1;
  submit.pWaitSemaphoreInfos = &first;
  submit.signalSemaphoreInfoCount = with.done == VK_NULL_HANDLE ? 1 : 2;
  submit.pSignalSemaphoreInfos = done;
  check(vkQueueSubmit2(queue_, 1, &submit, VK_NULL_HANDLE), "submitting");
}

void device::wait() {
  VkSemaphoreWaitInfo wait{VK_STRUCTURE_TYPE_SEMAPHORE_WAIT_INFO};
  wait.semaphoreCount = 1;
  wait.pSemaphores = &finished_;
  wait.pValues = &submitted_;
  check(vkWaitSemaphores(device_, &wait, ~std::uint64_t{0}), "waiting for the device");
}

void device::run(const std::function<void(VkCommandBuffer)>& record) {
  submit(record);
  wait();
}

} // namespace tessera
