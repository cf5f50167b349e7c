#include "shards/look.hpp"

#include "core/assert.hpp"
#include "core/hash.hpp"
#include "shards/entity_record.hpp"
#include "shards/shard.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <ctime>

namespace tessera {

namespace {

template <class T>
T read(const std::byte* at) {
  T value;
  std::memcpy(&value, at, sizeof value);
  return value;
}

long double number_in(const field_info& field, const std::byte* bytes) {
  const std::byte* at = bytes + field.offset;
  switch (field.type) {
    case field_type::u8: return read<std::uint8_t>(at);
    case field_type::i8: return read<std::int8_t>(at);
    case field_type::u16: return read<std::uint16_t>(at);
    case field_type::i16: return read<std::int16_t>(at);
    case field_type::u32: return read<std::uint32_t>(at);
    case field_type::i32: return read<std::int32_t>(at);
    case field_type::u64:
    case field_type::entity: return read<std::uint64_t>(at);
    case field_type::i64: return read<std::int64_t>(at);
    case field_type::f32: return read<float>(at);
    case field_type::f64: return read<double>(at);
    case field_type::boolean: return read<std::uint8_t>(at) != 0 ? 1 : 0;
    case field_type::cell: return 0; // no order; no filter names it
  }
  return 0;
}

bool compare(long double value, filter_step::comparison how, long double with) {
  switch (how) {
    case filter_step::comparison::less: return value < with;
    case filter_step::comparison::at_most: return value <= with;
    case filter_step::comparison::more: return value > with;
    case filter_step::comparison::at_least: return value >= with;
    case filter_step::comparison::equal: return value == with;
    case filter_step::comparison::unequal: return value != with;
  }
  return false;
}

double x_of(const position& p, float cell_size_m) {
  return double{p.x} + double{cell_size_m} * p.where.x;
}
double z_of(const position& p, float cell_size_m) {
  return double{p.z} + double{cell_size_m} * p.where.z;
}

class looker {
public:
  looker(const shard& at, const store& whose, const look_request& what, shard_look& out)
    : shard_(at), store_(whose), what_(what), out_(out) {}

  void collect() {
    if (what_.in_view)
      points(*what_.in_view);
    entities();
    if (what_.found)
      search(*what_.found);
  }

private:
  void points(const look_request::points& asked);
  void entities();
  void search(const look_request::search& asked);
  seen_entity copy(handle who, component_mask shown) const;
  bool fulfils(const entity_filter& filter, handle who, component_mask has) const;

