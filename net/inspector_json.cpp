#include "net/inspector_json.hpp"

#include "net/id_text.hpp"
#include "net/json_values.hpp"
#include "net/look_results.hpp"

#include <algorithm>
#include <bit>
#include <charconv>
#include <cmath>
#include <map>
#include <numeric>

namespace tessera {

namespace {

constexpr double ms(std::uint64_t ns) {
  return static_cast<double>(ns) * 1e-6;
}

/// Microseconds are enough to look at, and short.
double rounded(double value) {
  return std::round(value * 1000) / 1000;
}

ordered_json fields_json(const std::vector<field_info>& fields) {
  static constexpr const char* types[] = {"u8",  "i8",  "u16", "i16",     "u32",    "i32", "u64",
                                          "i64", "f32", "f64", "boolean", "entity", "cell"};
  ordered_json out = ordered_json::array();
  for (const auto& f : fields)
    out.push_back(
      {{"name", f.name}, {"type", types[static_cast<std::size_t>(f.type)]}, {"unit", f.unit}});
  return out;
}

ordered_json marks_json(marks mark) {
  ordered_json out = ordered_json::array();
  for (auto [one, name] : {std::pair{marks::shared, "shared"},
                           {marks::replicated, "replicated"},
                           {marks::scratch, "scratch"}})
    if (has_mark(mark, one))
      out.push_back(name);
  return out;
}

ordered_json names_json(const auto& infos) {
  ordered_json out = ordered_json::array();
  for (const auto& info : infos)
    out.push_back(info.name);
  return out;
}

std::string kind_name(const schema& game, component_mask mask) {
  std::string name;
  for (std::size_t c = 0; c < game.components.size(); ++c)
    if (contains(mask, static_cast<component_id>(c)))
      name += (name.empty() ? "" : "+") + game.components[c].name;
  return name;
}

std::string base64(const std::vector<unsigned char>& bytes) {
  constexpr const char* digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::size_t left = std::min<std::size_t>(3, bytes.size() - i);
    unsigned word = unsigned{bytes[i]} << 16;
    if (left > 1)
      word |= unsigned{bytes[i + 1]} << 8;
    if (left > 2)
      word |= unsigned{bytes[i + 2]};
    out += digits[word >> 18];
    out += digits[word >> 12 & 63];
    out += left > 1 ? digits[word >> 6 & 63] : '=';
    out += left > 2 ? digits[word & 63] : '=';
  }
  return out;
}

/// Ticks per second and their time against the plan, over the last second of frames.
struct recent_pace {
  double ticks_per_s = 0;
  std::optional<double> dilation;
};

recent_pace recent(const seen_world& seen) {
  double ns = 0;
  std::size_t ticks = 0;
  for (auto f = seen.frames.rbegin(); f != seen.frames.rend() && ns < 1e9; ++f) {
    if (f->interval_ns == 0)
      break;
    ns += static_cast<double>(f->interval_ns);
    ++ticks;
  }
  recent_pace out;
  if (ticks == 0)
    return out;
  out.ticks_per_s = static_cast<double>(ticks) * 1e9 / ns;
  if (seen.planned_ns > 0)
    out.dilation = ns / (static_cast<double>(ticks) * seen.planned_ns);
  return out;
}

const char* state_name(const seen_world& seen) {
  const control_state& c = seen.control;
  if (c.ended)
    return "ended";
  if (!c.held_at)
    return "running";
  if (seen.newest.tick >= *c.held_at)
    return "paused";
  return c.held_on_the_way ? "running_to" : "running";
}

ordered_json place_json(ordered_json out, const position& p, float cell_size_m, bool height) {
  out["x_m"] = rounded(double{p.x} + double{cell_size_m} * p.where.x);
  if (height)
    out["y_m"] = rounded(double{p.y});
  out["z_m"] = rounded(double{p.z} + double{cell_size_m} * p.where.z);
  return out;
}

/// Calls visit(component, bytes) for each component whose bytes are there.
void for_each_component(const seen_entity& e, const schema& game, const auto& visit) {
  std::size_t at = 0;
  for (component_mask rest = e.shown; rest != 0; rest &= rest - 1) {
    const auto c = static_cast<component_id>(std::countr_zero(rest));
    visit(c, e.bytes.data() + at);
    at += game.components[c].size;
  }
}

} // namespace

