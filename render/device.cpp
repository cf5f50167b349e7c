#include "render/device.hpp"

#include "core/error.hpp"

#include <array>
#include <cstring>

namespace tessera {

namespace {

constexpr const char* validation_layer = "VK_LAYER_KHRONOS_validation";
constexpr std::size_t kept_messages = 16;
constexpr const char* how_to_get_one =
  "install one (on Debian, mesa-vulkan-drivers has one that needs "
  "no graphics card), or see to VK_ICD_FILENAMES";

const char* name_of(VkResult code) {
  switch (code) {
    case VK_ERROR_OUT_OF_HOST_MEMORY: return "out of memory";
    case VK_ERROR_OUT_OF_DEVICE_MEMORY: return "out of device memory";
    case VK_ERROR_INITIALIZATION_FAILED: return "initialization failed";
    case VK_ERROR_DEVICE_LOST: return "the device was lost";
    case VK_ERROR_LAYER_NOT_PRESENT: return "a layer is not installed";
    case VK_ERROR_EXTENSION_NOT_PRESENT: return "an extension is not there";
    case VK_ERROR_FEATURE_NOT_PRESENT: return "a feature is not there";
    case VK_ERROR_INCOMPATIBLE_DRIVER: return "no driver";
    case VK_ERROR_OUT_OF_DATE_KHR: return "the surface has changed";
    default: return "failed";
  }
}

VKAPI_ATTR VkBool32 VKAPI_CALL told(VkDebugUtilsMessageSeverityFlagBitsEXT,
                                    VkDebugUtilsMessageTypeFlagsEXT,
                                    const VkDebugUtilsMessengerCallbackDataEXT* data, void* user) {
  static_cast<device*>(user)->take_message(data->pMessage);
  return VK_FALSE;
}

/// volk's table of functions is one for the process.
VkResult find_loader() {
  static const VkResult found = volkInitialize();
  return found;
}

/// Everything that is asked of a device, to be enabled or to be compared.
struct wanted_features {
  VkPhysicalDeviceFeatures2 base{};
  VkPhysicalDeviceVulkan11Features v11{};
  VkPhysicalDeviceVulkan12Features v12{};
  VkPhysicalDeviceVulkan13Features v13{};

  wanted_features() {
    base.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_FEATURES_2;
    v11.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_1_1_FEATURES;
    v12.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_1_2_FEATURES;
    v13.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_1_3_FEATURES;
    base.pNext = &v11;
    v11.pNext = &v12;
    v12.pNext = &v13;
  }
  wanted_features(const wanted_features&) = delete;
  wanted_features& operator=(const wanted_features&) = delete;

