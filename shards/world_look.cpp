#include "shards/world_look.hpp"

namespace tessera {

namespace {

template <class Rows>
void move_rows(Rows& to, Rows& from) {
  to.insert(to.end(), from.begin(), from.end());
  from.clear();
}

} // namespace

std::vector<instance_columns> instances_of(const lockstep_world& world, const appearance& looks,
                                           float cell_size_m) {
  std::vector<instance_columns> out(world.shard_count() + 1);
  instance_columns& all = out.front();
  all.tick = world.tick();
  for (std::size_t s = 0; s < world.shard_count(); ++s) {
    instance_columns& part = out[s + 1];
    write_instances(world.at(s), world.sent_packets(s), looks, cell_size_m, part);
    move_rows(all.places, part.places);
    move_rows(all.turns, part.turns);
    move_rows(all.materials, part.materials);
    move_rows(all.ids, part.ids);
  }
  order_by_id(all);
  return out;
}

} // namespace tessera
