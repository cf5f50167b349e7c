#include "tests/support/worlds.hpp"

#include "shards/entity_record.hpp"
#include "tests/support/test_games.hpp"

#include <cinttypes>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <stdexcept>

namespace tessera::testing {

result<std::shared_ptr<const schema>> register_game(void (*define)(game_builder&),
                                                    const world_options& options) {
  world_facts facts{options.seed, 0.05F, options.cell_size_m, options.extent, nullptr};
  game_builder builder{"test", facts, options.parameters};
  define(builder);
  return builder.finish();
}

std::shared_ptr<const world_setup> make_world(void (*define)(game_builder&),
                                              const world_options& options) {
  auto game = register_game(define, options);
  if (!game)
    throw std::runtime_error(game.error().message);
  world_setup setup;
  setup.game = *game;
  setup.seed = options.seed;
  setup.cell_size_m = options.cell_size_m;
  setup.extent = options.extent;
  setup.shuffle_rows_seed = options.shuffle_rows_seed;
  auto made = prepare(std::move(setup));
  if (!made)
    throw std::runtime_error(made.error().message);
  return *made;
}

std::shared_ptr<const layout> grid(const world_setup& setup, int rows, int columns) {
  auto made = layout::grid(setup.extent, rows, columns);
  if (!made)
    throw std::runtime_error(made.error().message);
  return std::make_shared<const layout>(*made);
}

std::vector<named_layout> layouts_of(const world_setup& setup) {
  const cell_rect& e = setup.extent;
  std::vector<named_layout> all{{"1x1", grid(setup, 1, 1)},
                                {"2x2", grid(setup, 2, 2)},
                                {"3x5", grid(setup, 3, 5)},
                                {"8x8", grid(setup, 8, 8)}};
  // A wide shard in the middle; above it a row of the smallest, below it strips of uneven width, and
  // a column at either side.
  std::vector<cell_rect> uneven;
  std::int32_t left = e.x0 + 2;
  std::int32_t right = e.x1 - 3;
  uneven.push_back({e.x0, e.z0, left, e.z1});
  uneven.push_back({right, e.z0, e.x1, e.z1});
  std::int32_t x = left;
  for (; x + 4 <= right; x += 2)
    uneven.push_back({x, e.z0, x + 2, e.z0 + 2});
  uneven.push_back({x, e.z0, right, e.z0 + 2});
  uneven.push_back({left, e.z0 + 2, right, e.z1 - 5});
  uneven.push_back({left, e.z1 - 5, left + 2, e.z1});
  uneven.push_back({left + 2, e.z1 - 5, right - 2, e.z1 - 3});
  uneven.push_back({left + 2, e.z1 - 3, right - 2, e.z1});
  uneven.push_back({right - 2, e.z1 - 5, right, e.z1});
  auto made = layout::rectangles(e, uneven);
  if (!made)
    throw std::runtime_error(made.error().message);
  all.push_back({"uneven", std::make_shared<const layout>(*made)});
  return all;
}

command::part position_part() {
  command::part part;
  part.type = position_component;
  return part;
}

command despawn(entity_id who) {
  command c;
  c.op = command_op::despawn;
  c.target = who;
  return c;
}

command teleport(entity_id who, const position& to) {
  command c = despawn(who);
  c.op = command_op::teleport;
  c.place = to;
  return c;
}

command move_to(entity_id who, const position& to) {
  command c = teleport(who, to);
  c.op = command_op::set;
  c.parts.push_back(position_part());
  return c;
}

command stamped(command c, session_id session, std::uint64_t sequence, tick_number tick) {
  c.session = session;
  c.sequence = sequence;
  c.tick = tick;
  return c;
}

batch_pointer routed(const world_setup& setup, const layout& cut,
                     const std::vector<command>& commands) {
  command_batch batch{commands.front().session};
  for (const auto& c : commands)
    batch.add(c);
  auto made = routed_batch::make(setup, cut, std::move(batch));
  if (!made)
    throw std::runtime_error(made.error().message);
  return std::move(*made);
}

std::vector<command> wanderers_commands(const world_setup& setup, std::uint64_t seed,
                                        std::size_t count, tick_number ticks) {
  using namespace wanderers;
  const schema& s = *setup.game;
  random_stream random{seed, {}, 0, "commands"};
  auto cells_wide = static_cast<std::uint32_t>(setup.extent.x1);
  auto cells_deep = static_cast<std::uint32_t>(setup.extent.z1);
  auto some_cell = [&] {
    auto x = static_cast<std::uint16_t>(random.below(cells_wide));
    return cell{x, static_cast<std::uint16_t>(random.below(cells_deep))};
  };
  auto inside = [&](cell c) {
    float x = random.uniform(0, setup.cell_size_m);
    return position{c, x, 0, random.uniform(0, setup.cell_size_m)};
  };
  std::vector<command> out;
  std::map<session_id, std::uint64_t> last;
  for (std::size_t i = 0; i < count; ++i) {
    cell c = some_cell();
    auto who = entity_id::make(c.x, c.z, 1 + random.below(4));
    position place = inside(c);
    command made;
    switch (random.below(9)) {
      case 0: made = spawn_at(s, place, mood{1, 2}, crowd{}); break;
      case 1:
        made = spawn_at(s, place, velocity{3, -4}, purse{9, 2, 1, who}, mood{}, crowd{}, asleep{},
                        fever{1, 1}, armour{2});
        break;
      case 2: made = despawn(who); break;
      case 3: made = teleport(who, inside(some_cell())); break;
      case 4: made = move_to(who, place); break; // near, next door or far: wherever it is by now
      case 5: made = set_component(s, who, mood{-5, 0.5F}); break;
      case 6: made = set_component(s, who, armour{0.25F}); break; // rejected where there is none
      case 7: made = send_event(s, who, poke{0.5F, -0.5F, 2}); break;
      default: made = send_event(s, who, banish{random.below(3)}); break;
    }
    session_id session = 1 + random.below(3);
    bool repeat = random.chance(0.1F) && last[session] > 0;
    std::uint64_t sequence = repeat ? last[session] : ++last[session];
    out.push_back(stamped(std::move(made), session, sequence, ticks * i / count));
  }
  return out;
}

std::unique_ptr<lockstep_world> open(const std::shared_ptr<const world_setup>& setup,
                                     const std::shared_ptr<const layout>& cut,
                                     const run_options& options) {
  auto world = std::make_unique<lockstep_world>(setup, cut, options.lockstep);
  for (const auto& c : options.commands)
    if (auto ok = world->submit(c); !ok)
      throw std::runtime_error(ok.error().message);
  return world;
}

std::vector<world_summary> run(const std::shared_ptr<const world_setup>& setup,
                               const std::shared_ptr<const layout>& cut,
                               const run_options& options) {
  auto world = open(setup, cut, options);
  world->run_to(options.ticks);
  return world->history();
}

namespace {

std::string text_of(const command_answer& a) {
  std::ostringstream out;
  out << a.session << '/' << a.sequence << '@' << a.tick << " = " << static_cast<int>(a.result)
      << ' ' << a.reason << ' ' << std::hex << a.entity.value << ' ' << unsigned{a.component};
  for (std::byte b : a.value)
    out << ' ' << std::to_integer<unsigned>(b);
  return out.str();
}

} // namespace

std::string first_difference(const std::vector<world_summary>& a,
                             const std::vector<world_summary>& b) {
  if (a.size() != b.size())
    return "one has " + std::to_string(a.size()) + " states, the other " + std::to_string(b.size());
  for (std::size_t t = 0; t < a.size(); ++t) {
    std::ostringstream out;
    auto same = [&](const char* what, auto l, auto r) {
      if (l != r)
        out << what << ' ' << l << " and " << r << "; ";
    };
    same("hash", a[t].hash, b[t].hash);
    same("entities", a[t].entities, b[t].entities);
    same("travelling", a[t].travelling, b[t].travelling);
    same("born", a[t].born, b[t].born);
    same("died", a[t].died, b[t].died);
    same("events_sent", a[t].events_sent, b[t].events_sent);
    same("events_refused", a[t].events_refused, b[t].events_refused);
    same("far_mail", a[t].far_mail, b[t].far_mail);
    for (std::size_t v = 0; v < a[t].world_values.size(); ++v)
      same("world value", a[t].world_values[v], b[t].world_values[v]);
    auto l = a[t].answers();
    auto r = b[t].answers();
    same("answers", l.size(), r.size());
    for (std::size_t i = 0; i < std::min(l.size(), r.size()); ++i)
      same("answer", text_of(l[i]), text_of(r[i]));
    if (!out.str().empty())
      return "after " + std::to_string(t) + " ticks: " + out.str();
  }
  return {};
}

std::map<entity_id, std::vector<std::byte>> entities_of(const lockstep_world& world,
                                                        const world_setup& setup) {
  std::map<entity_id, std::vector<std::byte>> out;
  auto take = [&](const store& from) {
    for (std::uint32_t t = 0; t < from.archetype_count(); ++t)
      for (std::uint32_t row = 0; row < from.at(t).rows(); ++row)
        write_entity(*setup.game, from, from.handle_at(t, row), out[from.at(t).ids()[row]]);
  };
  for (std::size_t s = 0; s < world.shard_count(); ++s) {
    take(world.at(s).entities());
    for (const auto& packet : world.waiting_packets(s)) {
      store travellers{setup.game->columns()};
      byte_reader reader{packet->arrivals};
      for (std::uint32_t i = 0; i < packet->arrival_count; ++i)
        if (!read_entity(*setup.game, travellers, reader))
          throw std::runtime_error("a packet with a broken entity");
      take(travellers);
    }
  }
  return out;
}

std::string explain(const std::shared_ptr<const world_setup>& a_setup,
                    const std::shared_ptr<const layout>& a,
                    const std::shared_ptr<const world_setup>& b_setup,
                    const std::shared_ptr<const layout>& b, const run_options& options,
                    const run_options& b_options) {
  auto left = open(a_setup, a, options);
  auto right = open(b_setup, b, b_options);
  for (tick_number t = 0; t <= options.ticks; ++t) {
    left->run_to(t);
    right->run_to(t);
    if (left->hash() == right->hash())
      continue;
    std::ostringstream out;
    out << "after " << t << " ticks";
    auto l = entities_of(*left, *a_setup);
    auto r = entities_of(*right, *b_setup);
    for (const auto& [id, bytes] : l)
      if (!r.contains(id) || r[id] != bytes)
        out << ' ' << std::hex << id.value << (r.contains(id) ? " differs" : " only left");
    for (const auto& [id, bytes] : r)
      if (!l.contains(id))
        out << ' ' << std::hex << id.value << " only right";
    return out.str();
  }
  return "no hash differs";
}

std::optional<std::vector<std::byte>> component_bytes(const lockstep_world& world,
                                                      const world_setup& setup, entity_id who,
                                                      const char* component) {
  component_id id = 0;
  const component_info* info = setup.game->find_component(component, &id);
  auto all = entities_of(world, setup);
  if (info == nullptr || !all.contains(who))
    return std::nullopt;
  store alone{setup.game->columns()};
  byte_reader reader{all[who]};
  handle h = *read_entity(*setup.game, alone, reader);
  const std::byte* value = alone.get(h, id);
  if (value == nullptr)
    return std::nullopt;
  return std::vector<std::byte>(value, value + info->size);
}

std::string check_golden(const std::string& name, const std::vector<world_summary>& history,
                         tick_number every) {
  std::string path = std::string{TESSERA_SOURCE_DIR} + "/tests/golden/" + name + ".txt";
  std::ostringstream now;
  for (tick_number t = 0; t < history.size(); t += every) {
    char line[64];
    std::snprintf(line, sizeof line, "%" PRIu64 " %016" PRIx64 "\n", t, history[t].hash);
    now << line;
  }
  if (std::getenv("TESSERA_UPDATE_GOLDEN") != nullptr)
    std::ofstream{path} << now.str();
  std::ifstream in{path};
  if (!in)
    return "no file " + path + "; TESSERA_UPDATE_GOLDEN=1 writes it";
  std::stringstream expected;
  expected << in.rdbuf();
  if (expected.str() == now.str())
    return {};
  return path + " expects\n" + expected.str() + "but this build computes\n" + now.str();
}

} // namespace tessera::testing
