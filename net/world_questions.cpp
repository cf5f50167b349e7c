#include "net/world_questions.hpp"

#include "net/id_text.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <string_view>

namespace tessera {

namespace {

/// Calls take(part) for each part between commas, until it gives false.
bool for_each_part(std::string_view text, auto take) {
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find(',', begin), text.size());
    if (!take(text.substr(begin, end - begin)))
      return false;
    begin = end + 1;
  }
  return true;
}

std::string start_of(const std::string& text) {
  return "\"" + text.substr(0, 80) + "\"";
}

} // namespace

answer<std::uint64_t> whole_parameter(const http_request& request, const char* name,
                                      std::uint64_t least, std::uint64_t most,
                                      std::uint64_t otherwise) {
  auto found = request.parameters.find(name);
  if (found == request.parameters.end())
    return otherwise;
  auto number = parse_whole(found->second);
  if (!number || *number < least || *number > most)
    return refuse_with(400, std::string(name) + ": found " + start_of(found->second) +
                              "; allowed: a whole number from " + std::to_string(least) + " to " +
                              std::to_string(most));
  return *number;
}

answer<std::optional<look_request::points>> points_parameters(const http_request& request,
                                                              std::uint32_t most) {
  auto number = whole_parameter(request, "most", 1, 4000, most);
  if (!number)
    return tl::unexpected(number.error());
  auto found = request.parameters.find("view");
  if (found == request.parameters.end())
    return std::optional<look_request::points>{};
  std::array<double, 4> edges{};
  std::size_t count = 0;
  bool fine = for_each_part(found->second, [&](std::string_view part) {
    double value = 0;
    auto [last, ec] = std::from_chars(part.data(), part.data() + part.size(), value);
    if (ec != std::errc{} || last != part.data() + part.size() || !std::isfinite(value) ||
        std::abs(value) > 1e9 || count == edges.size())
      return false;
    edges[count++] = value;
    return true;
  });
  if (!fine || count != 4 || edges[0] >= edges[2] || edges[1] >= edges[3])
    return refuse_with(400, "view: found " + start_of(found->second) +
                              "; allowed: X0,Z0,X1,Z1 in metres, X0 < X1 and Z0 < Z1, each at "
                              "most 1e9 from 0");
  look_request::points out;
  out.view = {edges[0], edges[1], edges[2], edges[3]};
  out.most = static_cast<std::uint32_t>(*number);
  return out;
}

answer<std::vector<entity_id>> id_parameters(const http_request& request, const char* name) {
  constexpr std::size_t most = 16;
  std::vector<entity_id> out;
  auto found = request.parameters.find(name);
  if (found == request.parameters.end() || found->second.empty())
    return out;
  bool fine = for_each_part(found->second, [&](std::string_view part) {
    auto id = parse_entity_id(part);
    if (!id || out.size() == most)
      return false;
    out.push_back(*id);
    return true;
  });
  if (!fine)
    return refuse_with(400, std::string(name) + ": found " + start_of(found->second) +
                              "; allowed: at most 16 entity ids, 16 hex digits each, comma "
                              "separated");
  return out;
}

answer<world_look> ask_shards(inspected_world& world, look_request what) {
  const world_about& about = world.about();
  what.cell_size_m = about.setup->cell_size_m;
  std::vector<shard_id> shards;
  if (what.in_view && what.ids.empty() && !what.found && !what.memory) {
    // Who left in the last tick is with the shard it left, one cell outside it.
    const double cell = double{what.cell_size_m};
    const look_view& v = what.in_view->view;
    for (shard_id s = 0; s < about.cut->size(); ++s) {
      const cell_rect r = about.cut->rect(s).grown(1);
      if (v.x0 < r.x1 * cell && v.x1 > r.x0 * cell && v.z0 < r.z1 * cell && v.z1 > r.z0 * cell)
        shards.push_back(s);
    }
    if (shards.empty())
      shards.push_back(0); // it says at which tick nobody is there
  }
  return world.look(std::move(what), std::move(shards), std::chrono::milliseconds(2000));
}

answer<std::shared_ptr<const shard_figures>> newest_shard_figures(inspected_world& world,
                                                                  std::chrono::milliseconds most) {
  world.want_shard_figures();
  const auto end = std::chrono::steady_clock::now() + most;
  auto seen = world.seen();
  if (!seen)
    seen = world.wait_for(0, most);
  while (seen && !(*seen)->shards && std::chrono::steady_clock::now() < end)
    seen = world.wait_for((*seen)->newest.tick, std::chrono::milliseconds(100));
  if (!seen)
    return tl::unexpected(seen.error());
  if (!(*seen)->shards)
    return refuse_with(503, "the shards' figures are collected from now on; the next tick is not "
                            "complete yet");
  return (*seen)->shards;
}

} // namespace tessera