ordered_json world_json(const world_about& about) {
  const world_setup& w = *about.setup;
  const schema& game = *w.game;
  ordered_json out{{"game", game.game},
                   {"game_version", game.game_version},
                   {"seed", w.seed},
                   {"tick_rate_hz", w.tick_rate_hz},
                   {"cell_size_m", w.cell_size_m}};
  out["extent"] = {{"cells", {w.extent.width(), w.extent.depth()}},
                   {"width_m", double{w.cell_size_m} * w.extent.width()},
                   {"depth_m", double{w.cell_size_m} * w.extent.depth()}};
  out["layout"] = about.cut->name();
  out["shards"] = ordered_json::array();
  for (shard_id s = 0; s < about.cut->size(); ++s) {
    const cell_rect& r = about.cut->rect(s);
    out["shards"].push_back({{"shard", s},
                             {"cells", {r.x0, r.z0, r.x1, r.z1}},
                             {"neighbours", about.cut->neighbours(s)}});
  }
  if (w.ground)
    out["terrain"] = {{"min_m", w.ground->min_m()}, {"max_m", w.ground->max_m()}};
  else
    out["terrain"] = nullptr;
  out["kept"] = about.kept;
  out["workers"] = about.workers;
  out["components"] = ordered_json::array();
  for (const auto& c : game.components)
    out["components"].push_back({{"name", c.name},
                                 {"kind", has_mark(c.mark, marks::tag)    ? "tag"
                                          : has_mark(c.mark, marks::rare) ? "rare"
                                                                          : "dense"},
                                 {"marks", marks_json(c.mark)},
                                 {"fields", fields_json(c.fields)}});
  out["cell_components"] = ordered_json::array();
  for (const auto& c : game.cell_components)
    out["cell_components"].push_back({{"name", c.name}, {"fields", fields_json(c.fields)}});
  out["systems"] = names_json(game.systems);
  out["events"] = names_json(game.events);
  out["world_values"] = names_json(game.world_values);
  return out;
}

std::string pace_text(const pace& p) {
  if (p.how == pace::kind::real)
    return "real";
  if (p.how == pace::kind::max)
    return "max";
  char text[32];
  auto written = std::to_chars(text, text + sizeof text, p.factor);
  return "x" + std::string(text, written.ptr);
}

result<pace> parse_pace(std::string_view text) {
  if (text == "real")
    return pace{pace::kind::real, 1};
  if (text == "max")
    return pace{pace::kind::max, 1};
  double factor = 0;
  const char* end = text.data() + text.size();
  if (text.starts_with('x')) {
    auto [last, ec] = std::from_chars(text.data() + 1, end, factor);
    if (ec != std::errc{} || last != end)
      factor = 0;
  }
  if (!(factor >= 0.1 && factor <= 100))
    return fail(error_code::bad_command, "speed: found \"" + std::string(text.substr(0, 60)) +
                                           "\"; allowed: real, max, x0.1 to x100");
  return pace{pace::kind::times, factor};
}

ordered_json status_json(const seen_world& seen, bool whole) {
  const world_summary& w = seen.newest;
  ordered_json out{{"state", state_name(seen)},
                   {"tick", w.tick},
                   {"next_tick", seen.control.next_tick},
                   {"held_at", nullptr},
                   {"speed", pace_text(seen.control.speed)},
                   {"hash", hex_text(w.hash)},
                   {"entities", w.entities},
                   {"travelling", w.travelling}};
  if (seen.control.held_at)
    out["held_at"] = *seen.control.held_at;
  const recent_pace now = recent(seen);
  out["ticks_per_s"] = rounded(now.ticks_per_s);
  out["dilation"] = now.dilation ? ordered_json(rounded(*now.dilation)) : ordered_json(nullptr);
  if (whole) {
    std::vector<std::uint64_t> busy;
    for (const auto& f : seen.frames)
      busy.push_back(f.busy_ns);
    std::sort(busy.begin(), busy.end());
    auto at = [&](std::size_t percent) {
      return busy.empty() ? 0 : rounded(ms(busy[(busy.size() - 1) * percent / 100]));
    };
    out["tick_ms"] = {{"p50", at(50)}, {"p99", at(99)}, {"max", at(100)}};
  }
  out["migrations"] = w.migrations;
  out["ghosts"] = w.ghosts;
  out["packet_bytes"] = w.packet_bytes;
  out["events_sent"] = w.events_sent;
  out["events_crossing"] = w.events_crossing;
  out["born"] = w.born;
  out["died"] = w.died;
  return out;
}

