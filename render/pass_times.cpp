#include "render/pass_times.hpp"

#include "core/assert.hpp"

#include <array>

namespace tessera {

void pass_times::turn(bool on) {
  on_ = on;
  names_.clear();
  if (!on_ || pool_)
    return;
  VkQueryPoolCreateInfo info{VK_STRUCTURE_TYPE_QUERY_POOL_CREATE_INFO};
  info.queryType = VK_QUERY_TYPE_TIMESTAMP;
  info.queryCount = most_marks + 1;
  VkQueryPool made = VK_NULL_HANDLE;
  check(vkCreateQueryPool(device_.get(), &info, nullptr, &made), "making a clock");
  pool_ = {device_.get(), made, vkDestroyQueryPool};
}

void pass_times::begin(VkCommandBuffer into) {
  if (!on_)
    return;
  vkCmdResetQueryPool(into, pool_.get(), 0, most_marks + 1);
  vkCmdWriteTimestamp2(into, VK_PIPELINE_STAGE_2_ALL_COMMANDS_BIT, pool_.get(), 0);
}

void pass_times::mark(VkCommandBuffer into, const char* what) {
  if (!on_)
    return;
  TESSERA_ASSERT(names_.size() < most_marks, "a frame has more parts than its clock has places");
  names_.push_back(what);
  vkCmdWriteTimestamp2(into, VK_PIPELINE_STAGE_2_ALL_COMMANDS_BIT, pool_.get(),
                       static_cast<std::uint32_t>(names_.size()));
}

std::vector<std::pair<const char*, double>> pass_times::read() const {
  std::vector<std::pair<const char*, double>> out;
  if (!on_ || names_.empty())
    return out;
  std::array<std::uint64_t, most_marks + 1> at{};
  check(vkGetQueryPoolResults(device_.get(), pool_.get(), 0,
                              static_cast<std::uint32_t>(names_.size() + 1), sizeof at, at.data(),
                              sizeof at[0], VK_QUERY_RESULT_64_BIT | VK_QUERY_RESULT_WAIT_BIT),
        "reading the device's clock");
  const double unit_ms = double{device_.limits().timestampPeriod} / 1e6;
  for (std::size_t i = 0; i < names_.size(); ++i)
    out.emplace_back(names_[i], static_cast<double>(at[i + 1] - at[i]) * unit_ms);
  return out;
}

} // namespace tessera
