#include "shards/schema.hpp"

#include "core/hash.hpp"
#include "shards/schedule.hpp"

#include <algorithm>
#include <set>

namespace tessera {

namespace {

component_mask marked(const schema& s, marks mark) {
  component_mask mask = 0;
  for (std::size_t i = 0; i < s.components.size(); ++i)
    if (has_mark(s.components[i].mark, mark))
      mask |= component_mask{1} << i;
  return mask;
}

template <class Infos>
result<void> check_names(const Infos& infos, const char* what) {
  std::set<std::string> seen;
  for (const auto& info : infos) {
    if (info.name.empty())
      return fail(error_code::bad_game, std::string{"a "} + what + " has no name");
    if (!seen.insert(info.name).second)
      return fail(error_code::bad_game, std::string{"two "} + what + "s are named " + info.name);
  }
  return {};
}

std::uint64_t hash_fields(std::uint64_t h, const std::vector<field_info>& fields) {
  for (const auto& f : fields) {
    h = hash_name(f.name.c_str(), h);
    h = hash_name(f.unit.c_str(), h);
    h = hash_combine(h, static_cast<std::uint64_t>(f.type));
  }
  return h;
}

/// Name of the first component in the mask; empty if there is none.
std::string first_of(const schema& s, component_mask mask) {
  for (std::size_t i = 0; i < s.components.size(); ++i)
    if ((mask >> i & 1) != 0)
      return s.components[i].name;
  return {};
}

/// What systems and handlers may not declare. `own_cells`: cell_reads are of this tick's own cells.
result<void> check_access(const schema& s, const std::string& who, const access_set& access,
                          bool own_cells) {
  if (auto name = first_of(s, access.neighbours & ~s.shared_mask()); !name.empty())
    return fail(error_code::bad_game, who + " reads component " + name +
                                        " of its neighbours, which is not marked shared");
  for (std::size_t i = 0; i < s.cell_components.size(); ++i)
    if (!own_cells && (access.cell_reads >> i & 1) != 0 &&
        !has_mark(s.cell_components[i].mark, marks::shared))
      return fail(error_code::bad_game, who + " reads cell component " + s.cell_components[i].name +
                                          ", which is not marked shared");
  if (contains(access.adds, position_component))
    return fail(error_code::bad_game,
                who + " adds or removes the position, without which nothing is anywhere");
  return {};
}

} // namespace

component_mask schema::shared_mask() const {
  return marked(*this, marks::shared);
}
component_mask schema::tag_mask() const {
  return marked(*this, marks::tag);
}
component_mask schema::rare_mask() const {
  return marked(*this, marks::rare);
}
component_mask schema::scratch_mask() const {
  return marked(*this, marks::scratch);
}

component_mask schema::dense_mask() const {
  component_mask all =
    components.size() == 64 ? ~component_mask{0} : (component_mask{1} << components.size()) - 1;
  return all & ~tag_mask() & ~rare_mask();
}

const component_info* schema::find_component(std::string_view name, component_id* id) const {
  for (std::size_t i = 0; i < components.size(); ++i) {
    if (components[i].name == name) {
      if (id != nullptr)
        *id = static_cast<component_id>(i);
      return &components[i];
    }
  }
  return nullptr;
}

const event_info* schema::find_event(std::string_view name, std::uint16_t* id) const {
  for (std::size_t i = 0; i < events.size(); ++i) {
    if (events[i].name == name) {
      if (id != nullptr)
        *id = static_cast<std::uint16_t>(i);
      return &events[i];
    }
  }
  return nullptr;
}

float schema::largest_radius_m() const {
  float largest = 0;
  for (const auto& s : systems)
    largest = std::max(largest, s.radius_m);
  for (const auto& h : handlers)
    largest = std::max(largest, h.radius_m);
  return largest;
}

std::vector<column_spec> schema::columns() const {
  std::vector<column_spec> out;
  for (const auto& c : components) {
    if (has_mark(c.mark, marks::tag))
      out.push_back({0, 1, column_kind::tag});
    else
      out.push_back({c.size, c.align,
                     has_mark(c.mark, marks::rare) ? column_kind::sparse : column_kind::dense});
  }
  return out;
}

std::uint64_t schema::fingerprint() const {
  std::uint64_t h = hash_combine(hash_name(game.c_str()), game_version);
  for (const auto& c : components) {
    h = hash_combine(hash_name(c.name.c_str(), h), static_cast<std::uint64_t>(c.mark));
    h = hash_fields(h, c.fields);
  }
  for (const auto& c : cell_components)
    h = hash_fields(hash_combine(hash_name(c.name.c_str(), h), static_cast<std::uint64_t>(c.mark)),
                    c.fields);
  for (const auto& e : events)
    h = hash_fields(hash_name(e.name.c_str(), h), e.fields);
  for (const auto& s : systems)
    h = hash_name(s.name.c_str(), h);
  for (const auto& x : handlers)
    h = hash_combine(hash_name(x.name.c_str(), h), x.event);
  for (const auto& v : world_values)
    h = hash_name(v.name.c_str(), h);
  return h;
}

result<void> check_schema(const schema& s, float cell_size_m) {
  for (auto checked :
       {check_names(s.components, "component"), check_names(s.cell_components, "cell component"),
        check_names(s.events, "event"), check_names(s.systems, "system"),
        check_names(s.world_values, "world value")})
    if (!checked)
      return checked;
  if (s.cell_components.size() > 64)
    return fail(error_code::bad_game, "more than 64 cell components");
  for (const auto& c : s.components)
    if (has_mark(c.mark, marks::shared) &&
        (has_mark(c.mark, marks::rare) || has_mark(c.mark, marks::tag)))
      return fail(error_code::bad_game, "component " + c.name +
                                          " is shared, so it cannot be rare or a tag: neighbours "
                                          "read columns");
  for (const auto& c : s.components)
    if (has_mark(c.mark, marks::scratch) && has_mark(c.mark, marks::shared))
      return fail(error_code::bad_game,
                  "component " + c.name + " is scratch, so it cannot be shared");
  for (const auto& c : s.components)
    if (has_mark(c.mark, marks::scratch) &&
        (has_mark(c.mark, marks::rare) || has_mark(c.mark, marks::tag)))
      return fail(error_code::bad_game,
                  "component " + c.name + " is scratch, so it cannot be rare or a tag");
  for (const auto& x : s.systems) {
    if (!(x.radius_m >= 0 && x.radius_m <= cell_size_m))
      return fail(error_code::bad_game,
                  "system " + x.name + " asks for neighbours within " + std::to_string(x.radius_m) +
                    " m; a radius is between 0 and the cell size, " + std::to_string(cell_size_m) +
                    " m: raise cell_size_m in the world file");
    if (x.kind == system_kind::neighbours && x.radius_m == 0)
      return fail(error_code::bad_game, "system " + x.name +
                                          " asks for neighbours within 0 m: give it a radius_m "
                                          "above 0, or leave neighbours<...> out");
    if (auto ok = check_access(s, "system " + x.name, x.access, x.kind == system_kind::cells); !ok)
      return ok;
    // Systems pass over whole archetypes; what is no column is asked for row by row.
    if (auto name = first_of(s, x.access.without & ~s.dense_mask()); !name.empty())
      return fail(error_code::bad_game, "system " + x.name + " passes over entities with " + name +
                                          ", which is a tag or rare: name it in reads<...> and "
                                          "ask has<...>() instead");
  }
  for (const auto& x : s.handlers)
    if (auto ok = check_access(s, "handler " + x.name, x.access, false); !ok)
      return ok;
  for (const auto& x : s.world_values)
    if (auto name = first_of(s, x.required & ~s.dense_mask()); !name.empty())
      return fail(error_code::bad_game, "world value " + x.name + " sums over " + name +
                                          ", which is a tag or rare; it can sum over columns only");
  if (auto order = make_schedule(s); !order)
    return tl::unexpected(order.error());
  return {};
}

} // namespace tessera
