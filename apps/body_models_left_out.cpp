// Models in a build without the renderer: nothing draws them.
#include "apps/body_models.hpp"
#include "sdk/world_models.hpp"

namespace tessera {

result<std::vector<std::shared_ptr<const body_model>>> load_models(const world_config& config,
                                                                   const appearance& looks) {
  if (auto ok = check_models(config, looks); !ok)
    return tl::unexpected(ok.error());
  return {};
}

} // namespace tessera
