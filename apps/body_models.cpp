#include "apps/body_models.hpp"

#include "render/models.hpp"
#include "sdk/world_models.hpp"

#include <map>
#include <string>

namespace tessera {

result<std::vector<std::shared_ptr<const body_model>>> load_models(const world_config& config,
                                                                   const appearance& looks) {
  if (auto ok = check_models(config, looks); !ok)
    return tl::unexpected(ok.error());
  std::map<std::string, std::shared_ptr<const body_model>> read;
  for (const auto& [kind, file] : config.models) {
    auto model = load_model(config.model_path(kind));
    if (!model)
      return fail(error_code::bad_world_file, place_of_model(config, kind) + model.error().message);
    read[kind] = std::make_shared<const body_model>(std::move(*model));
  }
  std::vector<std::shared_ptr<const body_model>> out;
  for (const auto& kind : looks.kinds)
    out.push_back(read[kind.name]);
  return out;
}

} // namespace tessera
