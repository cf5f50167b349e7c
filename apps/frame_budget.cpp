#include "apps/frame_budget.hpp"

#include <algorithm>
#include <cstdio>

namespace tessera {

std::optional<std::string> frame_budget::add(const times& ms, double now_s) {
  std::optional<std::size_t> worst;
  for (std::size_t p = 0; p < part_count; ++p) {
    smoothed_ms_[p] = any_ ? smoothed_ms_[p] + (ms[p] - smoothed_ms_[p]) * 0.1 : ms[p];
    if (ms[p] > parts[p].critical_ms &&
        (!worst || ms[p] / parts[p].critical_ms > ms[*worst] / parts[*worst].critical_ms))
      worst = p;
  }
  any_ = true;
  if (!worst)
    return std::nullopt;
  if (now_s - last_over_s_ > most_wait_s)
    wait_s_ = least_wait_s; // it was well for long
  ++frames_over_;
  last_over_s_ = now_s;
  if (now_s < due_s_)
    return std::nullopt;
  char text[160];
  std::snprintf(text, sizeof text, "%s took %.1f ms of a frame; its budget is %.1f, %.0f at most",
                parts[*worst].name, ms[*worst], parts[*worst].target_ms, parts[*worst].critical_ms);
  warning_ = text;
  if (frames_over_ > 1)
    warning_ += " (" + std::to_string(frames_over_) + " such frames since the last warning)";
  due_s_ = now_s + wait_s_;
  wait_s_ = std::min(wait_s_ * 2, most_wait_s);
  frames_over_ = 0;
  return warning_;
}

std::vector<std::string> frame_budget::lines() const {
  std::vector<std::string> out;
  for (std::size_t p = 0; p < part_count; ++p) {
    char text[96];
    const double ms = smoothed_ms_[p];
    std::snprintf(text, sizeof text, "%-15s %7.2f of %4.1f ms%s", parts[p].name, ms,
                  parts[p].target_ms,
                  ms > parts[p].critical_ms ? "  far over"
                  : ms > parts[p].target_ms ? "  over"
                                            : "");
    out.emplace_back(text);
  }
  return out;
}

} // namespace tessera
