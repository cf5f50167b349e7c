#include "shards/schedule.hpp"

#include <algorithm>
#include <bit>
#include <string>

namespace tessera {

namespace {

using matrix = std::vector<std::vector<bool>>;

/// Cell components whose values of this tick the system looks at.
std::uint64_t cells_read_now(const system_info& s) {
  return s.kind == system_kind::cells ? s.access.cell_reads : 0;
}

/// Whether no entity can be matched by both.
bool disjoint(const system_info& a, const system_info& b) {
  return (a.required & b.access.without) != 0 || (b.required & a.access.without) != 0;
}

/// Name of a component over which the two conflict; empty if none.
std::string conflict(const schema& s, const system_info& a, const system_info& b) {
  bool rows = a.kind != system_kind::cells && b.kind != system_kind::cells;
  if (rows && !disjoint(a, b)) {
    component_mask both = (a.access.writes & (b.access.reads | b.access.writes)) |
                          (b.access.writes & (a.access.reads | a.access.writes));
    if (both != 0)
      return "component " + s.components[static_cast<std::size_t>(std::countr_zero(both))].name;
  }
  auto touched = [](const system_info& x) { return x.access.cell_sums | cells_read_now(x); };
  std::uint64_t cells = (a.access.cell_writes & (b.access.cell_writes | touched(b))) |
                        (b.access.cell_writes & (a.access.cell_writes | touched(a))) |
                        (a.access.cell_sums & cells_read_now(b)) |
                        (b.access.cell_sums & cells_read_now(a));
  if (cells != 0)
    return "cell component " +
           s.cell_components[static_cast<std::size_t>(std::countr_zero(cells))].name;
  return {};
}

result<matrix> direct_order(const schema& s) {
  std::size_t n = s.systems.size();
  matrix before(n, std::vector<bool>(n, false)); // before[a][b]: a runs before b
  for (std::size_t b = 0; b < n; ++b) {
    for (const auto& name : s.systems[b].after) {
      auto a = std::find_if(s.systems.begin(), s.systems.end(),
                            [&](const system_info& x) { return x.name == name; });
      if (a == s.systems.end())
        return fail(error_code::bad_game, "system " + s.systems[b].name + " runs after " + name +
                                            ", which is not registered");
      before[static_cast<std::size_t>(a - s.systems.begin())][b] = true;
    }
  }
  for (std::size_t k = 0; k < n; ++k)
    for (std::size_t a = 0; a < n; ++a)
      for (std::size_t b = 0; b < n; ++b)
        if (before[a][k] && before[k][b])
          before[a][b] = true;
  return before;
}

} // namespace

result<schedule> make_schedule(const schema& s) {
  auto before = direct_order(s);
  if (!before)
    return tl::unexpected(before.error());
  std::size_t n = s.systems.size();
  for (std::size_t a = 0; a < n; ++a) {
    if ((*before)[a][a])
      return fail(error_code::bad_game, "system " + s.systems[a].name + " runs after itself");
    for (std::size_t b = a + 1; b < n; ++b) {
      std::string over = conflict(s, s.systems[a], s.systems[b]);
      if (!over.empty() && !(*before)[a][b] && !(*before)[b][a])
        return fail(error_code::bad_game, "systems " + s.systems[a].name + " and " +
                                            s.systems[b].name + " conflict over " + over +
                                            " and no order between them is declared: add " +
                                            s.systems[a].name + " to after<...> of " +
                                            s.systems[b].name + ", or the other way round");
    }
  }
  schedule made;
  std::vector<std::size_t> stage_of(n, 0);
  std::vector<bool> placed(n, false);
  for (std::size_t round = 0; made.order.size() < n; ++round) {
    made.stages.emplace_back();
    std::vector<std::uint16_t> ready;
    for (std::size_t b = 0; b < n; ++b) {
      bool free = !placed[b];
      for (std::size_t a = 0; a < n; ++a)
        free = free && (!(*before)[a][b] || placed[a]);
      if (free)
        ready.push_back(static_cast<std::uint16_t>(b));
    }
    for (auto b : ready) {
      placed[b] = true;
      made.stages.back().push_back(static_cast<std::uint16_t>(made.order.size()));
      made.order.push_back(b);
    }
  }
  return made;
}

} // namespace tessera