  struct one {
    const char* name;
    VkBool32* flag;
  };
  std::array<one, 8> all() {
    return {{{"multiDrawIndirect", &base.features.multiDrawIndirect},
             {"drawIndirectFirstInstance", &base.features.drawIndirectFirstInstance},
             {"largePoints", &base.features.largePoints},
             {"scalarBlockLayout", &v12.scalarBlockLayout},
             {"timelineSemaphore", &v12.timelineSemaphore},
             {"dynamicRendering", &v13.dynamicRendering},
             {"synchronization2", &v13.synchronization2},
             {"maintenance4", &v13.maintenance4}}};
  }
};

/// What a device lacks, or nothing.
std::string lacking(VkPhysicalDevice one) {
  VkPhysicalDeviceProperties properties;
  vkGetPhysicalDeviceProperties(one, &properties);
  if (properties.apiVersion < VK_API_VERSION_1_3)
    return "Vulkan 1.3";
  wanted_features has;
  vkGetPhysicalDeviceFeatures2(one, &has.base);
  for (const auto& feature : has.all())
    if (*feature.flag == VK_FALSE)
      return feature.name;
  return {};
}

} // namespace

vulkan_error::vulkan_error(VkResult what, const std::string& doing)
  : std::runtime_error("Vulkan: " + doing + ": " + name_of(what) + " (" + std::to_string(what) +
                       ")"),
    code(what) {}

result<std::unique_ptr<device>> device::open(const device_options& options) {
  if (find_loader() != VK_SUCCESS)
    return fail(error_code::failure,
                "no Vulkan: its loader was not found; install libvulkan1 and a driver (on Debian, "
                "mesa-vulkan-drivers has one that needs no graphics card)");
  std::unique_ptr<device> made(new device);
  try {
    made->make_instance(options);
    made->choose_physical();
    made->make_device(options);
  } catch (const std::exception& e) {
    return fail(error_code::failure, e.what());
  }
  return made;
}

void device::make_instance(const device_options& options) {
  VkApplicationInfo about{VK_STRUCTURE_TYPE_APPLICATION_INFO};
  about.pApplicationName = "tessera";
  about.apiVersion = VK_API_VERSION_1_3;
  VkInstanceCreateInfo info{VK_STRUCTURE_TYPE_INSTANCE_CREATE_INFO};
  info.pApplicationInfo = &about;
  VkDebugUtilsMessengerCreateInfoEXT listen{
    VK_STRUCTURE_TYPE_DEBUG_UTILS_MESSENGER_CREATE_INFO_EXT};
  listen.messageSeverity =
    VK_DEBUG_UTILS_MESSAGE_SEVERITY_WARNING_BIT_EXT | VK_DEBUG_UTILS_MESSAGE_SEVERITY_ERROR_BIT_EXT;
  listen.messageType = VK_DEBUG_UTILS_MESSAGE_TYPE_GENERAL_BIT_EXT |
                       VK_DEBUG_UTILS_MESSAGE_TYPE_VALIDATION_BIT_EXT |
                       VK_DEBUG_UTILS_MESSAGE_TYPE_PERFORMANCE_BIT_EXT;
  listen.pfnUserCallback = &told;
  listen.pUserData = this;
  const VkValidationFeatureEnableEXT more[] = {
    VK_VALIDATION_FEATURE_ENABLE_SYNCHRONIZATION_VALIDATION_EXT};
  VkValidationFeaturesEXT features{VK_STRUCTURE_TYPE_VALIDATION_FEATURES_EXT};
  features.enabledValidationFeatureCount = 1;
  features.pEnabledValidationFeatures = more;
  std::vector<const char*> extensions = options.window_extensions;
  if (options.validate) {
    info.pNext = &features;
    features.pNext = &listen;
    info.enabledLayerCount = 1;
    info.ppEnabledLayerNames = &validation_layer;
    extensions.push_back(VK_EXT_DEBUG_UTILS_EXTENSION_NAME);
  }
  info.enabledExtensionCount = static_cast<std::uint32_t>(extensions.size());
  info.ppEnabledExtensionNames = extensions.data();
  const VkResult made = vkCreateInstance(&info, nullptr, &instance_);
  if (made == VK_ERROR_INCOMPATIBLE_DRIVER)
    throw std::runtime_error(std::string("no Vulkan device: the loader found no driver; ") +
                             how_to_get_one);
  if (made == VK_ERROR_LAYER_NOT_PRESENT)
    throw std::runtime_error(
      "the validation layers are not there; install vulkan-validationlayers");
  check(made, "making an instance");
  // Not volkLoadDevice: that would tie the process to one device.
  volkLoadInstance(instance_);
  if (options.validate)
    check(vkCreateDebugUtilsMessengerEXT(instance_, &listen, nullptr, &messenger_),
          "listening to the validation layers");
}

void device::choose_physical() {
  std::uint32_t count = 0;
  check(vkEnumeratePhysicalDevices(instance_, &count, nullptr), "looking for devices");
  std::vector<VkPhysicalDevice> all(count);
  check(vkEnumeratePhysicalDevices(instance_, &count, all.data()), "looking for devices");
  // The best kind first: a graphics card, one in the processor, a program.
  constexpr VkPhysicalDeviceType kinds[] = {
    VK_PHYSICAL_DEVICE_TYPE_DISCRETE_GPU, VK_PHYSICAL_DEVICE_TYPE_INTEGRATED_GPU,
    VK_PHYSICAL_DEVICE_TYPE_VIRTUAL_GPU, VK_PHYSICAL_DEVICE_TYPE_CPU,
    VK_PHYSICAL_DEVICE_TYPE_OTHER};
  std::string passed_over;
  for (auto kind : kinds)
    for (auto one : all) {
      VkPhysicalDeviceProperties properties;
      vkGetPhysicalDeviceProperties(one, &properties);
      if (properties.deviceType != kind || physical_ != VK_NULL_HANDLE)
        continue;
      if (auto missing = lacking(one); !missing.empty()) {
        passed_over += "; " + std::string(properties.deviceName) + " lacks " + missing;
        continue;
      }
      physical_ = one;
      name_ = properties.deviceName;
      software_ = kind == VK_PHYSICAL_DEVICE_TYPE_CPU;
      limits_ = properties.limits;
    }
  if (physical_ == VK_NULL_HANDLE)
    throw std::runtime_error(
      "no Vulkan device that can draw" +
      (passed_over.empty() ? std::string("; ") + how_to_get_one : passed_over));
  vkGetPhysicalDeviceMemoryProperties(physical_, &memory_);
}

void device::make_device(const device_options& options) {
  std::uint32_t count = 0;
  vkGetPhysicalDeviceQueueFamilyProperties(physical_, &count, nullptr);
  std::vector<VkQueueFamilyProperties> families(count);
  vkGetPhysicalDeviceQueueFamilyProperties(physical_, &count, families.data());
  constexpr VkQueueFlags needed = VK_QUEUE_GRAPHICS_BIT | VK_QUEUE_COMPUTE_BIT;
  while (family_ < count && (families[family_].queueFlags & needed) != needed)
    ++family_;
  if (family_ == count)
    throw std::runtime_error(name_ + " has no queue that draws and computes");

  const float priority = 1;
  VkDeviceQueueCreateInfo queue{VK_STRUCTURE_TYPE_DEVICE_QUEUE_CREATE_INFO};
  queue.queueFamilyIndex = family_;
  queue.queueCount = 1;
  queue.pQueuePriorities = &priority;
  wanted_features wanted;
  for (const auto& feature : wanted.all())
    *feature.flag = VK_TRUE;
  wanted_features has;
  vkGetPhysicalDeviceFeatures2(physical_, &has.base);
  wide_atomics_ = has.base.features.shaderInt64 == VK_TRUE &&
                  has.base.features.fragmentStoresAndAtomics == VK_TRUE &&
                  has.v12.shaderBufferInt64Atomics == VK_TRUE && !options.without_wide_atomics;
  wanted.base.features.shaderInt64 = wide_atomics_;
  wanted.v12.shaderBufferInt64Atomics = wide_atomics_;
  VkDeviceCreateInfo info{VK_STRUCTURE_TYPE_DEVICE_CREATE_INFO};
  info.pNext = &wanted.base;
  info.queueCreateInfoCount = 1;
  info.pQueueCreateInfos = &queue;
  const char* shows = VK_KHR_SWAPCHAIN_EXTENSION_NAME;
  if (!options.window_extensions.empty()) {
    info.enabledExtensionCount = 1;
    info.ppEnabledExtensionNames = &shows;
  }
  check(vkCreateDevice(physical_, &info, nullptr, &device_), "opening the device");
  vkGetDeviceQueue(device_, family_, 0, &queue_);

  VkCommandPoolCreateInfo pool{VK_STRUCTURE_TYPE_COMMAND_POOL_CREATE_INFO};
  pool.flags = VK_COMMAND_POOL_CREATE_RESET_COMMAND_BUFFER_BIT;
  pool.queueFamilyIndex = family_;
  check(vkCreateCommandPool(device_, &pool, nullptr, &pool_), "making a command pool");
  VkCommandBufferAllocateInfo commands{VK_STRUCTURE_TYPE_COMMAND_BUFFER_ALLOCATE_INFO};
  commands.commandPool = pool_;
  commands.level = VK_COMMAND_BUFFER_LEVEL_PRIMARY;
  commands.commandBufferCount = 1;
  check(vkAllocateCommandBuffers(device_, &commands, &commands_), "making a command buffer");
  VkSemaphoreTypeCreateInfo timeline{VK_STRUCTURE_TYPE_SEMAPHORE_TYPE_CREATE_INFO};
  timeline.semaphoreType = VK_SEMAPHORE_TYPE_TIMELINE;
  VkSemaphoreCreateInfo semaphore{VK_STRUCTURE_TYPE_SEMAPHORE_CREATE_INFO};
  semaphore.pNext = &timeline;
  check(vkCreateSemaphore(device_, &semaphore, nullptr, &finished_), "making a semaphore");
}

device::~device() {
  if (device_ != VK_NULL_HANDLE) {
    vkDeviceWaitIdle(device_);
    vkDestroySemaphore(device_, finished_, nullptr);
    vkDestroyCommandPool(device_, pool_, nullptr);
    vkDestroyDevice(device_, nullptr);
  }
  if (messenger_ != VK_NULL_HANDLE)
    vkDestroyDebugUtilsMessengerEXT(instance_, messenger_, nullptr);
  if (instance_ != VK_NULL_HANDLE)
    vkDestroyInstance(instance_, nullptr);
}

void device::take_message(std::string text) {
  ++message_count_;
  std::lock_guard lock(messages_mutex_);
  if (messages_.size() < kept_messages)
    messages_.push_back(std::move(text));
}

std::vector<std::string> device::messages() const {
  std::lock_guard lock(messages_mutex_);
  return messages_;
}

} // namespace tessera
