#include "apps/tool_output.hpp"

#include "apps/text.hpp"
#include "net/json_values.hpp"

#include <cstdio>

namespace tessera {

void add_directory(CLI::App& app, std::string& path, const std::string& name,
                   const std::string& words) {
  app.add_option(name, path, words)->type_name("")->required();
}

void add_json(CLI::App& app, bool& json) {
  app.add_flag("--json", json, "Answer with one JSON object on standard output");
}

CLI::Option* add_tick(CLI::App& app, const std::string& name, std::optional<tick_number>& tick,
                      const std::string& words) {
  return app
    .add_option_function<std::uint64_t>(
      name, [&tick](const std::uint64_t& value) { tick = value; }, words)
    ->type_name("T");
}

CLI::Option* add_entity(CLI::App& app, const std::string& name, std::optional<entity_id>& id,
                        const std::string& words) {
  return app
    .add_option_function<std::string>(
      name,
      [&id, name](const std::string& text) {
        id = parse_entity_id(text);
        if (!id)
          throw CLI::ValidationError(name, "found " + text +
                                             "; allowed: an entity id, 16 hex digits such as "
                                             "0003000700000001");
      },
      words)
    ->type_name("ID");
}

void print_json(const nlohmann::ordered_json& value) {
  std::printf("%s\n",
              value.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace).c_str());
}

void print_row(const char* name, const std::string& value) {
  std::printf("  %-12s %s\n", name, value.c_str());
}

void print_notes(const std::vector<std::string>& notes) {
  for (const auto& text : notes)
    std::printf("note: %s\n", text.c_str());
}

std::string place_text(const position& p) {
  auto metres = [](float v) { return short_number(double{v}); };
  return "cell [" + std::to_string(p.where.x) + ", " + std::to_string(p.where.z) + "], " +
         metres(p.x) + " " + metres(p.y) + " " + metres(p.z) + " m";
}

std::string whereabouts_text(const replayed_entity& who) {
  std::string shard = "shard " + std::to_string(who.shard);
  switch (who.at) {
    case replayed_entity::whereabouts::in_shard: return "in " + shard;
    case replayed_entity::whereabouts::crossing: return "crossing into " + shard;
    case replayed_entity::whereabouts::travelling: return "travelling to " + shard;
  }
  return shard;
}

nlohmann::ordered_json components_json(const world_setup& setup, const replayed_entity& who) {
  auto out = nlohmann::ordered_json::object();
  const auto& components = setup.game->components;
  for (std::size_t c = 0; c < components.size(); ++c) {
    if (!contains(who.mask, static_cast<component_id>(c)))
      continue;
    const std::byte* bytes = c == position_component
                               ? reinterpret_cast<const std::byte*>(&who.place)
                               : who.values[c].data();
    out[components[c].name] = bytes == nullptr ? nlohmann::ordered_json::object()
                                               : fields_value(components[c].fields, bytes);
  }
  return out;
}

std::string components_text(const world_setup& setup, const replayed_entity& who) {
  std::string out;
  const auto components = components_json(setup, who);
  for (const auto& [name, fields] : components.items()) {
    if (name == setup.game->components[position_component].name)
      continue;
    out += (out.empty() ? "" : "; ") + name;
    for (const auto& [field, value] : fields.items())
      out += " " + field + "=" + (value.is_string() ? value.get<std::string>() : value.dump());
  }
  return out;
}

std::string count_of(std::uint64_t count, const std::string& one, const std::string& many) {
  return grouped(count) + " " + (count == 1 ? one : many);
}

} // namespace tessera
