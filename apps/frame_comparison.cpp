#include "apps/frame_comparison.hpp"

#include <algorithm>
#include <functional>
#include <numeric>

namespace tessera {

time_figures figures_of(std::vector<double> times_ms) {
  time_figures out;
  out.count = times_ms.size();
  if (times_ms.empty())
    return out;
  std::sort(times_ms.begin(), times_ms.end(), std::greater<>());
  auto below = [&](std::size_t percent) {
    return times_ms[times_ms.size() - 1 - (times_ms.size() - 1) * percent / 100];
  };
  out.median_ms = below(50);
  out.p99_ms = below(99);
  out.longest_ms = times_ms.front();
  const std::size_t slowest = (times_ms.size() + 99) / 100;
  out.low_ms = std::accumulate(times_ms.begin(),
                               times_ms.begin() + static_cast<std::ptrdiff_t>(slowest), 0.0) /
               static_cast<double>(slowest);
  return out;
}

frame_record_figures figures_of(const std::vector<frame_row>& rows) {
  frame_record_figures out;
  out.frames = rows.size();
  if (rows.empty())
    return out;
  out.seconds = rows.back().at_s - rows.front().at_s;
  std::vector<double> frame;
  std::vector<double> draw;
  std::vector<double> interval;
  std::vector<double> busy;
  std::optional<tick_number> last;
  for (const auto& row : rows) {
    frame.push_back(row.frame_ms);
    draw.push_back(row.draw_ms());
    if (row.tick == last)
      continue;
    last = row.tick;
    if (row.tick_interval_ms > 0)
      interval.push_back(row.tick_interval_ms);
    if (row.tick_busy_ms > 0)
      busy.push_back(row.tick_busy_ms);
  }
  out.frame = figures_of(std::move(frame));
  out.draw = figures_of(std::move(draw));
  out.tick_interval = figures_of(std::move(interval));
  out.tick_busy = figures_of(std::move(busy));
  return out;
}

std::optional<double> compared_figure::change() const {
  if (!before_ms || !after_ms || *before_ms <= 0)
    return std::nullopt;
  return (*after_ms - *before_ms) / *before_ms;
}

bool compared_figure::worse() const {
  const auto share = change();
  return share && *share > worse_share;
}

std::vector<compared_figure> compare_frames(const frame_record_figures& before,
                                            const frame_record_figures& after) {
  std::vector<compared_figure> out;
  auto add = [&](const std::string& name, const time_figures& b, const time_figures& a) {
    auto one = [&](const char* part, double time_figures::*which) {
      auto of = [&](const time_figures& f) {
        return f.count == 0 ? std::nullopt : std::optional(f.*which);
      };
      out.push_back({name + " " + part, of(b), of(a)});
    };
    one("median", &time_figures::median_ms);
    one("p99", &time_figures::p99_ms);
    one("max", &time_figures::longest_ms);
    one("1 % low", &time_figures::low_ms);
  };
  add("frame", before.frame, after.frame);
  add("draw", before.draw, after.draw);
  add("tick busy", before.tick_busy, after.tick_busy);
  add("tick interval", before.tick_interval, after.tick_interval);
  return out;
}

} // namespace tessera
