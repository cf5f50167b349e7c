#include "shards/conductor.hpp"

#include "core/hash.hpp"

#include <algorithm>
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

command_answer repeat_of(const command_view& c, tick_number tick) {
  return {c.session, c.sequence, tick, command_result::repeated, {}, c.target};
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

conductor::conductor(std::shared_ptr<const world_setup> setup, std::shared_ptr<const layout> cut,
                     const saved_conductor* from)
  : setup_(std::move(setup)), layout_(std::move(cut)) {
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

result<tick_number> conductor::submit(const command& c, bool any_tick) {
  command_batch one{c.session};
  one.add(c);
  auto routed = routed_batch::make(*setup_, *layout_, std::move(one));
  if (!routed)
    return tl::unexpected(routed.error());
  return submit(std::move(*routed), any_tick ? std::nullopt : std::optional(c.tick));
}

result<tick_number> conductor::submit(batch_pointer batch, std::optional<tick_number> at) {
  tick_number open = std::max(next_tick_, open_from_);
  tick_number tick = at.value_or(open);
  if (tick >= open) {
    stamped_[tick].push_back(std::move(batch));
    return tick;
  }
  std::vector<command_answer> repeats;
  bool all_repeats = true;
  batch->in_order([&](std::uint32_t place) {
    command_view c = batch->commands().at(place);
    all_repeats = all_repeats && c.changes_state() && c.sequence <= last_seen(c.session);
    repeats.push_back(repeat_of(c, tick));
  });
  if (!all_repeats)
    return fail(error_code::bad_command, "tick " + std::to_string(tick) +
                                           " is past; the next that takes commands is " +
                                           std::to_string(open));
  repeats_.emplace_back(next_tick_, std::move(repeats));
  return tick;
}

/// The last number of the session in any tick that was granted or is to be replayed.
std::uint64_t conductor::last_seen(session_id session) const {
  std::uint64_t last = 0;
  for (const auto* sequences : {&granted_sequence_, &replayed_sequence_})
    if (auto known = sequences->find(session); known != sequences->end())
      last = std::max(last, known->second);
  return last;
}

void conductor::replay(std::vector<stamped_batch> inputs, tick_number until) {
  open_from_ = until;
  for (auto& [tick, batch] : inputs) {
    std::uint64_t& last = replayed_sequence_[batch->session()];
    last = std::max(last, batch->last_change());
    stamped_[tick].push_back(std::move(batch));
  }
}

/// Puts a tick's batches into (session, sequence) order, without what was seen before.
void conductor::take_batches(std::vector<batch_pointer> due, grant& into) {
  std::stable_sort(due.begin(), due.end(), [](const batch_pointer& l, const batch_pointer& r) {
    return std::tuple(l->session(), l->first_sequence()) <
           std::tuple(r->session(), r->first_sequence());
  });
  std::vector<command_answer> repeats;
  for (auto first = due.begin(); first != due.end();) {
    auto end = std::find_if(first, due.end(), [&](const batch_pointer& b) {
      return b->session() != (*first)->session();
    });
    auto known = granted_sequence_.find((*first)->session());
    std::uint64_t last = known == granted_sequence_.end() ? 0 : known->second;
    bool as_they_are = true;
    for (auto b = first; b != end; ++b) {
      bool in_order = b == first || (*std::prev(b))->last_sequence() < (*b)->first_sequence();
      bool all_new = (*b)->last_change() == 0 || (*b)->first_change() > last;
      as_they_are = as_they_are && in_order && all_new;
    }
    if (as_they_are) {
      for (auto b = first; b != end; ++b) {
        if ((*b)->last_change() != 0)
          granted_sequence_[(*b)->session()] = (*b)->last_change();
        into.commands.push_back(std::move(*b));
      }
    } else {
      merge_batches({first, end}, into, repeats);
    }
    first = end;
  }
  if (!repeats.empty())
    repeats_.emplace_back(into.tick, std::move(repeats));
}

/// Of one session, command by command.
void conductor::merge_batches(std::span<const batch_pointer> due, grant& into,
                              std::vector<command_answer>& repeats) {
  session_id session = due.front()->session();
  std::vector<std::pair<const routed_batch*, std::size_t>> order;
  for (const auto& batch : due)
    for (std::size_t i = 0; i < batch->size(); ++i)
      order.emplace_back(batch.get(), i);
  auto sequence = [](const auto& at) { return at.first->commands().sequence(at.second); };
  std::stable_sort(order.begin(), order.end(),
                   [&](const auto& l, const auto& r) { return sequence(l) < sequence(r); });
  std::uint64_t last = 0;
  if (auto known = granted_sequence_.find(session); known != granted_sequence_.end())
    last = known->second;
  command_batch merged{session};
  auto flush = [&] {
    if (merged.empty())
      return;
    into.commands.push_back(*routed_batch::make(*setup_, *layout_, std::move(merged)));
    merged = command_batch{session};
  };
  for (const auto& at : order) {
    auto bytes = at.first->commands().bytes(at.second);
    command_view c = decode_command(bytes);
    if (c.changes_state()) {
      if (c.sequence <= last) {
        repeats.push_back(repeat_of(c, into.tick));
        continue;
      }
      last = c.sequence;
      granted_sequence_[session] = last;
    }
    // Whoever reads may use a number twice, and a batch does not.
    bool again = !merged.empty() && merged.sequence(merged.size() - 1) == c.sequence;
    if (again || merged.byte_count() > limits::batch_bytes / 2)
      flush();
    merged.add_encoded(c.sequence, bytes);
  }
  flush();
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
    take_batches(std::move(due->second), *made);
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
  if (report.busy_ns > sum.busy_ns ||
      (report.busy_ns == sum.busy_ns && report.shard < sum.slowest)) {
    sum.busy_ns = report.busy_ns;
    sum.slowest = report.shard;
  }
  sum.busy_ns_sum += report.busy_ns;
  sum.wait_ns_sum += report.wait_ns;
  sum.world_values.resize(std::max(sum.world_values.size(), report.world_values.size()));
  for (std::size_t i = 0; i < report.world_values.size(); ++i)
    sum.world_values[i] += report.world_values[i];
  std::move(report.letters.begin(), report.letters.end(), std::back_inserter(s.letters));
  s.outcomes.resize(layout_->size());
  s.outcomes[report.shard] = std::move(report.outcomes);
  s.delivered.insert(s.delivered.end(), report.delivered.begin(), report.delivered.end());
  ++s.reports;
  // A shard reports its states in order, so the oldest open state is the first to be complete.
  for (auto first = open_.begin(); first != open_.end() && first->second.reports == layout_->size();
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
    settle_commands(s);
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

void conductor::settle_commands(state& s) {
  tick_number tick = s.sum.tick - 1;
  auto what = std::make_shared<tick_outcomes>();
  what->ran = granted_.at(tick);
  what->by_shard = std::move(s.outcomes);
  for (const auto& batch : what->ran->commands)
    if (batch->last_change() != 0)
      sequence_[batch->session()] = batch->last_change();
  s.sum.outcomes = std::move(what);
  s.sum.replayed = tick < open_from_;
  while (!repeats_.empty() && repeats_.front().first <= tick) {
    std::move(repeats_.front().second.begin(), repeats_.front().second.end(),
              std::back_inserter(s.sum.other_answers));
    repeats_.pop_front();
  }
}

std::vector<command_answer> tick_outcomes::answers(tick_number tick) const {
  std::vector<std::vector<command_answer>> by_place;
  for (const auto& batch : ran->commands) {
    auto& of_batch = by_place.emplace_back();
    for (std::size_t i = 0; i < batch->size(); ++i) {
      command_view c = batch->commands().at(i);
      of_batch.push_back(
        {c.session, c.sequence, tick, command_result::no_such_entity, {}, c.target});
    }
  }
  for (shard_id s = 0; s < by_shard.size(); ++s) {
    for (const auto& o : by_shard[s].list) {
      command_answer& answer = by_place[o.batch][o.place];
      command_view c = batch_of(o).commands().at(o.place);
      answer.result = o.result;
      if (o.result == command_result::rejected) {
        answer.reason = by_shard[s].reasons[o.detail];
      } else if (c.op == command_op::spawn) {
        answer.entity = entity_id{o.detail};
      } else if (c.op == command_op::get) {
        auto value = value_of(o, s);
        answer.component = static_cast<component_id>(c.first_part.type);
        answer.value.assign(value.begin(), value.end());
      }
    }
  }
  std::vector<command_answer> out;
  for (std::size_t b = 0; b < by_place.size(); ++b)
    ran->commands[b]->in_order(
      [&](std::uint32_t place) { out.push_back(std::move(by_place[b][place])); });
  return out;
}

std::vector<command_answer> world_summary::answers() const {
  std::vector<command_answer> out;
  if (outcomes && !replayed)
    out = outcomes->answers(tick - 1);
  out.insert(out.end(), other_answers.begin(), other_answers.end());
  return out;
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
