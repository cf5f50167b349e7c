// volk's own code: the table of Vulkan's functions, filled in when the loader is found.
#define VK_NO_PROTOTYPES
#define VOLK_IMPLEMENTATION
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wpedantic"
#pragma GCC diagnostic ignored "-Wconversion"
#include <volk.h>
#pragma GCC diagnostic pop
