#include "apps/run_record.hpp"

namespace tessera {

std::string result_name(command_result result) {
  switch (result) {
    case command_result::applied: return "applied";
    case command_result::repeated: return "repeated";
    case command_result::no_such_entity: return "no_such_entity";
    case command_result::rejected: return "rejected";
  }
  return "unknown";
}

void run_record::answer(ack one) {
  ++commands_[one.result];
  answers_.push_back(std::move(one));
}

/// Of the tick that led to `state`; what led to the first one was durable before.
void run_record::answer_from(tick_number state, ack one) {
  if (answers_wait_ && state > first_)
    waiting_.emplace_back(state - 1, std::move(one));
  else
    answer(std::move(one));
}

void run_record::go_on_from(tick_number first, bool answers_wait) {
  std::scoped_lock held{lock_};
  first_ = first;
  answers_wait_ = answers_wait;
}

bool run_record::durable(tick_number tick) {
  std::scoped_lock held{lock_};
  bool any = false;
  for (; !waiting_.empty() && waiting_.front().first <= tick; waiting_.pop_front()) {
    answer(std::move(waiting_.front().second));
    any = true;
  }
  return any;
}

bool run_record::add(const world_summary& s) {
  std::scoped_lock held{lock_};
  recent_.started = true;
  recent_.tick = s.tick;
  recent_.entities = s.entities;
  if (hash_every_ != 0 && s.tick % hash_every_ == 0)
    hashes_.emplace_back(s.tick, s.hash);
  const auto answers = s.answers();
  for (const auto& a : answers) {
    auto due = pending_.try_emplace({a.tick, a.session, a.sequence}, 0).first;
    if (--due->second == 0)
      pending_.erase(due);
    answer_from(s.tick, {a.session, a.sequence, a.tick, result_name(a.result), a.reason, a.entity,
                         0, a.component, a.value});
  }
  if (s.tick <= first_)
    return !answers.empty(); // the start is no tick, and what is replayed was counted before
  recent_.migrations += s.migrations;
  recent_.ticks.add(s.busy_ns);
  ticks_.add(s.busy_ns);
  totals_.born += s.born;
  totals_.died += s.died;
  totals_.migrations += s.migrations;
  totals_.events_sent += s.events_sent;
  totals_.events_crossing += s.events_crossing;
  totals_.events_refused += s.events_refused;
  totals_.far_mail += s.far_mail;
  totals_.packet_bytes += s.packet_bytes;
  totals_.busy_ns += s.busy_ns_sum;
  totals_.entity_ticks += static_cast<double>(s.entities);
  return !answers.empty();
}

void run_record::taken(const command& c, tick_number tick) {
  std::scoped_lock held{lock_};
  auto due = pending_.try_emplace({tick, c.session, c.sequence}, 0).first;
  if (++due->second == 0)
    pending_.erase(due);
}

void run_record::refused(ack one) {
  std::scoped_lock held{lock_};
  answer(std::move(one));
}

void run_record::close() {
  std::scoped_lock held{lock_};
  for (const auto& [key, count] : pending_) {
    const auto& [tick, session, sequence] = key;
    for (std::int64_t i = 0; i < count; ++i)
      answer({session, sequence, tick, "not_run", "the world ended before this tick", {}, 0});
  }
  pending_.clear();
  for (auto& [tick, one] : waiting_) {
    one.result = "not_durable";
    one.reason = "the disk failed before this was on it";
    answer(std::move(one));
  }
  waiting_.clear();
}

std::vector<ack> run_record::take_answers() {
  std::scoped_lock held{lock_};
  return std::exchange(answers_, {});
}

run_glance run_record::glance() {
  std::scoped_lock held{lock_};
  run_glance out = recent_;
  recent_.migrations = 0;
  recent_.ticks = {};
  return out;
}

run_totals run_record::totals() const {
  std::scoped_lock held{lock_};
  return totals_;
}

std::map<std::string, std::uint64_t> run_record::commands() const {
  std::scoped_lock held{lock_};
  return commands_;
}

std::uint64_t run_record::malformed() const {
  std::scoped_lock held{lock_};
  auto found = commands_.find("malformed");
  return found == commands_.end() ? 0 : found->second;
}

duration_histogram run_record::ticks() const {
  std::scoped_lock held{lock_};
  return ticks_;
}

std::vector<std::pair<tick_number, std::uint64_t>> run_record::hashes() const {
  std::scoped_lock held{lock_};
  return hashes_;
}

} // namespace tessera
