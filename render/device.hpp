// One Vulkan device with one queue, and what is made on it.
//
// Always true: the device has everything that the shaders and passes ask for (Vulkan 1.3, dynamic rendering,
// synchronization2, timeline semaphores, scalar block layout, indirect draws), or it is not chosen and the
// error says what is missing; every message of the validation layers is counted and kept.
//
// Thread: one at a time. Messages may come on any thread.
#pragma once

#include "core/error.hpp"
#include "render/mapped_pixels.hpp"
#include "render/vulkan.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace tessera {

/// A piece of a device's memory, counted while it lives.
class device_memory {
public:
  device_memory() = default;
  device_memory(owned<VkDeviceMemory> handle, VkDeviceSize bytes, VkDeviceSize& of_all)
    : handle_(std::move(handle)), bytes_(bytes), of_all_(&of_all) {
    of_all += bytes;
  }
  device_memory(device_memory&& other) noexcept { swap(other); }
  device_memory& operator=(device_memory&& other) noexcept {
    device_memory moved(std::move(other));
    swap(moved);
    return *this;
  }
  ~device_memory() {
    if (of_all_ != nullptr)
      *of_all_ -= bytes_;
  }
  VkDeviceMemory get() const { return handle_.get(); }

private:
  void swap(device_memory& other) noexcept {
    std::swap(handle_, other.handle_);
    std::swap(bytes_, other.bytes_);
    std::swap(of_all_, other.of_all_);
  }

  owned<VkDeviceMemory> handle_;
  VkDeviceSize bytes_ = 0;
  VkDeviceSize* of_all_ = nullptr; ///< the device outlives what is made on it
};

/// Memory that the device reads or writes; mapped where the host does, too.
struct buffer {
  device_memory memory; // first: it goes last
  owned<VkBuffer> handle;
  owned<VkBufferView> texels; ///< where shaders read it so
  std::byte* mapped = nullptr;
  VkDeviceSize size = 0;

  template <class T>
  T* as() const {
    return reinterpret_cast<T*>(mapped);
  }
};

struct image {
  device_memory memory;
  owned<VkImage> handle;
  owned<VkImageView> view;
  owned<VkImageView> stored; ///< its texels as they are stored; null where `view` shows them so
  VkFormat format = VK_FORMAT_UNDEFINED;
  VkExtent2D extent{};
  std::uint8_t* mapped = nullptr; ///< its first row, where the host sees it
  std::size_t row_bytes = 0;

  /// Of four bytes a pixel. Not while the device has it.
  mapped_pixels pixels() const { return {mapped, row_bytes, extent.width, extent.height}; }
};

enum class memory_place {
  host,   ///< mapped; the device reads or writes it over whatever lies between
  device, ///< the device's own
};

struct image_options {
  VkSampleCountFlagBits samples = VK_SAMPLE_COUNT_1_BIT;
  /// What copies and a second view take its texels for; undefined: for what they are.
  VkFormat stored_as = VK_FORMAT_UNDEFINED;
  memory_place where = memory_place::device; ///< host: row by row, where device::maps_images()
};

struct device_options {
  bool validate = false;             ///< with the validation layers, synchronisation checked too
  bool without_wide_atomics = false; ///< as if it had none; for tests
  /// What a window's desktop wants of Vulkan; empty: the device will show nothing.
  std::vector<const char*> window_extensions;
};

/// Semaphores of a submission, null for none: what its copies wait for, what is told when all is done.
struct signals {
  VkSemaphore copies_wait_for = VK_NULL_HANDLE;
  VkSemaphore done = VK_NULL_HANDLE;
};

class device {
public:
  /// Errors of failure: no Vulkan, no device that can draw, no layers.
  static result<std::unique_ptr<device>> open(const device_options& options);
  ~device();
  device(const device&) = delete;
  device& operator=(const device&) = delete;

  VkInstance instance() const { return instance_; }
  VkDevice get() const { return device_; }
  VkPhysicalDevice physical() const { return physical_; }
  VkQueue queue() const { return queue_; }
  std::uint32_t family() const { return family_; }
  const std::string& name() const { return name_; }
  bool is_software() const { return software_; }
  /// Shaders may take the larger of two 64-bit words in a buffer, whoever else does.
  bool has_wide_atomics() const { return wide_atomics_; }
  const VkPhysicalDeviceLimits& limits() const { return limits_; }
  /// Memory of everything that was made on it and lives.
  VkDeviceSize bytes_in_use() const { return bytes_in_use_; }

  buffer make_buffer(VkDeviceSize bytes, VkBufferUsageFlags usage, memory_place where) const;
  /// That shaders also read as texels of this format.
  buffer make_texel_buffer(VkDeviceSize bytes, VkFormat format, VkBufferUsageFlags usage,
                           memory_place where) const;
  image make_image(VkExtent2D extent, VkFormat format, VkImageUsageFlags usage,
                   VkImageAspectFlags aspect, const image_options& options = {}) const;
  /// Such an image can lie where the host sees it.
  bool maps_images(VkFormat format, VkImageUsageFlags usage) const;

  /// Records commands and has them run, once what was submitted before has ended.
  void submit(const std::function<void(VkCommandBuffer)>& record, const signals& with = {});
  /// Until all that was submitted has ended: what it touches is the host's again.
  void wait();
  /// Both.
  void run(const std::function<void(VkCommandBuffer)>& record);

  /// As if it had been lost: nothing runs any more. For tests.
  void lose() { lost_ = true; }

  std::uint64_t message_count() const { return message_count_.load(); }
  /// The first of them.
  std::vector<std::string> messages() const;
  void take_message(std::string text);

private:
  device() = default;
  void make_instance(const device_options& options);
  void choose_physical();
  void make_device(const device_options& options);
  std::uint32_t memory_type(std::uint32_t allowed, memory_place where) const;
  device_memory allocate(const VkMemoryRequirements& needs, memory_place where) const;

  VkInstance instance_ = VK_NULL_HANDLE;
  VkDebugUtilsMessengerEXT messenger_ = VK_NULL_HANDLE;
  VkPhysicalDevice physical_ = VK_NULL_HANDLE;
  VkDevice device_ = VK_NULL_HANDLE;
  VkQueue queue_ = VK_NULL_HANDLE;
  std::uint32_t family_ = 0;
  std::string name_;
  bool software_ = false;
  bool wide_atomics_ = false;
  VkPhysicalDeviceLimits limits_{};
  VkPhysicalDeviceMemoryProperties memory_{};
  VkCommandPool pool_ = VK_NULL_HANDLE;
  VkCommandBuffer commands_ = VK_NULL_HANDLE;
  VkSemaphore finished_ = VK_NULL_HANDLE; ///< a timeline: how many submissions have ended
  std::uint64_t submitted_ = 0;
  bool lost_ = false;
  mutable VkDeviceSize bytes_in_use_ = 0;
  std::atomic<std::uint64_t> message_count_{0};
  mutable std::mutex messages_mutex_;
  std::vector<std::string> messages_;
};

} // namespace tessera