ordered_json shards_json(const shard_figures& figures) {
  ordered_json out{{"tick", figures.tick}};
  auto column = [&](const char* name, auto value) {
    ordered_json numbers = ordered_json::array();
    for (const auto& s : figures.shards)
      numbers.push_back(value(s));
    out[name] = std::move(numbers);
  };
  using of_shard = shard_figures::of_shard;
  column("busy_ms", [](const of_shard& s) { return rounded(ms(s.busy_ns)); });
  column("wait_ms", [](const of_shard& s) { return rounded(ms(s.wait_ns)); });
  column("entities", [](const of_shard& s) { return s.entities; });
  column("ghosts", [](const of_shard& s) { return s.ghosts; });
  column("left", [](const of_shard& s) { return s.left; });
  column("packet_bytes", [](const of_shard& s) { return s.packet_bytes; });
  auto over_borders = [](auto part) {
    return [part](const of_shard& s) {
      ordered_json row = ordered_json::array();
      for (const border_flow& f : s.flows)
        row.push_back(f.*part);
      return row;
    };
  };
  column("left_to", over_borders(&border_flow::left));
  column("ghosts_in", over_borders(&border_flow::ghosts));
  return out;
}

ordered_json frames_json(const world_about& about, const seen_world& seen, tick_number since) {
  auto begin = std::find_if(seen.frames.begin(), seen.frames.end(),
                            [&](const auto& f) { return f.tick > since; });
  ordered_json out{{"tick_rate_hz", about.setup->tick_rate_hz},
                   {"budget_ms", 1000 / about.setup->tick_rate_hz},
                   {"first_tick", begin == seen.frames.end() ? seen.newest.tick + 1 : begin->tick}};
  auto column = [&](const char* name, auto value) {
    ordered_json numbers = ordered_json::array();
    for (auto f = begin; f != seen.frames.end(); ++f)
      numbers.push_back(value(*f));
    out[name] = std::move(numbers);
  };
  column("busy_ms", [](const tick_frame& f) { return rounded(ms(f.busy_ns)); });
  column("slowest_shard", [](const tick_frame& f) { return f.slowest; });
  column("interval_ms", [](const tick_frame& f) { return rounded(ms(f.interval_ns)); });
  column("entities", [](const tick_frame& f) { return f.entities; });
  column("migrations", [](const tick_frame& f) { return f.migrations; });
  std::vector<std::uint64_t> busy;
  for (const auto& f : seen.frames)
    busy.push_back(f.busy_ns);
  std::sort(busy.begin(), busy.end(), std::greater<>());
  const std::size_t slowest = (busy.size() + 99) / 100;
  const std::uint64_t sum = std::accumulate(
    busy.begin(), busy.begin() + static_cast<std::ptrdiff_t>(slowest), std::uint64_t{0});
  out["max_ms"] = busy.empty() ? 0 : rounded(ms(busy.front()));
  out["one_percent_low_ms"] = busy.empty() ? 0 : rounded(ms(sum) / static_cast<double>(slowest));
  return out;
}

ordered_json points_json(const world_look& look, const look_request::points& asked,
                         const schema& game, bool ids) {
  const merged_points all = merge_points(look, asked.most);
  const look_view& v = asked.view;
  std::map<component_mask, unsigned char> kinds;
  for (const auto& p : all.points)
    kinds.emplace(p.kind, static_cast<unsigned char>(0));
  ordered_json names = ordered_json::array();
  for (auto& [mask, number] : kinds) {
    // A byte for each; what is beyond shares the last.
    number = static_cast<unsigned char>(std::min<std::size_t>(names.size(), 255));
    if (names.size() < 256)
      names.push_back(kind_name(game, mask));
  }
  std::vector<unsigned char> bytes;
  bytes.reserve(all.points.size() * 5);
  ordered_json id_texts = ordered_json::array();
  for (const auto& p : all.points) {
    for (double part : {(p.x_m - v.x0) / (v.x1 - v.x0), (p.z_m - v.z0) / (v.z1 - v.z0)}) {
      const auto word = static_cast<unsigned>(std::clamp(part, 0.0, 1.0) * 65535);
      bytes.push_back(static_cast<unsigned char>(word & 255));
      bytes.push_back(static_cast<unsigned char>(word >> 8));
    }
    bytes.push_back(kinds[p.kind]);
    if (ids)
      id_texts.push_back(hex_text(p.id.value));
  }
  ordered_json out{{"tick", look.tick},
                   {"view", {v.x0, v.z0, v.x1, v.z1}},
                   {"count", all.in_view},
                   {"shown", all.points.size()},
                   {"share", static_cast<double>(all.below) / 4294967296.0},
                   {"kinds", std::move(names)},
                   {"points", base64(bytes)}};
  if (ids)
    out["ids"] = std::move(id_texts);
  return out;
}

