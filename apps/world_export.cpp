#include "apps/world_export.hpp"

#include "apps/text.hpp"
#include "net/json_values.hpp"

#include <cstdio>
#include <fstream>
#include <iostream>
#include <unistd.h>

namespace tessera {

namespace {

using json = nlohmann::ordered_json;

std::string line(const json& value) {
  return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

bool has_no_fields(const component_info& info) {
  return info.fields.empty();
}

const std::byte* value_of(const world_contents& what, const world_contents::entity& e,
                          component_id c) {
  // Of one that travels, the place where it lands.
  if (c == position_component)
    return reinterpret_cast<const std::byte*>(&e.place);
  return what.value(e, c);
}

/// One row after the other, entities or cells.
class row_writer {
public:
  virtual ~row_writer() = default;
  virtual void begin(const export_heading& heading, const world_contents& what,
                     std::uint64_t rows) = 0;
  virtual void entity(const world_contents& what, const world_contents::entity& e) = 0;
  virtual void cell_row(const world_contents& what, cell c) = 0;
  virtual void end() = 0;
};

class csv_writer : public row_writer {
public:
  csv_writer(std::ostream& to, const export_selection& selection)
    : to_(to), selection_(selection) {}

  void begin(const export_heading&, const world_contents& what, std::uint64_t) override {
    const schema& game = *what.setup().game;
    bool of_cells = !selection_.cell_components.empty();
    row_ = of_cells ? "cell.x,cell.z" : "id,travelling";
    for (component_id c : selection_.components) {
      const auto& info = game.components[c];
      if (has_no_fields(info))
        add(info.name);
      else
        add_names(info.name, info.fields);
    }
    for (std::size_t c : selection_.cell_components)
      add_names(game.cell_components[c].name, game.cell_components[c].fields);
    finish_row();
  }

  void entity(const world_contents& what, const world_contents::entity& e) override {
    row_ = hex_text(e.id.value) + (e.travelling ? ",true" : ",");
    for (component_id c : selection_.components) {
      const auto& info = what.setup().game->components[c];
      bool has = contains(e.mask, c);
      if (has_no_fields(info))
        add(has ? "true" : "");
      else
        add_values(info.fields, has ? value_of(what, e, c) : nullptr);
    }
    finish_row();
  }

  void cell_row(const world_contents& what, cell c) override {
    row_ = std::to_string(c.x) + "," + std::to_string(c.z);
    for (std::size_t i : selection_.cell_components)
      add_values(what.setup().game->cell_components[i].fields, what.cell_value(i, c));
    finish_row();
  }

  void end() override {}

private:
  void add(const std::string& text) { row_ += "," + text; }

  void add_names(const std::string& component, const std::vector<field_info>& fields) {
    for (const auto& f : fields) {
      std::string name = component + "." + f.name;
      add(f.type == field_type::cell ? name + ".x," + name + ".z" : name);
    }
  }

  void add_values(const std::vector<field_info>& fields, const std::byte* bytes) {
    for (const auto& f : fields) {
      if (bytes == nullptr) {
        add(f.type == field_type::cell ? "," : "");
        continue;
      }
      auto value = field_value(f, bytes);
      if (value.is_array())
        add(value[0].dump() + "," + value[1].dump());
      else if (value.is_string())
        add(value.get_ref<const std::string&>());
      else
        add(value.is_null() ? "" : value.dump());
    }
  }

  void finish_row() {
    row_ += '\n';
    to_ << row_;
  }

  std::ostream& to_;
  const export_selection& selection_;
  std::string row_;
};

json entity_value(const world_contents& what, const world_contents::entity& e,
                  const export_selection& selection, float_form form) {
  json out{{"id", hex_text(e.id.value)}};
  if (e.travelling)
    out["travelling"] = true;
  json& has = out["components"] = json::object();
  for (component_id c : selection.components) {
    if (!contains(e.mask, c))
      continue;
    const auto& info = what.setup().game->components[c];
    const std::byte* bytes = value_of(what, e, c);
    has[info.name] =
      bytes == nullptr ? json::object() : fields_value(info.fields, bytes, ~std::uint64_t{0}, form);
  }
  return out;
}

json cell_value(const world_contents& what, cell c, const export_selection& selection,
                float_form form) {
  json out{{"cell", {c.x, c.z}}};
  for (std::size_t i : selection.cell_components) {
    const auto& info = what.setup().game->cell_components[i];
    out[info.name] = fields_value(info.fields, what.cell_value(i, c), ~std::uint64_t{0}, form);
  }
  return out;
}

json heading_value(const export_heading& heading, const world_contents& what) {
  return {{"tick", what.state().tick()},
          {"world", heading.world},
          {"game", heading.game},
          {"world_hash", hex_text(heading.world_hash)}};
}

const char* name_of_rows(const export_selection& selection) {
  return selection.cell_components.empty() ? "entities" : "cells";
}

/// One object, with a row on every line.
class json_writer : public row_writer {
public:
  json_writer(std::ostream& to, const export_selection& selection)
    : to_(to), selection_(selection) {}

  void begin(const export_heading& heading, const world_contents& what, std::uint64_t) override {
    std::string head = line(heading_value(heading, what));
    head.pop_back();
    to_ << head << ",\n\"" << name_of_rows(selection_) << "\":[";
  }
  void entity(const world_contents& what, const world_contents::entity& e) override {
    put(entity_value(what, e, selection_, float_form::shortest));
  }
  void cell_row(const world_contents& what, cell c) override {
    put(cell_value(what, c, selection_, float_form::shortest));
  }
  void end() override { to_ << "\n]}\n"; }

private:
  void put(const json& row) {
    to_ << before_ << line(row);
    before_ = ",\n";
  }

  std::ostream& to_;
  const export_selection& selection_;
  const char* before_ = "\n";
};

/// The same object.
class msgpack_writer : public row_writer {
public:
  msgpack_writer(std::ostream& to, const export_selection& selection)
    : to_(to), selection_(selection) {}

  void begin(const export_heading& heading, const world_contents& what,
             std::uint64_t rows) override {
    json head = heading_value(heading, what);
    bytes_.push_back(static_cast<std::uint8_t>(0x80 + head.size() + 1)); // a map of so many
    for (const auto& [key, value] : head.items()) {
      json::to_msgpack(key, bytes_);
      json::to_msgpack(value, bytes_);
    }
    json::to_msgpack(name_of_rows(selection_), bytes_);
    bytes_.push_back(0xDD); // an array, its length in the four bytes that follow, highest first
    for (int shift = 24; shift >= 0; shift -= 8)
      bytes_.push_back(static_cast<std::uint8_t>(rows >> shift));
    flush();
  }
  void entity(const world_contents& what, const world_contents::entity& e) override {
    json::to_msgpack(entity_value(what, e, selection_, float_form::exact), bytes_);
    flush();
  }
  void cell_row(const world_contents& what, cell c) override {
    json::to_msgpack(cell_value(what, c, selection_, float_form::exact), bytes_);
    flush();
  }
  void end() override {}

private:
  void flush() {
    to_.write(reinterpret_cast<const char*>(bytes_.data()),
              static_cast<std::streamsize>(bytes_.size()));
    bytes_.clear();
  }

  std::ostream& to_;
  const export_selection& selection_;
  std::vector<std::uint8_t> bytes_;
};

std::unique_ptr<row_writer> writer_for(export_format format, std::ostream& to,
                                       const export_selection& selection) {
  switch (format) {
    case export_format::csv: return std::make_unique<csv_writer>(to, selection);
    case export_format::json: return std::make_unique<json_writer>(to, selection);
    case export_format::msgpack: return std::make_unique<msgpack_writer>(to, selection);
  }
  return nullptr;
}

std::uint64_t write_entities(row_writer& to, const export_heading& heading,
                             const world_contents& what, const export_selection& selection) {
  auto wanted = [&](const world_contents::entity& e) {
    return selection.all || (e.mask & selection.mask) != 0;
  };
  auto rows = static_cast<std::uint64_t>(
    std::count_if(what.entities().begin(), what.entities().end(), wanted));
  to.begin(heading, what, rows);
  for (const auto& e : what.entities())
    if (wanted(e))
      to.entity(what, e);
  to.end();
  return rows;
}

std::uint64_t write_cells(row_writer& to, const export_heading& heading,
                          const world_contents& what) {
  const cell_rect& world = what.setup().extent;
  to.begin(heading, what, static_cast<std::uint64_t>(world.area()));
  for (std::int32_t z = world.z0; z < world.z1; ++z)
    for (std::int32_t x = world.x0; x < world.x1; ++x)
      to.cell_row(what, {static_cast<std::uint16_t>(x), static_cast<std::uint16_t>(z)});
  to.end();
  return static_cast<std::uint64_t>(world.area());
}

std::string names_of_data(const schema& game) {
  std::string names;
  for (const auto& c : game.components)
    if (!has_mark(c.mark, marks::scratch))
      names += (names.empty() ? "" : ", ") + c.name;
  for (const auto& c : game.cell_components)
    names += ", " + c.name + " (of cells)";
  return names;
}

} // namespace

void export_options::add_to(CLI::App& app) {
  CLI::Validator formats = CLI::IsMember({"csv", "json", "msgpack"});
  formats.description("");
  app.add_option("--format", format, "csv, json or msgpack (default csv)")
    ->type_name("FORMAT")
    ->check(formats);
  app.add_flag("--json", json, "The same as --format json");
  app
    .add_option("--component", components,
                "Only this component, and entities that have it; may be given often. A component "
                "of cells gives a row per cell")
    ->type_name("C")
    ->allow_extra_args(false);
  app.add_option("--out", out, "Write to FILE, not to standard output")->type_name("FILE");
}

export_format export_options::chosen() const {
  if (json || format == "json")
    return export_format::json;
  return format == "msgpack" ? export_format::msgpack : export_format::csv;
}

result<export_selection> select_components(const schema& game,
                                           const std::vector<std::string>& names) {
  export_selection out;
  out.all = names.empty();
  auto add = [&](component_id c) {
    out.components.push_back(c);
    out.mask |= bit_of(c);
  };
  if (out.all)
    for (std::size_t c = 0; c < game.components.size(); ++c)
      if (!has_mark(game.components[c].mark, marks::scratch))
        add(static_cast<component_id>(c));
  for (const auto& name : names) {
    component_id id = 0;
    if (const auto* info = game.find_component(name, &id)) {
      if (has_mark(info->mark, marks::scratch))
        return fail(error_code::failure, "--component " + name +
                                           ": a scratch component, which is not kept from tick to "
                                           "tick; the game keeps " +
                                           names_of_data(game));
      if (!contains(out.mask, id))
        add(id);
      continue;
    }
    auto is_named = [&](const cell_component_info& c) { return c.name == name; };
    auto found = std::ranges::find_if(game.cell_components, is_named);
    if (found == game.cell_components.end())
      return fail(error_code::failure, "--component " + name +
                                         ": the game has none of that name; "
                                         "it has " +
                                         names_of_data(game));
    out.cell_components.push_back(static_cast<std::size_t>(found - game.cell_components.begin()));
  }
  if (!out.components.empty() && !out.cell_components.empty())
    return fail(error_code::failure,
                "--component: components of entities and of cells give different rows; export "
                "them one after the other");
  return out;
}

exit_code write_export(const export_options& options, const export_heading& heading,
                       const world_contents& what) {
  auto selection = select_components(*what.setup().game, options.components);
  if (!selection) {
    complain(selection.error());
    return exit_code::usage;
  }
  std::ofstream file;
  if (!options.out.empty())
    file.open(options.out, std::ios::binary | std::ios::trunc);
  std::ostream& to = options.out.empty() ? std::cout : file;
  std::uint64_t rows = 0;
  if (to) {
    auto writer = writer_for(options.chosen(), to, *selection);
    rows = selection->cell_components.empty() ? write_entities(*writer, heading, what, *selection)
                                              : write_cells(*writer, heading, what);
    to.flush();
  }
  if (!to) {
    complain((options.out.empty() ? "standard output" : options.out) +
             ": the export cannot be written there; is there such a folder, and space?");
    return exit_code::cannot_write;
  }
  if (!options.out.empty())
    std::printf("%s: %s %s of tick %s, world hash %s\n", options.out.c_str(), grouped(rows).c_str(),
                name_of_rows(*selection), grouped(what.state().tick()).c_str(),
                hex_text(heading.world_hash).c_str());
  return exit_code::fine;
}

} // namespace tessera
