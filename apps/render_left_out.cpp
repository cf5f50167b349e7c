// `tessera render` in a build without the renderer.
#include "apps/subcommands.hpp"
#include "apps/text.hpp"

namespace tessera {

void add_render(CLI::App& app, exit_code& code) {
  CLI::App* command =
    app.add_subcommand("render", "Draw a world into PNG files (left out of this build)");
  command->allow_extras();
  command->callback([&code] {
    complain("this build has no renderer: when it was made, libvulkan-dev, libvulkan-volk-dev, "
             "libglm-dev, libglfw3-dev, libimgui-dev, libtinygltf-dev or glslc was not there, or "
             "TESSERA_RENDER was OFF");
    code = exit_code::failure;
  });
}

} // namespace tessera
