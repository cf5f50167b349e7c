#include "apps/world_options.hpp"

#include "apps/text.hpp"

namespace tessera {

void world_options::add_to(CLI::App& app, bool world_required) {
  app.add_option("world", file, "The world file")
    ->required(world_required)
    ->type_name("WORLD.toml");
  app.add_option("--shards", shards, "Cut the world into R rows of C shards; changes no hash")
    ->type_name("RxC");
  app
    .add_option("--workers", workers,
                "Threads that run shards, 0 for one per core; changes no hash")
    ->type_name("N");
  app.add_option("--seed", seed, "Where all random numbers start")->type_name("S");
  app
    .add_option("--set", set,
                "Change a key of the world file or a parameter of the game; may be given often")
    ->type_name("KEY=VALUE")
    ->allow_extra_args(false);
}

result<world_config> world_options::load() const {
  auto config = load_world_file(file);
  if (!config)
    return config;
  if (auto ok = apply(*config); !ok)
    return tl::unexpected(ok.error());
  return config;
}

result<void> world_options::apply(world_config& config) const {
  std::vector<std::string> given = set;
  // An override is checked at once, so a layout goes before an extent that the file's does not fit,
  // and behind one that only the new extent fits.
  if (!shards.empty() && !apply_override(config, "shards=" + shards))
    given.push_back("shards=" + shards);
  if (!workers.empty())
    given.push_back("workers=" + workers);
  if (!seed.empty())
    given.push_back("seed=" + seed);
  for (const auto& assignment : given)
    if (auto ok = apply_override(config, assignment); !ok)
      return ok;
  return {};
}

std::string world_options::again() const {
  std::string text = shell_word(file);
  if (!shards.empty())
    text += " --shards " + shards;
  if (!seed.empty())
    text += " --seed " + seed;
  for (const auto& assignment : set)
    text += " --set " + shell_word(assignment);
  return text;
}

} // namespace tessera
