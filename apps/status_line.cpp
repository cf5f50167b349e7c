#include "apps/status_line.hpp"

#include "apps/text.hpp"

#include <algorithm>
#include <cstdio>

namespace tessera {

namespace {

constexpr double terminal_interval_s = 0.5;
constexpr double plain_interval_s = 5;

std::string fixed(double value, int digits) {
  char text[64];
  std::snprintf(text, sizeof text, "%.*f", digits, value);
  return text;
}

} // namespace

std::string status_line::text(const run_glance& now, double seconds) const {
  std::string line =
    "tick " + std::to_string(now.tick) + " | " + grouped(now.entities) + " entities";
  double ticks = static_cast<double>(now.tick - last_tick_);
  if (ticks == 0 || seconds <= 0)
    return line;
  line += " | tick ms p50 " + fixed(now.ticks.percentile_ms(0.5), 2) + " p99 " +
          fixed(now.ticks.percentile_ms(0.99), 2);
  line += " | " +
          grouped(static_cast<std::uint64_t>(static_cast<double>(now.migrations) / seconds)) +
          " migrations/s";
  double world_s = ticks / tick_rate_hz_;
  if (!paced_)
    return line + " | " + fixed(world_s / seconds, 1) + " x real time";
  // Less than 1 is a tick that fell into this interval instead of the last one.
  return line + " | time dilation " + fixed(std::max(1.0, seconds / world_s), 2);
}

void status_line::print(run_record& record) {
  auto now = clock::now();
  double seconds = std::chrono::duration<double>(now - last_).count();
  if (started_ && seconds < (on_terminal_ ? terminal_interval_s : plain_interval_s))
    return;
  run_glance glance = record.glance();
  if (!glance.started)
    return;
  std::printf(on_terminal_ ? "\r\x1b[K%s" : "%s\n", text(glance, started_ ? seconds : 0).c_str());
  std::fflush(stdout);
  started_ = true;
  last_tick_ = glance.tick;
  last_ = now;
}

void status_line::finish() {
  if (on_terminal_ && started_)
    std::printf("\r\x1b[K");
  std::fflush(stdout);
}

} // namespace tessera