ordered_json entities_json(const world_look& look, const std::vector<entity_id>& asked,
                           const world_about& about, std::vector<entity_id>& missing) {
  const schema& game = *about.setup->game;
  ordered_json all = ordered_json::array();
  ordered_json absent = ordered_json::array();
  missing.clear();
  for (entity_id id : asked) {
    const seen_entity* here = nullptr;
    for (const auto& shard : look.shards)
      for (const auto& e : shard->entities)
        if (e.id == id)
          here = &e;
    if (here == nullptr) {
      missing.push_back(id);
      absent.push_back(hex_text(id.value));
      continue;
    }
    ordered_json one = place_json({{"id", hex_text(id.value)}, {"shard", here->shard}}, here->where,
                                  about.setup->cell_size_m, true);
    one["components"] = ordered_json::object();
    for_each_component(*here, game, [&](component_id c, const std::byte* bytes) {
      one["components"][game.components[c].name] = fields_value(game.components[c].fields, bytes);
    });
    one["tags"] = ordered_json::array();
    for (std::size_t c = 0; c < game.components.size(); ++c)
      if (contains(here->has & game.tag_mask(), static_cast<component_id>(c)))
        one["tags"].push_back(game.components[c].name);
    all.push_back(std::move(one));
  }
  return {{"tick", look.tick}, {"entities", std::move(all)}, {"missing", std::move(absent)}};
}

ordered_json search_json(const world_look& look, const field_expression& expression,
                         std::size_t most, const world_about& about) {
  const schema& game = *about.setup->game;
  const merged_matches found = merge_matches(look, most);
  ordered_json all = ordered_json::array();
  for (const seen_entity* e : found.lowest) {
    ordered_json one = place_json({{"id", hex_text(e->id.value)}, {"shard", e->shard}}, e->where,
                                  about.setup->cell_size_m, false);
    one["values"] = ordered_json::object();
    for_each_component(*e, game, [&](component_id c, const std::byte* bytes) {
      for (const auto& [component, field] : expression.fields)
        if (component == c) {
          const auto& f = game.components[c].fields[field];
          one["values"][game.components[c].name + "." + f.name] = field_value(f, bytes);
        }
    });
    all.push_back(std::move(one));
  }
  return {{"tick", look.tick},
          {"count", found.found},
          {"shown", found.lowest.size()},
          {"entities", std::move(all)}};
}

ordered_json edit_json(const edit_answer& edit) {
  if (!edit.answer)
    return {{"result", "waiting"}, {"tick", edit.tick}};
  static constexpr const char* names[] = {"applied", "repeated", "no_such_entity", "rejected"};
  ordered_json out{{"result", names[static_cast<std::size_t>(edit.answer->result)]},
                   {"tick", edit.answer->tick}};
  if (!edit.answer->reason.empty())
    out["reason"] = edit.answer->reason;
  return out;
}

ordered_json history_json(const kept_state& kept, tick_number complete) {
  ordered_json out{{"kept", true}, {"durable_tick", nullptr}, {"complete_tick", complete}};
  if (kept.durable_tick)
    out["durable_tick"] = *kept.durable_tick;
  out["checkpoints"] = kept.checkpoints;
  out["checkpoint"] = nullptr;
  if (kept.checkpoint_tick)
    out["checkpoint"] = {{"tick", *kept.checkpoint_tick},
                         {"bytes", kept.checkpoint_bytes},
                         {"seconds", kept.checkpoint_s}};
  out["recovered_from"] = kept.recovered_from;
  out["replayed_ticks"] = kept.replayed_ticks;
  out["recovery_s"] = kept.recovery_s;
  out["disk_bytes"] = {{"journal", kept.disk_journal},
                       {"checkpoints", kept.disk_checkpoints},
                       {"border", kept.disk_border},
                       {"other", kept.disk_other}};
  return out;
}

std::string to_text(const ordered_json& value) {
  return value.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

} // namespace tessera