  const shard& shard_;
  const store& store_;
  const look_request& what_;
  shard_look& out_;
};

void looker::points(const look_request::points& asked) {
  const look_view& v = asked.view;
  const double cell = what_.cell_size_m;
  const cell_rect own = shard_.region().grown(1); // who leaves is in the next cell
  if (v.x1 <= own.x0 * cell || v.x0 >= own.x1 * cell || v.z1 <= own.z0 * cell ||
      v.z0 >= own.z1 * cell)
    return;
  for (std::uint32_t t = 0; t < store_.archetype_count(); ++t) {
    const archetype& table = store_.at(t);
    const auto* places = table.column_as<position>(position_component);
    for (std::uint32_t row = 0; row < table.rows(); ++row) {
      const double x = x_of(places[row], what_.cell_size_m);
      const double z = z_of(places[row], what_.cell_size_m);
      if (x < v.x0 || x >= v.x1 || z < v.z0 || z >= v.z1)
        continue;
      ++out_.in_view;
      const entity_id id = table.ids()[row];
      const std::uint32_t place = thinning_place(id);
      if (place < asked.below)
        out_.points.push_back({id, place, table.mask(), x, z});
    }
  }
}

seen_entity looker::copy(handle who, component_mask shown) const {
  seen_entity out;
  out.id = store_.id_of(who);
  out.shard = shard_.id();
  out.has = store_.mask_of(who);
  std::memcpy(&out.where, store_.get(who, position_component), sizeof out.where);
  for (component_mask rest = out.has & shown; rest != 0; rest &= rest - 1) {
    const auto c = static_cast<component_id>(std::countr_zero(rest));
    const std::uint32_t size = shard_.declared().components[c].size;
    if (size == 0)
      continue;
    const std::byte* from = store_.get(who, c);
    out.bytes.insert(out.bytes.end(), from, from + size);
    out.shown |= bit_of(c);
  }
  return out;
}

void looker::entities() {
  for (entity_id id : what_.ids)
    if (auto who = store_.find(id))
      out_.entities.push_back(copy(*who, ~component_mask{0}));
}

bool looker::fulfils(const entity_filter& filter, handle who, component_mask has) const {
  std::uint64_t truth = 0; // a stack, its top the lowest bit; the parser bounds its depth
  for (const auto& step : filter) {
    bool pushed = false;
    switch (step.what) {
      case filter_step::kind::has: pushed = contains(has, step.component); break;
      case filter_step::kind::compare: {
        const std::byte* bytes =
          contains(has, step.component) ? store_.get(who, step.component) : nullptr;
        const auto& field = shard_.declared().components[step.component].fields[step.field];
        pushed = bytes != nullptr && compare(number_in(field, bytes), step.how, step.number);
        break;
      }
      case filter_step::kind::both: truth = truth >> 2 << 1 | ((truth & 3) == 3); continue;
      case filter_step::kind::either: truth = truth >> 2 << 1 | ((truth & 3) != 0); continue;
      case filter_step::kind::negate: truth ^= 1; continue;
    }
    truth = truth << 1 | static_cast<std::uint64_t>(pushed);
  }
  return filter.empty() || (truth & 1) != 0;
}

void looker::search(const look_request::search& asked) {
  const component_mask dense = shard_.declared().dense_mask();
  std::vector<std::pair<entity_id, handle>> lowest; // a heap, its highest id first
  for (std::uint32_t t = 0; t < store_.archetype_count(); ++t) {
    const archetype& table = store_.at(t);
    if ((asked.needed & dense & ~table.mask()) != 0)
      continue;
    for (std::uint32_t row = 0; row < table.rows(); ++row) {
      const handle who = store_.handle_at(t, row);
      const component_mask has = store_.mask_of(who);
      if ((asked.needed & ~has) != 0 || !fulfils(asked.filter, who, has))
        continue;
      ++out_.found;
      const entity_id id = table.ids()[row];
      auto lower = [](const auto& l, const auto& r) { return l.first < r.first; };
      if (lowest.size() == asked.most && (lowest.empty() || lowest.front().first < id))
        continue;
      lowest.emplace_back(id, who);
      std::push_heap(lowest.begin(), lowest.end(), lower);
      if (lowest.size() > asked.most) {
        std::pop_heap(lowest.begin(), lowest.end(), lower);
        lowest.pop_back();
      }
    }
  }
  for (const auto& [id, who] : lowest)
    out_.matches.push_back(copy(who, asked.shown));
}

} // namespace

std::uint32_t thinning_place(entity_id id) {
  return static_cast<std::uint32_t>(hash_combine(0x1A5EC7, id.value) >> 32);
}

namespace {

void keep_lowest_places(shard_look& out, const look_request::points& asked) {
  out.points_below = asked.below;
  if (out.points.size() <= asked.most)
    return;
  auto cut = out.points.begin() + asked.most;
  std::nth_element(out.points.begin(), cut, out.points.end(),
                   [](const auto& l, const auto& r) { return l.place < r.place; });
  out.points_below = cut->place;
  out.points.erase(cut, out.points.end());
  // Several may share a place; either all of them are given or none.
  std::erase_if(out.points, [&](const auto& p) { return p.place >= out.points_below; });
}

void keep_lowest_ids(shard_look& out, const look_request::search& asked) {
  std::sort(out.matches.begin(), out.matches.end(),
            [](const auto& l, const auto& r) { return l.id < r.id; });
  if (out.matches.size() > asked.most)
    out.matches.resize(asked.most);
}

/// Who is on its way to a neighbour.
void read_travellers(const schema& s, std::span<const std::shared_ptr<const border_packet>> sent,
                     store& into) {
  for (const auto& packet : sent) {
    byte_reader reader{packet->arrivals};
    for (std::uint32_t i = 0; i < packet->arrival_count; ++i)
      TESSERA_ASSERT(read_entity(s, into, reader).has_value(), "a shard's own packet is whole");
  }
}

/// Not what others took of the processor meanwhile.
std::uint64_t thread_time_ns() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000 +
         static_cast<std::uint64_t>(now.tv_nsec);
}

} // namespace

shard_look look_at(const shard& at, std::span<const std::shared_ptr<const border_packet>> sent,
                   const look_request& what) {
  const std::uint64_t begin = thread_time_ns();
  shard_look out;
  out.shard = at.id();
  out.tick = at.tick();
  looker{at, at.entities(), what, out}.collect();
  if (std::any_of(sent.begin(), sent.end(), [](const auto& p) { return p->arrival_count != 0; })) {
    store travellers{at.declared().columns()};
    read_travellers(at.declared(), sent, travellers);
    looker{at, travellers, what, out}.collect();
  }
  if (what.in_view)
    keep_lowest_places(out, *what.in_view);
  if (what.found)
    keep_lowest_ids(out, *what.found);
  if (what.memory)
    out.memory_bytes = at.memory_bytes();
  out.cost_ns = thread_time_ns() - begin;
  return out;
}

} // namespace tessera
