#include "shards/conductor.hpp"

#include "core/hash.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <string>

namespace tessera {

namespace {

constexpr tick_number delay = limits::far_mail_ticks;

std::uint64_t hash_bytes(std::uint64_t h, std::span<const std::byte> bytes) {
  for (std::size_t i = 0; i < bytes.size(); i += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes.data() + i, std::min<std::size_t>(8, bytes.size() - i));
    h = hash_combine(h, word);
  }
  return h;
}

result<void> check_bytes(const std::vector<field_info>& fields, std::uint32_t size,
                         const std::string& name, const command::part& part) {
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

result<void> check_place(const world_setup& setup, const position& p) {
  float size = setup.cell_size_m;
  if (!setup.extent.contains(p.where))
    return fail(error_code::bad_command, "cell [" + std::to_string(p.where.x) + ", " +
                                           std::to_string(p.where.z) +
                                           "] is not in the world: cells run from 0 to " +
                                           std::to_string(setup.extent.x1 - 1) + " east and " +
                                           std::to_string(setup.extent.z1 - 1) + " south");
  if (!(p.x >= 0 && p.x < size && p.z >= 0 && p.z < size && std::isfinite(p.y)))
    return fail(error_code::bad_command, "local x and z are between 0 and the cell size, " +
                                           std::to_string(size) + " m, and y is finite");
  return {};
}

} // namespace

std::uint64_t hash_letter(const letter& mail) {
  std::uint64_t h = hash_combine(hash_key_0, static_cast<std::uint64_t>(mail.kind));
  h = hash_combine(h, mail.who.value);
  h = hash_combine(h, mail.sent);
  h = hash_combine(h, std::uint64_t{mail.index} << 16 | mail.phase);
  if (mail.kind == letter_kind::event) {
    h = hash_combine(h, mail.event.target.value);
    h = hash_combine(h, mail.event.type);
    return hash_bytes(h, mail.event.payload);
  }
  std::array<std::byte, sizeof(position)> place;
  std::memcpy(place.data(), &mail.place, sizeof(position));
  return hash_bytes(hash_bytes(h, place), mail.entity);
}

result<void> check_command(const world_setup& setup, const command& c) {
  const schema& s = *setup.game;
  bool sets_position =
    c.op == command_op::set && !c.parts.empty() && c.parts.front().type == position_component;
  if (c.op == command_op::spawn || c.op == command_op::teleport || sets_position)
    if (auto ok = check_place(setup, c.place); !ok)
      return ok;
  if ((c.op == command_op::set || c.op == command_op::event) && c.parts.size() != 1)
    return fail(error_code::bad_command, "set and event take one component or event");
  for (const auto& part : c.parts) {
    if (c.op == command_op::event) {
      if (part.type >= s.events.size())
        return fail(error_code::bad_command, "no such event");
      const auto& e = s.events[part.type];
      if (auto ok = check_bytes(e.fields, e.size, e.name, part); !ok)
        return ok;
      continue;
    }
    if (part.type >= s.components.size())
      return fail(error_code::bad_command, "no such component");
    if (part.type == position_component)
      continue;
    const auto& info = s.components[part.type];
    if (auto ok = check_bytes(info.fields, info.size, info.name, part); !ok)
      return ok;
  }
  return {};
}

conductor::conductor(std::shared_ptr<const world_setup> setup, std::size_t shard_count,
                     const saved_conductor* from)
  : setup_(std::move(setup)), shard_count_(shard_count) {
  if (from == nullptr)
    return;
  first_ = next_tick_ = complete_ = from->tick;
  granted_sequence_ = sequence_ = from->sequence;
  letters_ = from->letters;
  values_ = from->values;
}

saved_conductor conductor::save() const {
  saved_conductor out;
  out.tick = complete_tick();
  out.sequence = sequence_;
  out.letters = letters_;
  // The grant of tick t reads the values of state t + 1 - delay; those of `tick` come with its reports.
  out.values = values_;
  out.values.erase(out.tick);
  return out;
}

result<tick_number> conductor::submit(command c, bool any_tick) {
  if (auto ok = check_command(*setup_, c); !ok)
    return tl::unexpected(ok.error());
  tick_number open = std::max(next_tick_, open_from_);
  if (any_tick)
    c.tick = open;
  if (c.tick < open && is_repeat(c)) {
    tick_number tick = c.tick;
    repeats_.push_back(
      {next_tick_, {{c.session, c.sequence, tick, command_result::repeated, {}, c.target}}});
    return tick;
  }
  if (c.tick < open)
    return fail(error_code::bad_command, "tick " + std::to_string(c.tick) +
                                           " is past; the next that takes commands is " +
                                           std::to_string(open));
  tick_number tick = c.tick;
  stamped_[tick].push_back(std::move(c));
  return tick;
}

bool conductor::is_repeat(const command& c) const {
  auto within = [&](const std::map<session_id, std::uint64_t>& last) {
    auto known = last.find(c.session);
    return known != last.end() && c.sequence <= known->second;
  };
  return within(granted_sequence_) || within(replayed_sequence_);
}

void conductor::replay(std::vector<command> inputs, tick_number until) {
  open_from_ = until;
  for (auto& c : inputs) {
    std::uint64_t& last = replayed_sequence_[c.session];
    last = std::max(last, c.sequence);
    stamped_[c.tick].push_back(std::move(c));
  }
}

/// The state whose letters and world values a tick reads.
constexpr tick_number state_read_by(tick_number tick) {
  return tick + 1 > delay ? tick + 1 - delay : 0;
}

bool conductor::may_grant() const {
  return complete_ > state_read_by(next_tick_);
}

grant_pointer conductor::try_grant(bool save) {
  if (!may_grant())
    return nullptr;
  tick_number needed = state_read_by(next_tick_);
  auto made = std::make_shared<grant>();
  made->tick = next_tick_;
  made->save = save;
  made->world_values = std::make_shared<const std::vector<std::int64_t>>(values_[needed]);
  if (auto due = stamped_.find(next_tick_); due != stamped_.end()) {
    std::stable_sort(due->second.begin(), due->second.end(),
                     [](const command& l, const command& r) { return l.order() < r.order(); });
    std::vector<command_answer> repeats;
    for (auto& c : due->second) {
      std::uint64_t& last = granted_sequence_[c.session];
      if (c.sequence <= last) {
        repeats.push_back(
          {c.session, c.sequence, next_tick_, command_result::repeated, {}, c.target});
        continue;
      }
      last = c.sequence;
      made->commands.push_back(std::move(c));
    }
    if (!repeats.empty())
      repeats_.emplace_back(next_tick_, std::move(repeats));
    stamped_.erase(due);
  }
  // Letters stay in letters_ until the state after their delivery is complete: they are part of it.
  if (auto due = letters_.find(next_tick_); due != letters_.end())
    made->letters = due->second;
  granted_.emplace(next_tick_, made);
  ++next_tick_;
  return made;
}

void conductor::take_report(shard_report report) {
  state& s = open_[report.tick];
  world_summary& sum = s.sum;
  sum.tick = report.tick;
  sum.hash += report.hash;
  sum.entities += report.entities + report.leaving;
  sum.born += report.born;
  sum.died += report.died;
  sum.migrations += report.leaving;
  sum.events_sent += report.events_sent;
  sum.events_crossing += report.events_crossing;
  sum.events_refused += report.events_refused;
  sum.ghosts += report.ghosts;
  sum.packet_bytes += report.packet_bytes;
  sum.busy_ns = std::max(sum.busy_ns, report.busy_ns);
  sum.busy_ns_sum += report.busy_ns;
  sum.wait_ns_sum += report.wait_ns;
  sum.world_values.resize(std::max(sum.world_values.size(), report.world_values.size()));
  for (std::size_t i = 0; i < report.world_values.size(); ++i)
    sum.world_values[i] += report.world_values[i];
  std::move(report.letters.begin(), report.letters.end(), std::back_inserter(s.letters));
  for (auto& o : report.outcomes)
    s.outcomes.push_back({std::move(o), report.shard});
  s.delivered.insert(s.delivered.end(), report.delivered.begin(), report.delivered.end());
  ++s.reports;
  // A shard reports its states in order, so the oldest open state is the first to be complete.
  for (auto first = open_.begin(); first != open_.end() && first->second.reports == shard_count_;
       first = open_.erase(first))
    complete(first->second);
}

void conductor::complete(state& s) {
  tick_number now = s.sum.tick;
  s.sum.far_mail = s.letters.size();
  if (!s.letters.empty()) {
    std::sort(s.letters.begin(), s.letters.end(),
              [](const letter& l, const letter& r) { return l.order() < r.order(); });
    letters_[now - 1 + delay] = std::move(s.letters);
  }
  if (now > first_) {
    answer_commands(s);
    count_letters(s);
    letters_.erase(letters_.begin(), letters_.lower_bound(now)); // delivered by now
    granted_.erase(now - 1);
  }
  for (const auto& [tick, letters] : letters_) {
    for (const auto& mail : letters) {
      s.sum.hash += hash_letter(mail);
      if (mail.kind == letter_kind::teleport)
        ++s.sum.travelling;
    }
  }
  s.sum.entities += s.sum.travelling;
  s.sum.hash += hash_of_sessions();
  values_[now] = s.sum.world_values;
  values_.erase(values_.begin(), values_.lower_bound(now + 1 > delay ? now + 1 - delay : 0));
  summaries_.push_back(std::move(s.sum));
  complete_ = now + 1;
}

void conductor::answer_commands(state& s) {
  tick_number tick = s.sum.tick - 1;
  s.sum.ran = granted_.at(tick);
  // Both in (session, sequence) order; a command has at most one outcome.
  std::sort(s.outcomes.begin(), s.outcomes.end(),
            [](const auto& l, const auto& r) { return l.order() < r.order(); });
  auto next = s.outcomes.begin();
  for (const auto& c : s.sum.ran->commands) {
    sequence_[c.session] = c.sequence;
    command_answer answer{c.session, c.sequence, tick, command_result::no_such_entity,
                          {},        c.target};
    s.sum.applied_by.push_back(no_shard);
    if (next != s.outcomes.end() && next->order() == c.order()) {
      answer.result = next->of.result;
      answer.reason = std::move(next->of.reason);
      answer.entity = next->of.entity;
      s.sum.applied_by.back() = next->shard;
      ++next;
    }
    if (tick >= open_from_) // what is replayed was answered when it ran
      s.sum.answers.push_back(std::move(answer));
  }
  while (!repeats_.empty() && repeats_.front().first <= tick) {
    for (auto& answer : repeats_.front().second)
      s.sum.answers.push_back(std::move(answer));
    repeats_.pop_front();
  }
}

void conductor::count_letters(state& s) {
  const auto& letters = granted_.at(s.sum.tick - 1)->letters;
  std::sort(s.delivered.begin(), s.delivered.end());
  for (std::uint32_t i = 0; i < letters.size(); ++i)
    if (!std::binary_search(s.delivered.begin(), s.delivered.end(), i))
      ++s.sum.events_refused;
}

std::uint64_t conductor::hash_of_sessions() const {
  std::uint64_t sum = 0;
  for (auto [session, sequence] : sequence_)
    sum += hash_combine(hash_combine(hash_key_1, session), sequence);
  return sum;
}

std::vector<world_summary> conductor::take_summaries() {
  return std::exchange(summaries_, {});
}

} // namespace tessera
