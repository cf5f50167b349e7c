#include "shards/command_batch.hpp"

#include <cmath>
#include <cstring>
#include <limits>
#include <string>
#include <utility>

namespace tessera {

namespace {

/// Owner of a command whose target may be anywhere.
constexpr shard_id everyone = std::numeric_limits<shard_id>::max();

result<void> check_bytes(const std::vector<field_info>& fields, std::uint32_t size,
                         const std::string& name, const part_view& part) {
  if (part.bytes.size() != size)
    return fail(error_code::bad_command, name + " has " + std::to_string(size) + " bytes, not " +
                                           std::to_string(part.bytes.size()));
  for (const auto& f : fields) {
    bool finite = true;
    if (f.type == field_type::f32) {
      float v;
      std::memcpy(&v, part.bytes.data() + f.offset, sizeof v);
      finite = std::isfinite(v);
    } else if (f.type == field_type::f64) {
      double v;
      std::memcpy(&v, part.bytes.data() + f.offset, sizeof v);
      finite = std::isfinite(v);
    }
    if (!finite)
      return fail(error_code::bad_command, name + "." + f.name + " is not a finite number");
  }
  return {};
}

result<void> check_cell(const world_setup& setup, cell c) {
  if (setup.extent.contains(c))
    return {};
  return fail(error_code::bad_command, "cell [" + std::to_string(c.x) + ", " + std::to_string(c.z) +
                                         "] is not in the world: cells run from 0 to " +
                                         std::to_string(setup.extent.x1 - 1) + " east and " +
                                         std::to_string(setup.extent.z1 - 1) + " south");
}

result<void> check_place(const world_setup& setup, const position& p) {
  float size = setup.cell_size_m;
  if (auto ok = check_cell(setup, p.where); !ok)
    return ok;
  if (!(p.x >= 0 && p.x < size && p.z >= 0 && p.z < size && std::isfinite(p.y)))
    return fail(error_code::bad_command, "local x and z are between 0 and the cell size, " +
                                           std::to_string(size) + " m, and y is finite");
  return {};
}

result<void> check_part(const schema& s, const command_view& c, const part_view& part) {
  if (c.op == command_op::event) {
    if (part.type >= s.events.size())
      return fail(error_code::bad_command, "no such event");
    const auto& e = s.events[part.type];
    return check_bytes(e.fields, e.size, e.name, part);
  }
  if (part.type >= s.components.size())
    return fail(error_code::bad_command, "no such component");
  const auto& info = s.components[part.type];
  if (c.op == command_op::get) {
    if (info.size == 0)
      return fail(error_code::bad_command, info.name + " has no fields to get");
    return {};
  }
  return part.type == position_component ? result<void>{}
                                         : check_bytes(info.fields, info.size, info.name, part);
}

/// The shard that alone may own a command's target; everyone if its place is not known.
shard_id owner_of(const layout& cut, const command_view& c) {
  if (c.op == command_op::spawn)
    return cut.owner(c.place.where);
  return c.expected ? cut.owner(*c.expected) : everyone;
}

/// As it is read from a client or a disk, with the batch's place named.
error named(error why, const command_batch& of, std::size_t i) {
  if (of.size() > 1)
    why.message = "command " + std::to_string(i + 1) + " of " + std::to_string(of.size()) +
                  " (session " + std::to_string(of.session()) + ", sequence " +
                  std::to_string(of.sequence(i)) + "): " + why.message;
  return why;
}

} // namespace

result<void> check_command(const world_setup& setup, const command_view& c) {
  const schema& s = *setup.game;
  bool sets_position =
    c.op == command_op::set && c.part_count != 0 && c.first_part.type == position_component;
  if (c.op == command_op::spawn || c.op == command_op::teleport || sets_position)
    if (auto ok = check_place(setup, c.place); !ok)
      return ok;
  if (c.expected)
    if (auto ok = check_cell(setup, *c.expected); !ok)
      return ok;
  bool takes_one = c.op == command_op::set || c.op == command_op::event || c.op == command_op::get;
  if (takes_one && c.part_count != 1)
    return fail(error_code::bad_command, "set, get and event take one component or event");
  result<void> ok;
  c.for_each_part([&](const part_view& part) {
    if (ok)
      ok = check_part(s, c, part);
  });
  return ok;
}

result<void> check_command(const world_setup& setup, const command& c) {
  std::vector<std::byte> bytes;
  write_command(bytes, c);
  return check_command(setup, decode_command(bytes));
}

void command_batch::add_view(const command_view& c) {
  entries_.push_back({c.sequence, bytes_.size()});
  write_command(bytes_, c);
}

void command_batch::add(command c) {
  c.session = session_;
  entries_.push_back({c.sequence, bytes_.size()});
  write_command(bytes_, c);
}

void command_batch::add_set(std::uint64_t sequence, entity_id target, std::optional<cell> expected,
                            component_id component, std::span<const std::byte> value) {
  command_view c;
  c.session = session_;
  c.sequence = sequence;
  c.op = command_op::set;
  c.target = target;
  c.expected = expected;
  c.part_count = 1;
  c.first_part = {component, ~std::uint64_t{0}, value};
  add_view(c);
}

void command_batch::add_get(std::uint64_t sequence, entity_id target, std::optional<cell> expected,
                            component_id component) {
  command_view c;
  c.session = session_;
  c.sequence = sequence;
  c.op = command_op::get;
  c.target = target;
  c.expected = expected;
  c.part_count = 1;
  c.first_part = {component, ~std::uint64_t{0}, {}};
  add_view(c);
}

void command_batch::add_encoded(std::uint64_t sequence, std::span<const std::byte> bytes) {
  entries_.push_back({sequence, bytes_.size()});
  bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
}

void command_batch::reserve(std::size_t commands, std::size_t bytes) {
  entries_.reserve(commands);
  bytes_.reserve(bytes);
}

void command_batch::clear() {
  entries_.clear();
  bytes_.clear();
}

result<batch_pointer> routed_batch::make(const world_setup& setup, const layout& cut,
                                         command_batch commands) {
  if (commands.empty())
    return fail(error_code::bad_command, "a batch without commands");
  if (commands.byte_count() > limits::batch_bytes)
    return fail(error_code::bad_command, "a batch of " + std::to_string(commands.byte_count()) +
                                           " bytes; the largest has " +
                                           std::to_string(limits::batch_bytes) + ": split it");
  std::shared_ptr<routed_batch> made(new routed_batch(std::move(commands)));
  const command_batch& all = made->commands_;
  thread_local std::vector<placed_command> placed;
  placed.clear();
  for (std::size_t i = 0; i < all.size(); ++i) {
    command_view c = all.at(i);
    if (c.sequence <= (i == 0 ? 0 : all.sequence(i - 1)))
      return tl::unexpected(named(
        {error_code::bad_command, "sequence numbers begin at 1 and rise within a batch"}, all, i));
    if (auto ok = check_command(setup, c); !ok)
      return tl::unexpected(named(ok.error(), all, i));
    placed.push_back(place(cut, c, all.bytes(i)));
  }
  made->route(placed, cut.size());
  return made;
}

placed_command place(const layout& cut, const command_view& c, std::span<const std::byte> bytes) {
  return {c.sequence, bytes, owner_of(cut, c), c.changes_state()};
}

batch_pointer routed_batch::of_placed(const layout& cut, session_id session,
                                      std::span<const placed_command> commands) {
  std::shared_ptr<routed_batch> made(new routed_batch(command_batch{session}));
  made->route(commands, cut.size());
  return made;
}

/// Sorts the commands by owner, which keeps their order within one; commands_ has them as they are, or none.
void routed_batch::route(std::span<const placed_command> commands, std::size_t shards) {
  first_sequence_ = commands.front().sequence;
  last_sequence_ = commands.back().sequence;
  thread_local std::vector<std::uint32_t>
    next; // per shard, and for everyone: where the next one goes
  next.assign(shards + 1, 0);
  auto bucket = [&](shard_id s) -> std::uint32_t& { return next[s == everyone ? shards : s]; };
  std::size_t bytes = 0;
  for (const auto& c : commands) {
    ++bucket(c.owner);
    bytes += c.bytes.size();
    if (!c.changes_state)
      continue;
    last_change_ = c.sequence;
    if (first_change_ == 0)
      first_change_ = c.sequence;
  }
  const auto all = static_cast<std::uint32_t>(commands.size());
  everyone_begin_ = all - next[shards];
  std::uint32_t end = 0;
  for (std::size_t s = 0; s <= shards && end < all; ++s) {
    std::uint32_t begin = end;
    end += std::exchange(next[s], begin);
    if (end != begin && s < shards)
      parts_.push_back({static_cast<shard_id>(s), begin, end});
  }
  const bool as_they_are = parts_.size() + (everyone_begin_ < all ? 1 : 0) == 1;
  if (as_they_are && !commands_.empty())
    return;
  command_batch sorted{session()};
  sorted.reserve(all, bytes);
  if (as_they_are) {
    for (const auto& c : commands)
      sorted.add_encoded(c.sequence, c.bytes);
  } else {
    order_.resize(all);
    thread_local std::vector<std::uint32_t> given; // by place: where it was in the batch
    given.resize(all);
    for (std::uint32_t i = 0; i < all; ++i) {
      order_[i] = bucket(commands[i].owner)++;
      given[order_[i]] = i;
    }
    for (std::uint32_t i : given)
      sorted.add_encoded(commands[i].sequence, commands[i].bytes);
  }
  commands_ = std::move(sorted);
}

const routed_batch::part* routed_batch::part_of(shard_id shard) const {
  auto part = std::lower_bound(parts_.begin(), parts_.end(), shard,
                               [](const auto& p, shard_id s) { return p.shard < s; });
  return part == parts_.end() || part->shard != shard ? nullptr : &*part;
}

std::vector<command> commands_of(std::span<const stamped_commands> batches) {
  std::vector<command> out;
  for (const auto& [tick, batch] : batches)
    for (std::size_t i = 0; i < batch.size(); ++i)
      out.push_back(to_command(batch.at(i), tick));
  return out;
}

namespace {

void put_in_order(std::vector<command>& to, const routed_batch& batch, tick_number tick) {
  batch.in_order(
    [&](std::uint32_t at) { to.push_back(to_command(batch.commands().at(at), tick)); });
}

} // namespace

std::vector<command> commands_of(std::span<const stamped_batch> batches) {
  std::vector<command> out;
  for (const auto& [tick, batch] : batches)
    put_in_order(out, *batch, tick);
  return out;
}

std::vector<command> commands_of(const grant& g) {
  std::vector<command> out;
  for (const auto& batch : g.commands)
    put_in_order(out, *batch, g.tick);
  return out;
}

} // namespace tessera
