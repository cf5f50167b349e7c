// The passes of one frame, each with what it reads and writes; from that, the barriers between them.
//
// Always true: passes run in the order in which they were added; between two uses of a resource of which
// one writes, or that differ in layout, lies exactly one barrier, from the stages that used it to those that
// will; reads do not wait for reads. A pass that does not name what it touches is found by synchronisation
// validation, under which the tests draw.
#pragma once

#include "render/vulkan.hpp"

#include <functional>
#include <string>
#include <vector>

namespace tessera {

class frame_graph {
public:
  using resource = std::size_t;

  struct use {
    resource what = 0;
    VkPipelineStageFlags2 stages = 0;
    VkAccessFlags2 access = 0;
    VkImageLayout layout = VK_IMAGE_LAYOUT_UNDEFINED; ///< of images: in which the pass wants it
  };

  /// What it held before does not matter.
  resource add_image(VkImage handle, VkImageAspectFlags aspect);
  /// Written by the host, if at all, before the frame was submitted: no barrier is needed for that.
  resource add_buffer(VkBuffer handle);

  void add_pass(std::vector<use> uses, std::function<void(VkCommandBuffer)> record);

  void record(VkCommandBuffer into);

private:
  struct state {
    VkImage image = VK_NULL_HANDLE;
    VkBuffer buffer = VK_NULL_HANDLE;
    VkImageAspectFlags aspect = 0;
    VkImageLayout layout = VK_IMAGE_LAYOUT_UNDEFINED;
    VkPipelineStageFlags2 write_stages = 0; ///< of the last write
    VkAccessFlags2 write_access = 0;
    VkPipelineStageFlags2 read_stages = 0; ///< of reads since
    VkPipelineStageFlags2 seen_by = 0;     ///< stages that have waited for the last write
  };
  struct pass {
    std::vector<use> uses;
    std::function<void(VkCommandBuffer)> record;
  };
  struct barriers;

  static void pass_on(state& of, const use& next, barriers& out);

  std::vector<state> resources_;
  std::vector<pass> passes_;
};

} // namespace tessera
