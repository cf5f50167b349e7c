#include "shards/saved_world.hpp"

#include <algorithm>
#include <cmath>
#include <string>
#include <unordered_map>

namespace tessera {

namespace {

tl::unexpected<error> damaged(const std::string& what) {
  return fail(error_code::bad_bytes, "the saved world is not whole: " + what);
}

std::string name_of(entity_id id) {
  return "entity " + std::to_string(id.value);
}

bool is_in(const world_setup& setup, const position& p) {
  float size = setup.cell_size_m;
  return setup.extent.contains(p.where) && p.x >= 0 && p.x < size && p.z >= 0 && p.z < size &&
         std::isfinite(p.y);
}

result<void> check_cover(const world_setup& setup, const std::vector<saved_part>& parts) {
  std::int64_t area = 0;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const cell_rect& r = parts[i].region;
    if (r.clipped(setup.extent) != r || r.width() <= 0 || r.depth() <= 0)
      return damaged("a part's cells are not in the world");
    area += r.area();
    for (std::size_t k = 0; k < i; ++k) {
      cell_rect both = r.clipped(parts[k].region);
      if (both.width() > 0 && both.depth() > 0)
        return damaged("two parts hold the same cells");
    }
  }
  if (area != setup.extent.area())
    return damaged("cells are missing");
  return {};
}

} // namespace

result<std::shared_ptr<const saved_world>> saved_world::make(const world_setup& setup,
                                                             std::vector<saved_part> parts,
                                                             saved_conductor conductor) {
  if (auto ok = check_cover(setup, parts); !ok)
    return tl::unexpected(ok.error());
  auto made = std::make_shared<saved_world>();
  std::vector<entity_id> all;
  for (const auto& part : parts) {
    if (part.tick != conductor.tick)
      return damaged("its parts are of different ticks");
    for (const auto& t : part.tables) {
      all.insert(all.end(), t.ids.begin(), t.ids.end());
      for (std::size_t row = 0; row < t.ids.size(); ++row)
        if (!is_in(setup, t.place(row)))
          return damaged(name_of(t.ids[row]) + " is outside the world");
    }
  }
  std::sort(all.begin(), all.end());
  if (auto twice = std::adjacent_find(all.begin(), all.end()); twice != all.end())
    return damaged(name_of(*twice) + " is there twice");
  for (const auto& part : parts) {
    auto known = [&](entity_id id) { return std::binary_search(all.begin(), all.end(), id); };
    for (const auto& t : part.tags)
      if (!std::all_of(t.owners.begin(), t.owners.end(), known))
        return damaged("a tag of an entity that is not there");
    for (const auto& r : part.rares)
      if (!std::all_of(r.owners.begin(), r.owners.end(), known))
        return damaged("a component of an entity that is not there");
  }
  made->entities_ = all.size();
  made->parts_ = std::move(parts);
  made->conductor_ = std::move(conductor);
  return std::shared_ptr<const saved_world>(std::move(made));
}

std::vector<shard_share> saved_world::share_out(const layout& cut) const {
  std::vector<shard_share> shares(cut.size());
  std::unordered_map<entity_id, shard_id> owner;
  owner.reserve(entities_);
  for (auto& share : shares)
    share.tick = tick();
  for (const auto& part : parts_) {
    for (const auto& table : part.tables) {
      for (std::uint32_t row = 0; row < table.ids.size(); ++row) {
        shard_id to = cut.owner(table.place(row).where);
        owner[table.ids[row]] = to;
        auto& entities = shares[to].entities;
        if (entities.empty() || entities.back().from != &table)
          entities.push_back({&table, {}});
        entities.back().which.push_back(row);
      }
    }
    for (shard_id s = 0; s < cut.size(); ++s) {
      cell_rect both = cut.rect(s).clipped(part.region);
      if (both.width() > 0 && both.depth() > 0)
        shares[s].cells.push_back(&part);
    }
  }
  std::vector<event_record> events;
  for (const auto& part : parts_) {
    for (const auto& t : part.tags)
      for (entity_id who : t.owners)
        shares[owner.at(who)].beside.push_back({t.component, who, nullptr});
    for (const auto& r : part.rares) {
      std::size_t size = r.owners.empty() ? 0 : r.values.size() / r.owners.size();
      for (std::size_t i = 0; i < r.owners.size(); ++i)
        shares[owner.at(r.owners[i])].beside.push_back(
          {r.component, r.owners[i], size == 0 ? nullptr : r.values.data() + i * size});
    }
    events.insert(events.end(), part.events.begin(), part.events.end());
  }
  // Whoever owns the target gets the event, as if it had always owned it. One that nobody owns goes
  // where it was seen last, to be counted as refused there.
  for (const auto& e : events) {
    auto at = owner.find(e.target);
    shares[at != owner.end() ? at->second : cut.owner(e.seen)].events.push_back(e);
  }
  return shares;
}

} // namespace tessera
