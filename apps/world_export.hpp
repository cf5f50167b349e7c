// A state as rows for other programs: entities with the fields of their components, or the cells of the
// world with theirs.
//
// Always true: rows ascend by id, cells run west to east, then north to south; so the same state gives the
// same bytes, whatever layout it was run under. Rows are written as they are made; none is kept.
#pragma once

#include "apps/exit_codes.hpp"
#include "apps/world_contents.hpp"

#include <CLI/CLI.hpp>

#include <memory>
#include <string>
#include <vector>

namespace tessera {

enum class export_format { csv, json, msgpack };

struct export_options {
  std::string format = "csv";
  bool json = false;                   ///< stands for format json
  std::vector<std::string> components; ///< empty: all
  std::string out;                     ///< empty: standard output

  /// Adds --format, --json, --component and --out.
  void add_to(CLI::App& app);
  export_format chosen() const;
};

/// The same for all rows.
struct export_heading {
  std::string world;
  std::string game;
  std::uint64_t world_hash = 0;
};

/// What is wanted of a game's declared data: either components of entities, or those of cells.
struct export_selection {
  std::vector<component_id> components;
  std::vector<std::size_t> cell_components;
  component_mask mask = 0; ///< of `components`
  bool all = false;        ///< none was named: every entity has a row
};

/// Errors: failure for a name that the game does not have, for one that is not kept (scratch), and for names
/// of both kinds at once.
result<export_selection> select_components(const schema& game,
                                           const std::vector<std::string>& names);

/// Writes what the options ask for and, beside a file, says on standard output what it was. The error is
/// printed already.
exit_code write_export(const export_options& options, const export_heading& heading,
                       const world_contents& what);

} // namespace tessera
