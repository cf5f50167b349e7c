#include "sdk/game_builder.hpp"

#include <cmath>

namespace tessera {

game_builder::game_builder(std::string game, world_facts facts,
                           std::map<std::string, double> values)
  : facts_(std::move(facts)), values_(std::move(values)) {
  made_.game = std::move(game);
  made_.components.push_back(make_component_info<position>());
}

double game_builder::parameter(const std::string& name, double fallback, double least, double most,
                               const std::string& words) {
  parameters_.push_back({name, fallback, least, most, words});
  auto given = values_.find(name);
  if (given == values_.end())
    return fallback;
  double value = given->second;
  if (!(value >= least && value <= most)) {
    parameter_complaints_.push_back("parameters." + name + " is " + std::to_string(value) +
                                    "; allowed is " + std::to_string(least) + " to " +
                                    std::to_string(most) + " (" + words + ")");
    return fallback;
  }
  return value;
}

void game_builder::complain(const std::string& what) {
  complaints_.push_back(what);
}

std::uint16_t game_builder::component_id_of(const char* name, const std::string& user) {
  component_id id = 0;
  if (made_.find_component(name, &id) == nullptr)
    complain(user + " names component " + name + ", which is not registered before it");
  return id;
}

std::uint16_t game_builder::cell_component_id_of(const char* name, const std::string& user) {
  for (std::size_t i = 0; i < made_.cell_components.size(); ++i)
    if (made_.cell_components[i].name == name)
      return static_cast<std::uint16_t>(i);
  complain(user + " names cell component " + name + ", which is not registered before it");
  return 0;
}

std::uint16_t game_builder::event_id_of(const char* name, const std::string& user) {
  std::uint16_t id = 0;
  if (made_.find_event(name, &id) == nullptr)
    complain(user + " names event " + name + ", which is not registered before it");
  return id;
}

std::uint16_t game_builder::total_id_of(const char* name, const std::string& user) {
  for (std::size_t i = 0; i < made_.world_values.size(); ++i)
    if (made_.world_values[i].name == name)
      return static_cast<std::uint16_t>(i);
  complain(user + " names world value " + name + ", which is not registered before it");
  return 0;
}

std::optional<field_place> game_builder::component_field(const char* component,
                                                         const std::string& field) {
  const std::string user = "the looks of field " + field;
  const auto id = static_cast<component_id>(component_id_of(component, user));
  const auto& info = made_.components[id];
  const bool dense = !has_mark(info.mark, marks::rare) && !has_mark(info.mark, marks::tag);
  for (const auto& known : info.fields)
    if (dense && known.name == field && known.type == field_type::f32)
      return field_place{id, known.offset};
  complain(user + ": component " + component + " has no f32 field of that name, or is not dense");
  return std::nullopt;
}

void game_builder::cover_with(const char* component, const std::string& field, float full) {
  const auto id = cell_component_id_of(component, "the cover of the ground");
  if (id < made_.cell_components.size())
    for (const auto& known : made_.cell_components[id].fields)
      if (known.name == field && known.type == field_type::f32 && full > 0) {
        made_.looks.cover = ground_cover{id, known.offset, full};
        return;
      }
  complain("the cover of the ground: cell component " + std::string(component) +
           " has no f32 field " + field + ", or its full value is not above 0");
}

result<std::shared_ptr<const schema>> game_builder::finish() {
  for (const auto& [name, value] : values_) {
    bool known = false;
    std::string names;
    for (const auto& p : parameters_) {
      known = known || p.name == name;
      names += (names.empty() ? "" : ", ") + p.name;
    }
    if (!known)
      parameter_complaints_.push_back("parameters." + name + " is not a parameter of game " +
                                      made_.game + "; it has: " + names);
  }
  auto joined = [](const std::vector<std::string>& lines) {
    std::string text;
    for (const auto& line : lines)
      text += (text.empty() ? "" : "\n") + line;
    return text;
  };
  if (!parameter_complaints_.empty())
    return fail(error_code::bad_world_file, joined(parameter_complaints_));
  if (!complaints_.empty())
    return fail(error_code::bad_game, "game " + made_.game + ": " + joined(complaints_));
  if (auto ok = check_schema(made_, facts_.cell_size_m); !ok)
    return fail(ok.error().code, "game " + made_.game + ": " + ok.error().message);
  return std::make_shared<const schema>(std::move(made_));
}

} // namespace tessera
