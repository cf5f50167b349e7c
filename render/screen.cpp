#include "render/screen.hpp"

#include "render/window.hpp"

#define GLFW_INCLUDE_NONE
#include <GLFW/glfw3.h>
#include <algorithm>

namespace tessera {

namespace {

owned<VkSemaphore> make_semaphore(const device& on) {
  const VkSemaphoreCreateInfo info{VK_STRUCTURE_TYPE_SEMAPHORE_CREATE_INFO};
  VkSemaphore handle = VK_NULL_HANDLE;
  check(vkCreateSemaphore(on.get(), &info, nullptr, &handle), "making a semaphore");
  return {on.get(), handle, vkDestroySemaphore};
}

VkSurfaceFormatKHR choose_format(const device& on, VkSurfaceKHR surface) {
  std::uint32_t count = 0;
  check(vkGetPhysicalDeviceSurfaceFormatsKHR(on.physical(), surface, &count, nullptr),
        "asking the window for formats");
  std::vector<VkSurfaceFormatKHR> all(count);
  check(vkGetPhysicalDeviceSurfaceFormatsKHR(on.physical(), surface, &count, all.data()),
        "asking the window for formats");
  // Not the sRGB ones: pictures are stored as bytes that are sRGB already.
  for (auto wanted : {VK_FORMAT_B8G8R8A8_UNORM, VK_FORMAT_R8G8B8A8_UNORM})
    for (const auto& one : all)
      if (one.format == wanted && one.colorSpace == VK_COLOR_SPACE_SRGB_NONLINEAR_KHR)
        return one;
  throw std::runtime_error("no window: it shows none of the formats that pictures have");
}

/// FIFO is always there, and waits for the screen. Where the processor draws it would wait for what it has no
/// time to wait for; a mailbox takes the newest picture whenever it comes, and does not tear either.
VkPresentModeKHR choose_mode(const device& on, VkSurfaceKHR surface) {
  if (!on.is_software())
    return VK_PRESENT_MODE_FIFO_KHR;
  std::uint32_t count = 0;
  check(vkGetPhysicalDeviceSurfacePresentModesKHR(on.physical(), surface, &count, nullptr),
        "asking the window how it shows pictures");
  std::vector<VkPresentModeKHR> all(count);
  check(vkGetPhysicalDeviceSurfacePresentModesKHR(on.physical(), surface, &count, all.data()),
        "asking the window how it shows pictures");
  const bool has = std::find(all.begin(), all.end(), VK_PRESENT_MODE_MAILBOX_KHR) != all.end();
  return has ? VK_PRESENT_MODE_MAILBOX_KHR : VK_PRESENT_MODE_FIFO_KHR;
}

VkImageMemoryBarrier2 barrier(VkImage of, VkImageLayout from, VkImageLayout to) {
  VkImageMemoryBarrier2 out{VK_STRUCTURE_TYPE_IMAGE_MEMORY_BARRIER_2};
  out.image = of;
  out.oldLayout = from;
  out.newLayout = to;
  out.srcQueueFamilyIndex = VK_QUEUE_FAMILY_IGNORED;
  out.dstQueueFamilyIndex = VK_QUEUE_FAMILY_IGNORED;
  out.subresourceRange = {VK_IMAGE_ASPECT_COLOR_BIT, 0, 1, 0, 1};
  return out;
}

void put(VkCommandBuffer into, const VkImageMemoryBarrier2& one) {
  VkDependencyInfo info{VK_STRUCTURE_TYPE_DEPENDENCY_INFO};
  info.imageMemoryBarrierCount = 1;
  info.pImageMemoryBarriers = &one;
  vkCmdPipelineBarrier2(into, &info);
}

} // namespace

screen::screen(device& on, const window& where) : device_(on), window_(where) {
  check(glfwCreateWindowSurface(on.instance(), where.handle(), nullptr, &surface_),
        "showing something in the window");
  VkBool32 shows = VK_FALSE;
  check(vkGetPhysicalDeviceSurfaceSupportKHR(on.physical(), on.family(), surface_, &shows),
        "asking whether the device can show something");
  if (shows == VK_FALSE) {
    vkDestroySurfaceKHR(on.instance(), surface_, nullptr);
    throw std::runtime_error("no window: " + on.name() + " cannot show anything on this desktop");
  }
  acquired_ = make_semaphore(on);
}

screen::~screen() {
  forget_images();
  vkDestroySurfaceKHR(device_.instance(), surface_, nullptr);
}

void screen::forget_images() {
  // The desktop may still read the last one shown.
  vkDeviceWaitIdle(device_.get());
  if (chain_ != VK_NULL_HANDLE)
    vkDestroySwapchainKHR(device_.get(), chain_, nullptr);
  chain_ = VK_NULL_HANDLE;
  images_.clear();
  copied_.clear();
}

VkExtent2D screen::extent() {
  const auto [width, height] = window_.size();
  if (width == 0 || height == 0)
    return {};
  if (stale_ || extent_.width != width || extent_.height != height)
    make_images();
  return extent_;
}

void screen::make_images() {
  forget_images();
  VkSurfaceCapabilitiesKHR can{};
  check(vkGetPhysicalDeviceSurfaceCapabilitiesKHR(device_.physical(), surface_, &can),
        "asking the window for its size");
  extent_ = can.currentExtent;
  if (extent_.width == ~std::uint32_t{0}) { // the picture decides
    const auto [width, height] = window_.size();
    extent_ = {width, height};
  }
  stale_ = false;
  if (extent_.width == 0 || extent_.height == 0)
    return;
  const VkSurfaceFormatKHR format = choose_format(device_, surface_);
  VkSwapchainCreateInfoKHR info{VK_STRUCTURE_TYPE_SWAPCHAIN_CREATE_INFO_KHR};
  info.surface = surface_;
  info.minImageCount = std::max(can.minImageCount, 3U); // one shown, one waiting, one drawn
  if (can.maxImageCount != 0)
    info.minImageCount = std::min(info.minImageCount, can.maxImageCount);
  info.imageFormat = format.format;
  info.imageColorSpace = format.colorSpace;
  info.imageExtent = extent_;
  info.imageArrayLayers = 1;
  info.imageUsage = VK_IMAGE_USAGE_TRANSFER_DST_BIT;
  info.preTransform = can.currentTransform;
  info.compositeAlpha = VK_COMPOSITE_ALPHA_OPAQUE_BIT_KHR;
  info.presentMode = choose_mode(device_, surface_);
  info.clipped = VK_TRUE;
  check(vkCreateSwapchainKHR(device_.get(), &info, nullptr, &chain_), "making the window's images");
  std::uint32_t count = 0;
  check(vkGetSwapchainImagesKHR(device_.get(), chain_, &count, nullptr), "taking its images");
  images_.resize(count);
  check(vkGetSwapchainImagesKHR(device_.get(), chain_, &count, images_.data()),
        "taking its images");
  for (std::uint32_t i = 0; i < count; ++i)
    copied_.push_back(make_semaphore(device_));
}

void screen::copy(VkCommandBuffer into, const image& from, VkImageLayout lies, VkImage to) const {
  auto begin = barrier(to, VK_IMAGE_LAYOUT_UNDEFINED, VK_IMAGE_LAYOUT_TRANSFER_DST_OPTIMAL);
  begin.srcStageMask = VK_PIPELINE_STAGE_2_ALL_TRANSFER_BIT; // where the semaphore is waited for
  begin.dstStageMask = VK_PIPELINE_STAGE_2_ALL_TRANSFER_BIT;
  begin.dstAccessMask = VK_ACCESS_2_TRANSFER_WRITE_BIT;
  put(into, begin);
  VkImageBlit area{};
  area.srcSubresource = {VK_IMAGE_ASPECT_COLOR_BIT, 0, 0, 1};
  area.dstSubresource = area.srcSubresource;
  area.srcOffsets[1] = {static_cast<std::int32_t>(from.extent.width),
                        static_cast<std::int32_t>(from.extent.height), 1};
  area.dstOffsets[1] = {static_cast<std::int32_t>(extent_.width),
                        static_cast<std::int32_t>(extent_.height), 1};
  vkCmdBlitImage(into, from.handle.get(), lies, to, VK_IMAGE_LAYOUT_TRANSFER_DST_OPTIMAL, 1, &area,
                 from.extent.width == extent_.width ? VK_FILTER_NEAREST : VK_FILTER_LINEAR);
  auto end = barrier(to, VK_IMAGE_LAYOUT_TRANSFER_DST_OPTIMAL, VK_IMAGE_LAYOUT_PRESENT_SRC_KHR);
  end.srcStageMask = VK_PIPELINE_STAGE_2_ALL_TRANSFER_BIT;
  end.srcAccessMask = VK_ACCESS_2_TRANSFER_WRITE_BIT;
  put(into, end);
}

void screen::show(const image& finished, VkImageLayout lies) {
  if (images_.empty())
    return;
  std::uint32_t which = 0;
  const VkResult got = vkAcquireNextImageKHR(device_.get(), chain_, ~std::uint64_t{0},
                                             acquired_.get(), VK_NULL_HANDLE, &which);
  if (got == VK_ERROR_OUT_OF_DATE_KHR) {
    stale_ = true;
    return;
  }
  check(got, "taking one of the window's images");
  const VkSemaphore copied = copied_[which].get();
  device_.submit([&](VkCommandBuffer into) { copy(into, finished, lies, images_[which]); },
                 {acquired_.get(), copied});
  VkPresentInfoKHR info{VK_STRUCTURE_TYPE_PRESENT_INFO_KHR};
  info.waitSemaphoreCount = 1;
  info.pWaitSemaphores = &copied;
  info.swapchainCount = 1;
  info.pSwapchains = &chain_;
  info.pImageIndices = &which;
  const VkResult shown = vkQueuePresentKHR(device_.queue(), &info);
  stale_ =
    got == VK_SUBOPTIMAL_KHR || shown == VK_SUBOPTIMAL_KHR || shown == VK_ERROR_OUT_OF_DATE_KHR;
  if (shown != VK_ERROR_OUT_OF_DATE_KHR)
    check(shown, "showing a picture");
}

} // namespace tessera
