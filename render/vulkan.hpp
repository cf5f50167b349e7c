// The one way in which this folder sees Vulkan: through volk, which finds the loader when it runs, so that
// a program starts where there is none.
//
// Always true: a call of Vulkan that fails throws vulkan_error; the renderer's own face catches it and gives
// an error as a value. In between lie functions that nobody outside this folder calls, and dozens of calls
// each, of which a caller could tell none apart.
#pragma once

#define VK_NO_PROTOTYPES
#include <volk.h>

#include <stdexcept>
#include <string>
#include <utility>

namespace tessera {

struct vulkan_error : std::runtime_error {
  vulkan_error(VkResult what, const std::string& doing);
  VkResult code;
};

inline void check(VkResult result, const char* doing) {
  if (result < 0) [[unlikely]]
    throw vulkan_error(result, doing);
}

/// Something of a device that one owner destroys.
template <class Handle>
class owned {
public:
  using destroyer = void (*)(VkDevice, Handle, const VkAllocationCallbacks*);

  owned() = default;
  owned(VkDevice device, Handle handle, destroyer destroy)
    : device_(device), handle_(handle), destroy_(destroy) {}
  owned(owned&& other) noexcept { swap(other); }
  owned& operator=(owned&& other) noexcept {
    owned moved(std::move(other));
    swap(moved);
    return *this;
  }
  ~owned() {
    if (handle_ != VK_NULL_HANDLE)
      destroy_(device_, handle_, nullptr);
  }

  Handle get() const { return handle_; }
  explicit operator bool() const { return handle_ != VK_NULL_HANDLE; }

private:
  void swap(owned& other) noexcept {
    std::swap(device_, other.device_);
    std::swap(handle_, other.handle_);
    std::swap(destroy_, other.destroy_);
  }

  VkDevice device_ = VK_NULL_HANDLE;
  Handle handle_ = VK_NULL_HANDLE;
  destroyer destroy_ = nullptr;
};

} // namespace tessera
