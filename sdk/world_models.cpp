#include "sdk/world_models.hpp"

#include "sdk/world_file_setters.hpp"
#include "sdk/world_file_values.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>

namespace tessera {

using namespace world_file;

std::string place_of_model(const world_config& config, const std::string& kind) {
  // Only a message needs the line, so the file is read once more.
  std::ifstream file(config.path, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  std::string where = config.path.string();
  if (const auto table = parse_toml(text, where)) {
    const auto models = table->as_table().find("models");
    if (models != table->as_table().end() && models->second.is_table()) {
      const auto& said = models->second.as_table();
      const auto model = said.find(kind);
      if (model != said.end() && model->second.is_string() &&
          model->second.as_string().str == config.models.at(kind))
        where = place(config.path, model->second);
    }
  }
  return where + ": models." + kind + ": ";
}

result<void> check_models(const world_config& config, const appearance& looks) {
  for (const auto& [kind, file] : config.models) {
    if (std::any_of(looks.kinds.begin(), looks.kinds.end(),
                    [&name = kind](const auto& k) { return k.name == name; }))
      continue;
    std::string names;
    for (const auto& k : looks.kinds)
      names += (names.empty() ? "" : ", ") + k.name;
    return refuse(place_of_model(config, kind) + "found a kind that the game " + config.game +
                  " does not show; allowed: " + (names.empty() ? "none" : names));
  }
  return {};
}

} // namespace tessera
