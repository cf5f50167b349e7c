#include "actors/keeping.hpp"

#include <algorithm>

namespace tessera {

namespace {

std::string hex(std::uint64_t v) {
  char text[17];
  std::snprintf(text, sizeof text, "%016llx", static_cast<unsigned long long>(v));
  return text;
}

} // namespace

keeping::keeping(const kept_world& world, unsigned workers)
  : workers_(workers), recovery_target_s_(world.options().recovery_target_s),
    first_state_(world.recovered().state_tick()), first_hash_(world.recovered().state_hash),
    anew_(world.recovered().state == nullptr), next_tick_(world.recovered().next_tick),
    hashes_(world.recovered().hashes), durable_below_(next_tick_),
    borders_(world.options().border_log), border_below_(next_tick_),
    log_bytes_per_checkpoint_(world.options().log_bytes_per_checkpoint) {
  if (!anew_)
    saved_ = first_state_;
}

result<void> keeping::state_complete(const world_summary& state) {
  if (state.tick <= next_tick_) {
    recovery_s_ = std::chrono::duration<double>(clock::now() - begin_).count();
    std::optional<std::uint64_t> expected;
    if (auto logged = hashes_.find(state.tick); logged != hashes_.end())
      expected = logged->second;
    else if (!anew_ && state.tick == first_state_ && first_hash_ != 0) // 0: not known
      expected = first_hash_;
    if (expected && *expected != state.hash)
      return fail(
        error_code::corrupt,
        "tick " + std::to_string(state.tick) + " was replayed to world hash " + hex(state.hash) +
          ", but " + hex(*expected) +
          " was logged: the game's code or the machine differs from the one that wrote it");
    hashes_checked_ += expected.has_value();
  }
  double spread = static_cast<double>(state.busy_ns_sum) / workers_;
  cost_since_s_ += std::max(static_cast<double>(state.busy_ns), spread) * 1e-9;
  return {};
}

bool keeping::save_after(tick_number tick) {
  // Half of the target is for reading the checkpoint and for the ticks until the next one counts.
  bool due = wanted_ || cost_since_s_ >= recovery_target_s_ / 2 || logs_due();
  if (saving_ || tick < next_tick_ || !due)
    return false;
  saving_ = tick + 1;
  wanted_ = false;
  cost_since_s_ = 0;
  log_bytes_saved_ = log_bytes();
  return true;
}

bool keeping::lacks_checkpoint(tick_number state) const {
  return saved_ != state && saving_ != state;
}

kept_figures keeping::figures() const {
  kept_figures out;
  if (durable_below_ > 0)
    out.durable_tick = durable_below_ - 1;
  out.recovered_from = first_state_;
  out.replayed_ticks = next_tick_ - first_state_;
  out.hashes_checked = hashes_checked_;
  out.recovery_s = recovery_s_;
  return out;
}

} // namespace tessera
