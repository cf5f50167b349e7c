#include "apps/window_panels.hpp"

#include "apps/text.hpp"
#include "apps/window_projection.hpp"

#include <algorithm>
#include <cstdarg>
#include <cstdio>
#include <numeric>

namespace tessera {

namespace {

[[gnu::format(printf, 1, 2)]] std::string text(const char* format, ...) {
  char out[256];
  va_list arguments;
  va_start(arguments, format);
  std::vsnprintf(out, sizeof out, format, arguments);
  va_end(arguments);
  return out;
}

} // namespace

void frame_times::add(double seconds) {
  seconds_.push_back(seconds);
  if (seconds_.size() > kept)
    seconds_.pop_front();
}

frame_times::figures frame_times::now() const {
  if (seconds_.empty())
    return {};
  std::vector<double> sorted(seconds_.begin(), seconds_.end());
  std::sort(sorted.rbegin(), sorted.rend());
  double all = 0;
  for (double s : sorted)
    all += s;
  const std::size_t slowest = std::max<std::size_t>(1, sorted.size() / 100);
  double slow = 0;
  for (std::size_t i = 0; i < slowest; ++i)
    slow += sorted[i];
  return {static_cast<double>(sorted.size()) / std::max(all, 1e-9), sorted.front() * 1000,
          static_cast<double>(slowest) / std::max(slow, 1e-9)};
}

std::vector<float> frame_times::curve() const {
  std::vector<float> out;
  const std::size_t first = seconds_.size() > shown ? seconds_.size() - shown : 0;
  for (std::size_t i = first; i < seconds_.size(); ++i)
    out.push_back(static_cast<float>(seconds_[i] * 1000));
  return out;
}

overlay_panel help_panel() {
  overlay_panel out;
  out.title = "help";
  out.corner = overlay_corner::lower_left;
  out.lines = {"W A S D, arrows   fly; with shift, faster",
               "E Q               up, down",
               "drag              look around",
               "wheel             nearer, farther",
               "click             choose an entity",
               "F                 follow the chosen one, or no more",
               "B                 borders of shards, ghosts beside them",
               "L                 cells by load",
               "R                 rain",
               "F3                figures",
               "F5                write the frames of 5 minutes into files",
               "H                 this help",
               "Esc               end the world"};
  return out;
}

std::vector<std::string> load_legend(std::span<const cell_load> loads) {
  std::vector<std::string> out{"load: green none, red so much that a shard",
                               "  full of such cells takes all of a tick"};
  const auto most = std::max_element(loads.begin(), loads.end(),
                                     [](const auto& l, const auto& r) { return l.ms < r.ms; });
  if (most != loads.end())
    out.push_back(text("most: cell %d, %d with %u bodies, %.3f ms of a tick", int{most->where.x},
                       int{most->where.z}, most->bodies, most->ms));
  return out;
}

std::vector<std::string> border_legend(std::size_t ghosts, double bin_m) {
  if (bin_m <= 0)
    return {"borders: orange; nobody looks over them, so there are no ghosts"};
  return {"borders: orange",
          text("blue: %zu bodies within %.1f m of one, ghosts beyond", ghosts, bin_m)};
}

namespace {

void put_drawing(std::vector<std::string>& to, const frame_times::figures& frames,
                 const frame_facts& facts) {
  const auto& by = facts.drawn.by_level;
  const std::uint64_t drawn = std::uint64_t{by[0]} + by[1] + by[2] + by[3];
  to.push_back(text("%.1f FPS, slowest hundredth %.1f, longest frame %.1f ms", frames.per_second,
                    frames.low_per_second, frames.longest_ms));
  to.push_back(text("%s of %s bodies: %s fine, %s middling,", grouped(drawn).c_str(),
                    grouped(std::uint64_t{facts.drawn.bodies}).c_str(),
                    grouped(std::uint64_t{by[0]}).c_str(), grouped(std::uint64_t{by[1]}).c_str()));
  to.push_back(text("  %s coarse, %s dots", grouped(std::uint64_t{by[2]}).c_str(),
                    grouped(std::uint64_t{by[3]}).c_str()));
  const std::string calls =
    facts.drawn.draw_calls == 0 ? "" : text("%u draw calls, ", facts.drawn.draw_calls);
  to.push_back(text("%s%s squares of ground, quality %zu", calls.c_str(),
                    grouped(std::uint64_t{facts.drawn.ground_tiles}).c_str(), facts.rung));
}

void put_phases(std::vector<std::string>& to, const std::vector<phase_time>& phases) {
  constexpr std::size_t most = 6; // the rest is small
  constexpr std::size_t in_a_line = 3;
  std::string line;
  for (std::size_t i = 0; i < std::min(phases.size(), most); ++i) {
    line += (line.empty() ? "  " : ", ") + text("%s %.2f", phases[i].name.c_str(), phases[i].ms);
    if (i % in_a_line == in_a_line - 1 || i + 1 == std::min(phases.size(), most))
      to.push_back(std::exchange(line, {}));
  }
}

void put_shards(std::vector<std::string>& to, const shard_figures& figures) {
  constexpr std::size_t most = 5;
  std::vector<std::size_t> order(figures.shards.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  auto ms = [&](std::size_t s) { return static_cast<double>(figures.shards[s].busy_ns) * 1e-6; };
  const std::size_t shown = std::min(order.size(), most);
  std::partial_sort(
    order.begin(), order.begin() + static_cast<std::ptrdiff_t>(shown), order.end(),
    [&](std::size_t l, std::size_t r) { return ms(l) != ms(r) ? ms(l) > ms(r) : l < r; });
  double all = 0;
  for (std::size_t s = 0; s < order.size(); ++s)
    all += ms(s);
  to.push_back(text("by shard, ms: mean %.2f of %zu; slowest",
                    all / static_cast<double>(std::max<std::size_t>(order.size(), 1)),
                    order.size()));
  std::string line;
  for (std::size_t i = 0; i < shown; ++i)
    line += (line.empty() ? "  " : ", ") + text("%zu: %.2f", order[i], ms(order[i]));
  to.push_back(line);
}

void put_ticks(std::vector<std::string>& to, const frame_facts& facts) {
  to.push_back(text("tick %llu: %.2f ms, one in %.1f ms (%.0f wanted)",
                    static_cast<unsigned long long>(facts.tick), facts.tick_busy_ms,
                    facts.tick_interval_ms, 1000 / facts.tick_rate_hz));
  if (facts.news == nullptr)
    return;
  if (!facts.news->phases.empty()) {
    to.push_back("by phase, ms over all shards:");
    put_phases(to, facts.news->phases);
  }
  if (facts.news->shards)
    put_shards(to, *facts.news->shards);
}

void put_memory(std::vector<std::string>& to, const frame_facts& facts) {
  std::string line;
  auto put = [&](const char* owner, std::uint64_t bytes) {
    if (bytes != 0)
      line += (line.empty() ? "MiB: " : ", ") +
              text("%s %.1f", owner, static_cast<double>(bytes) / (1 << 20));
  };
  if (facts.news != nullptr)
    put("shards", facts.news->shard_bytes);
  put("window", facts.window_bytes);
  put("device", facts.drawn.device_bytes);
  if (facts.news != nullptr)
    put("process", facts.news->process_bytes);
  to.push_back(line);
}

/// In lines that do not make the panel wider.
void put_warning(std::vector<std::string>& to, const std::string& warning) {
  if (warning.empty())
    return;
  const std::size_t budget = warning.find("; ");
  const std::size_t count = warning.find(" (", budget);
  to.push_back("last warning: " + warning.substr(0, budget));
  to.push_back("  " + warning.substr(budget + 2, count - budget - 2));
  if (count != std::string::npos)
    to.push_back("  " + warning.substr(count + 1));
}

} // namespace

overlay_panel performance_panel(const frame_times& times, const frame_facts& facts) {
  overlay_panel out;
  out.title = "figures";
  out.corner = overlay_corner::upper_right;
  put_drawing(out.lines, times.now(), facts);
  put_ticks(out.lines, facts);
  put_memory(out.lines, facts);
  if (facts.budget != nullptr) {
    for (auto& line : facts.budget->lines())
      out.lines.push_back(std::move(line));
    put_warning(out.lines, facts.budget->warning());
  }
  out.lines.push_back(facts.device);
  out.curve = times.curve();
  out.curve_mark = static_cast<float>(frame_budget::frame_ms);
  out.curve_top = 2 * out.curve_mark;
  for (float ms : out.curve)
    out.curve_top = std::max(out.curve_top, ms);
  return out;
}

overlay_panel entity_panel(const instance_columns& bodies, std::size_t row,
                           const shown_world& world, bool following, const onlooker_news& news) {
  constexpr std::size_t most_fields = 28; // as many as a small window holds
  const instance_place& p = bodies.places[row];
  const instance_turn& t = bodies.turns[row];
  const auto& kind = world.looks.kinds[bodies.materials[row]];
  const entity_id id = bodies.ids[row];
  overlay_panel out;
  out.title = "entity";
  out.corner = overlay_corner::upper_left;
  out.lines = {
    text("%s %s%s", kind.name.c_str(), hex_text(id.value).c_str(), following ? ", followed" : ""),
    text("cell %d, %d", int{p.cell_x}, int{p.cell_z}),
    text("%.1f m east, %.1f m south, %.1f m up", east_of(p, world.cell_size_m),
         south_of(p, world.cell_size_m), double{p.y_m}),
    text("%.2f m/s, %.2f m long", t.speed_cm_s / 100.0, double{p.scale_m})};
  if (!news.entity || news.entity->id != id)
    return out; // it is being asked for
  if (news.entity->shard)
    out.lines.push_back(text("shard %u, tick %llu:", *news.entity->shard,
                             static_cast<unsigned long long>(news.entity->tick)));
  const auto& fields = news.entity->lines;
  const std::size_t shown = std::min(fields.size(), most_fields);
  out.lines.insert(out.lines.end(), fields.begin(),
                   fields.begin() + static_cast<std::ptrdiff_t>(shown));
  if (shown < fields.size())
    out.lines.push_back(text("and %zu more; the inspector shows all", fields.size() - shown));
  return out;
}

} // namespace tessera
