// The images that a window shows, and how a finished picture gets into them.
//
// Always true: the images are as large as the window, made anew when it changed; while it is minimised there
// are none and nothing is shown; a picture is copied as it is.
#pragma once

#include "render/device.hpp"

#include <vector>

namespace tessera {

class window;

class screen {
public:
  /// The device was opened for showing. The window outlives it.
  screen(device& on, const window& where);
  ~screen();
  screen(const screen&) = delete;
  screen& operator=(const screen&) = delete;

  /// Size of what is shown next; 0 x 0 while nothing can be.
  VkExtent2D extent();

  /// `finished` lies so, as can be copied from, and nothing writes to it any more. Nothing is shown where the window
  /// has just changed: the next frame finds out.
  void show(const image& finished, VkImageLayout lies);

private:
  void make_images();
  void forget_images();
  void copy(VkCommandBuffer into, const image& from, VkImageLayout lies, VkImage to) const;

  device& device_;
  const window& window_;
  VkSurfaceKHR surface_ = VK_NULL_HANDLE;
  VkSwapchainKHR chain_ = VK_NULL_HANDLE;
  VkExtent2D extent_{};
  bool stale_ = true; ///< the window says that its images no longer fit
  std::vector<VkImage> images_;
  owned<VkSemaphore> acquired_;
  std::vector<owned<VkSemaphore>>
    copied_; ///< one per image: the desktop lets go of it with the image
};

} // namespace tessera
