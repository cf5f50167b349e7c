// Layouts of the world file: their text, and whether they fit a world. The same checks serve the
// file and the command line.
#include "core/limits.hpp"
#include "sdk/world_file_keys.hpp"
#include "sdk/world_file_values.hpp"
#include "shards/layout.hpp"

namespace tessera {

using world_file::allowed;
using world_file::parse_digits;
using world_file::refuse;

result<layout_spec> parse_layout(std::string_view text) {
  const auto cross = text.find('x');
  std::optional<int> rows;
  std::optional<int> columns;
  if (cross != std::string_view::npos) {
    rows = parse_digits<int>(text.substr(0, cross));
    columns = parse_digits<int>(text.substr(cross + 1));
  }
  if (!rows || !columns || *rows < 1 || *columns < 1 ||
      std::int64_t{*rows} * *columns > std::int64_t{limits::shards})
    return refuse("shards: found \"" + std::string(text.substr(0, 80)) +
                  "\"; allowed: " + std::string(allowed("shards")));
  return layout_spec{*rows, *columns, {}};
}

result<void> check_layout(const layout_spec& layout, int extent_x, int extent_z) {
  const std::string world = std::to_string(extent_x) + " x " + std::to_string(extent_z) + " cells";
  if (layout.rectangles.empty()) {
    const int most_rows = extent_z / limits::min_shard_cells;
    const int most_columns = extent_x / limits::min_shard_cells;
    if (layout.rows >= 1 && layout.columns >= 1 && layout.rows <= most_rows &&
        layout.columns <= most_columns &&
        std::int64_t{layout.rows} * layout.columns <= std::int64_t{limits::shards})
      return {};
    return refuse("found \"" + std::to_string(layout.rows) + "x" + std::to_string(layout.columns) +
                  "\" for a world of " + world + "; allowed: at most " + std::to_string(most_rows) +
                  " rows and " + std::to_string(most_columns) +
                  " columns, 16384 shards in all, so " + "that no shard is below 2 x 2 cells");
  }
  const auto cut = tessera::layout::rectangles({0, 0, extent_x, extent_z}, layout.rectangles);
  if (!cut)
    return refuse("found rectangles that do not fit a world of " + world + ": " +
                  cut.error().message + "; allowed: " + std::string(allowed("shard")));
  return {};
}

} // namespace tessera
