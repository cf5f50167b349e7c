#include "shards/component_mapping.hpp"

#include "core/byte_io.hpp"

#include <algorithm>
#include <cstring>

namespace tessera {

namespace {

/// A component or cell component, as far as storing goes.
struct shape {
  std::string name;
  std::uint32_t size = 0;
  marks mark = marks::none;
  std::vector<field_info> fields;
};

template <class Info>
shape shape_of(const Info& info) {
  return {info.name, info.size, info.mark, info.fields};
}

shape shape_of(const event_info& info) {
  return {info.name, info.size, marks::none, info.fields};
}

void write_shape(byte_writer& to, const shape& s) {
  to.write_string(s.name);
  to.write(s.size);
  to.write(s.mark);
  to.write(static_cast<std::uint32_t>(s.fields.size()));
  for (const auto& f : s.fields) {
    to.write_string(f.name);
    to.write(f.type);
    to.write(f.offset);
  }
}

shape read_shape(byte_reader& from) {
  constexpr std::uint32_t largest = 1 << 16;
  shape s;
  s.name = from.read_string();
  s.size = from.read<std::uint32_t>();
  s.mark = from.read<marks>();
  for (auto n = from.read<std::uint32_t>(); n > 0 && !from.failed(); --n) {
    field_info f;
    f.name = from.read_string();
    f.type = from.read<field_type>();
    f.offset = from.read<std::uint32_t>();
    if (f.type > field_type::cell || f.offset > s.size || size_of(f.type) > s.size - f.offset)
      from.give_up("field " + f.name + " does not lie in component " + s.name);
    s.fields.push_back(std::move(f));
  }
  if (s.size > largest)
    from.give_up("component " + s.name + " has " + std::to_string(s.size) + " bytes");
  return s;
}

std::vector<shape> read_shapes(byte_reader& from) {
  std::vector<shape> all;
  for (auto n = from.read<std::uint32_t>(); n > 0 && !from.failed(); --n)
    all.push_back(read_shape(from));
  return all;
}

const field_info* find_field(const std::vector<field_info>& fields, const std::string& name) {
  auto at =
    std::find_if(fields.begin(), fields.end(), [&](const auto& f) { return f.name == name; });
  return at == fields.end() ? nullptr : &*at;
}

bool declared(const schema& game, change_of_form what, const std::string& component,
              const std::string& field) {
  return std::any_of(game.changes.begin(), game.changes.end(), [&](const auto& c) {
    return c.what == what && c.component == component && c.field == field;
  });
}

const std::string* name_before(const schema& game, const std::string& component,
                               const std::string& field) {
  for (const auto& c : game.changes)
    if (c.what == change_of_form::renamed && c.component == component && c.field == field)
      return &c.before;
  return nullptr;
}

tl::unexpected<error> refuse(const std::string& component, const std::string& what,
                             const std::string& way_out) {
  return fail(error_code::wrong_code, "component " + component + ": " + what + "; " + way_out);
}

/// How values of `from` become values of `to`, field by field.
result<component_mapping::source_info> map_fields(const schema& game, const shape& from,
                                                  const shape& to) {
  component_mapping::source_info out;
  out.name = from.name;
  out.size = from.size;
  out.mark = from.mark;
  out.to_size = to.size;
  std::vector<std::string> used;
  for (const auto& f : to.fields) {
    const std::string* before = name_before(game, to.name, f.name);
    const auto* old = find_field(from.fields, f.name);
    if (old == nullptr && before != nullptr)
      old = find_field(from.fields, *before);
    if (old == nullptr) {
      if (declared(game, change_of_form::added, to.name, f.name))
        continue; // zero
      return refuse(to.name, "field " + f.name + " is not in what was saved",
                    "let the game declare added_field(\"" + to.name + "\", \"" + f.name +
                      "\") or renamed_field");
    }
    if (old->type != f.type)
      return refuse(
        to.name, "field " + f.name + " was saved with another type",
        "give the new field another name, and declare it added and the old one removed");
    used.push_back(old->name);
    out.pieces.push_back({old->offset, f.offset, size_of(f.type)});
  }
  for (const auto& f : from.fields)
    if (std::find(used.begin(), used.end(), f.name) == used.end() &&
        !declared(game, change_of_form::removed, to.name, f.name))
      return refuse(to.name, "field " + f.name + " was saved and is gone",
                    "let the game declare removed_field(\"" + to.name + "\", \"" + f.name +
                      "\") or renamed_field");
  out.same = from.size == to.size &&
             std::all_of(out.pieces.begin(), out.pieces.end(),
                         [](const auto& p) { return p.from == p.to; }) &&
             from.fields.size() == to.fields.size() && out.pieces.size() == to.fields.size();
  return out;
}

/// Every saved shape's mapping. `find` gives the game's shape of a name, and its number.
result<std::vector<component_mapping::source_info>>
map_all(const schema& game, const std::vector<shape>& saved, const std::vector<shape>& now) {
  std::vector<component_mapping::source_info> out;
  for (const auto& from : saved) {
    auto to =
      std::find_if(now.begin(), now.end(), [&](const auto& s) { return s.name == from.name; });
    if (to == now.end()) {
      if (!declared(game, change_of_form::removed, from.name, ""))
        return refuse(from.name, "it was saved and this game does not have it",
                      "let the game declare removed_component(\"" + from.name + "\")");
      out.push_back({from.name, from.size, from.mark, std::nullopt, 0, {}, false});
      continue;
    }
    auto mapped = map_fields(game, from, *to);
    if (!mapped)
      return tl::unexpected(mapped.error());
    mapped->to = static_cast<std::uint16_t>(to - now.begin());
    out.push_back(std::move(*mapped));
  }
  for (const auto& to : now)
    if (std::none_of(saved.begin(), saved.end(),
                     [&](const auto& s) { return s.name == to.name; }) &&
        !declared(game, change_of_form::added, to.name, ""))
      return refuse(to.name, "it is not in what was saved",
                    "let the game declare added_component(\"" + to.name + "\")");
  return out;
}

template <class Infos>
std::vector<shape> shapes_of(const Infos& infos) {
  std::vector<shape> all;
  for (const auto& info : infos)
    all.push_back(shape_of(info));
  return all;
}

} // namespace

std::vector<std::byte> write_schema(const schema& game) {
  std::vector<std::byte> out;
  byte_writer to{out};
  for (const auto& shapes :
       {shapes_of(game.components), shapes_of(game.cell_components), shapes_of(game.events)}) {
    to.write(static_cast<std::uint32_t>(shapes.size()));
    for (const auto& s : shapes)
      write_shape(to, s);
  }
  return out;
}

const component_mapping::source_info* component_mapping::source_of_cells(std::size_t id) const {
  for (const auto& s : cells_)
    if (s.to && *s.to == id)
      return &s;
  return nullptr;
}

void component_mapping::convert(const source_info& how, std::span<const std::byte> from,
                                std::span<std::byte> to, std::size_t rows) {
  if (how.same) {
    std::copy(from.begin(), from.end(), to.begin());
    return;
  }
  for (std::size_t row = 0; row < rows; ++row)
    for (const auto& p : how.pieces)
      std::memcpy(to.data() + row * how.to_size + p.to, from.data() + row * how.size + p.from,
                  p.bytes);
}

result<component_mapping> map_components(const schema& game, std::span<const std::byte> saved) {
  byte_reader reader{saved};
  auto components = read_shapes(reader);
  auto cells = read_shapes(reader);
  auto events = read_shapes(reader);
  if (auto ok = reader.finish(); !ok)
    return tl::unexpected(ok.error());
  component_mapping out;
  auto mapped = map_all(game, components, shapes_of(game.components));
  if (!mapped)
    return tl::unexpected(mapped.error());
  out.components_ = std::move(*mapped);
  mapped = map_all(game, cells, shapes_of(game.cell_components));
  if (!mapped)
    return tl::unexpected(mapped.error());
  out.cells_ = std::move(*mapped);
  mapped = map_all(game, events, shapes_of(game.events));
  if (!mapped)
    return tl::unexpected(mapped.error());
  out.events_ = std::move(*mapped);
  return out;
}

} // namespace tessera
