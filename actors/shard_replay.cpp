// What always holds: a record is read from the newest epoch that has its tick, below where the world
// stands; the shard is loaded from a checkpoint at the first state and where an epoch begins, and nowhere
// else, for what was between two shards then is in that checkpoint alone.
#include "actors/shard_replay.hpp"

#include "persistence/journal_reader.hpp"
#include "shards/command_codec.hpp"
#include "shards/conductor.hpp"
#include "shards/packet_codec.hpp"

#include <algorithm>
#include <charconv>
#include <cstring>

namespace tessera {

namespace {

/// What the border log of one epoch holds.
struct border_life {
  std::uint64_t epoch = 0;
  std::string cut;       ///< name of the layout
  tick_number begin = 0; ///< state from which this life went on
  tick_number from = 0;  ///< first tick that is still there
  tick_number end = 0;   ///< above the last tick
  journal_survey survey{};

  bool has(tick_number tick) const { return from <= tick && tick < end; }
};

/// One epoch's stretch of a replay.
struct stretch {
  const border_life* life = nullptr; ///< null: no tick is run
  tick_number from = 0;
  tick_number end = 0;
  bool load = false; ///< from the checkpoint of `from`
};

result<std::vector<command>> read_failed_commands(const world_setup& setup,
                                                  const journal_record& record) {
  auto commands = read_commands(record.bytes, record.tick);
  if (!commands)
    return commands;
  for (const auto& c : *commands)
    if (auto ok = check_command(setup, c); !ok)
      return tl::unexpected(ok.error());
  return commands;
}

std::string text(tick_number tick) {
  return std::to_string(tick);
}

/// "RxC", as layout::name() has it for grids.
result<std::shared_ptr<const layout>> cut_of(const world_setup& setup, const std::string& name) {
  std::int32_t rows = 0;
  std::int32_t columns = 0;
  const char* end = name.data() + name.size();
  auto first = std::from_chars(name.data(), end, rows);
  bool fine = first.ec == std::errc{} && first.ptr != end && *first.ptr == 'x';
  if (fine) {
    auto second = std::from_chars(first.ptr + 1, end, columns);
    fine = second.ec == std::errc{} && second.ptr == end && rows > 0 && columns > 0;
  }
  if (!fine)
    return fail(error_code::failure, "a shard of the layout \"" + name +
                                       "\" cannot be replayed alone: only grids can be made again "
                                       "from their name; replay the world without --shard");
  auto made = layout::grid(setup.extent, rows, columns);
  if (!made)
    return tl::unexpected(made.error());
  return std::make_shared<const layout>(std::move(*made));
}

class replayer {
public:
  replayer(file_system& fs, const data_directory& directory,
           std::shared_ptr<const world_setup> setup, const shard_replay_request& request)
    : fs_(fs), directory_(directory), setup_(std::move(setup)), request_(request) {}

  result<shard_replay> run() {
    auto done = choose_bases()
                  .and_then([&] { return read_world(); })
                  .and_then([&] { return read_lives(); })
                  .and_then([&] { return find_failed_tick(); })
                  .and_then([&] { return choose_end(); })
                  .and_then([&] { return plan(); });
    for (std::size_t i = 0; done && i < plan_.size() && going_on_; ++i)
      done = run_stretch(plan_[i]);
    if (!done)
      return tl::unexpected(done.error());
    return std::move(out_);
  }

private:
  result<void> choose_bases() {
    auto all = kept_beginnings(fs_, directory_);
    if (!all)
      return tl::unexpected(all.error());
    checkpoints_ = *all;
    bases_ = *all;
    if (!request_.from)
      return {};
    if (*request_.from < bases_.front())
      return fail(error_code::failure, directory_.path() + ": tick " + text(*request_.from) +
                                         " is not kept any more; what can be replayed begins at "
                                         "tick " +
                                         text(bases_.front()));
    bases_ = {*(std::upper_bound(bases_.begin(), bases_.end(), *request_.from) - 1)};
    return {};
  }

  /// The commands, and where the world stands. Older commands of another version of the game are no
  /// reason to fail while there are later states to begin with.
  result<void> read_world() {
    while (true) {
      auto world = read_kept_world(fs_, directory_, *setup_, bases_.front());
      if (!world && world.error().code == error_code::wrong_code && bases_.size() > 1) {
        bases_.erase(bases_.begin());
        continue;
      }
      if (!world)
        return tl::unexpected(world.error());
      for (auto& c : world->inputs)
        commands_[c.tick].push_back(std::move(c));
      out_.end = world->next_tick;
      first_state_ = std::move(world->state);
      return {};
    }
  }

  result<void> read_lives() {
    const manifest& m = directory_.current();
    for (std::size_t i = 0; i < m.epochs.size(); ++i) {
      // What an epoch has above the next one's first tick never happened.
      bool newest = i + 1 == m.epochs.size();
      auto life = read_life(m.epochs[i].epoch, newest ? out_.end + 1 : m.epochs[i + 1].first_tick);
      if (!life && life.error().code == error_code::wrong_code) {
        out_.notes.push_back("epoch " + std::to_string(m.epochs[i].epoch) +
                             " was run by another version of the game and is not replayed");
        continue;
      }
      if (!life)
        return tl::unexpected(life.error());
      if (life->from < life->end)
        lives_.push_back(std::move(*life));
    }
    return {};
  }

  result<border_life> read_life(std::uint64_t epoch, tick_number bound) {
    border_life life;
    life.epoch = epoch;
    life.cut = directory_.current().layout;
    const epoch_start which{epoch, 0};
    auto survey = survey_journal(fs_, directory_.border_path(), directory_.current().identity,
                                 std::span(&which, 1), {.from = 0, .synced = false, .alone = true});
    if (!survey && survey.error().code == error_code::not_there)
      return life;
    if (!survey)
      return tl::unexpected(survey.error());
    life.begin = survey->epochs.front().first_tick;
    life.from = std::max(life.begin, survey->from);
    life.end = std::min(bound, survey->watermark ? *survey->watermark + 1 : 0);
    life.survey = std::move(*survey);
    find_cut(life);
    return life;
  }

  void find_cut(border_life& life) {
    journal_range range;
    range.from = life.from;
    range.shard = 0; // every layout has one
    (void)visit_journal(fs_, life.survey, range, [&](const journal_record& record) {
      bool found = static_cast<record_kind>(record.kind) == record_kind::border_layout;
      if (found)
        life.cut.assign(reinterpret_cast<const char*>(record.bytes.data()), record.bytes.size());
      return !found && record.tick == life.from;
    });
  }

  /// Whether the tick that comes next is one of this shard that ended the world.
  result<void> find_failed_tick() {
    if (lives_.empty() || lives_.back().epoch != directory_.current().epochs.back().epoch)
      return {}; // the world has gone on since
    journal_range range;
    range.from = range.to = out_.end;
    range.shard = request_.shard;
    return visit_journal(fs_, lives_.back().survey, range, [&](const journal_record& record) {
      failed_tick_ = failed_tick_ || record.kind == std::uint16_t(record_kind::failed_inputs);
      return !failed_tick_;
    });
  }

  /// The layout is that of the newest life that led to the end.
  result<void> choose_end() {
    tick_number last = out_.end + (failed_tick_ ? 1 : 0);
    if (request_.to && *request_.to > last)
      return fail(error_code::failure, directory_.path() + ": the world stands at tick " +
                                         text(out_.end) + ", before tick " + text(*request_.to));
    if (request_.to && request_.from && *request_.to < *request_.from)
      return fail(error_code::failure,
                  "--to " + text(*request_.to) + " is below --from " + text(*request_.from));
    if (lives_.empty() && !request_.to)
      return lacks(bases_.front());
    tick_number reach = bases_.front();
    for (const auto& life : lives_)
      reach = std::max(reach, std::min(life.end, last));
    end_ = request_.to.value_or(reach);
    if (reach < out_.end && !request_.to)
      out_.notes.push_back("the border log ends at tick " + text(reach) + ", the world stands at " +
                           text(out_.end) + ": a crash took the rest, or it is damaged");
    const border_life* led_there = nullptr;
    for (const auto& life : lives_)
      if (end_ == 0 || life.has(end_ - 1))
        led_there = &life;
    bool no_tick_needed = std::ranges::find(bases_, end_) != bases_.end();
    if (led_there == nullptr && !no_tick_needed)
      return lacks(end_ - 1);
    cut_name_ = led_there != nullptr ? led_there->cut : directory_.current().layout;
    if (request_.cut && request_.cut->name() == cut_name_) {
      out_.cut = request_.cut;
    } else {
      auto cut = cut_of(*setup_, cut_name_);
      if (!cut)
        return tl::unexpected(cut.error());
      out_.cut = std::move(*cut);
    }
    if (request_.shard >= out_.cut->size())
      return fail(error_code::failure, "there is no shard " + std::to_string(request_.shard) +
                                         ": up to tick " + text(end_) + " the layout was " +
                                         cut_name_ + ", shards 0 to " +
                                         std::to_string(out_.cut->size() - 1));
    return {};
  }

  result<void> plan() {
    std::optional<error> first_reason;
    bool any = false;
    for (tick_number base : bases_) {
      if (base > end_)
        break;
      any = true;
      auto made = plan_from(base);
      if (made) {
        plan_ = std::move(*made);
        out_.from = out_.to = base;
        return {};
      }
      if (!first_reason || request_.from)
        first_reason = made.error();
    }
    if (!any)
      return fail(error_code::failure, directory_.path() + ": tick " + text(end_) +
                                         " is not kept any more; what can be replayed begins at "
                                         "tick " +
                                         text(bases_.front()));
    return tl::unexpected(*first_reason);
  }

  /// Stretches from `base` to the end, the newest epoch that has a tick first.
  result<std::vector<stretch>> plan_from(tick_number base) const {
    std::vector<stretch> out;
    if (base == end_)
      out.push_back({nullptr, base, base, true});
    tick_number tick = base;
    while (tick < end_) {
      const border_life* chosen = nullptr;
      for (const auto& life : lives_) {
        bool reachable = tick == base || life.begin < tick || is_checkpoint(tick);
        if (life.has(tick) && life.cut == cut_name_ && reachable)
          chosen = &life;
      }
      if (chosen == nullptr)
        return lacks(tick);
      bool load = tick == base || chosen->begin == tick;
      out.push_back({chosen, tick, std::min(chosen->end, end_), load});
      tick = out.back().end;
    }
    return out;
  }

  bool is_checkpoint(tick_number tick) const {
    return std::ranges::find(checkpoints_, tick) != checkpoints_.end();
  }

  tl::unexpected<error> lacks(tick_number tick) const {
    if (lives_.empty())
      return fail(error_code::failure,
                  directory_.border_path() +
                    ": there is no border log, so no shard can be replayed alone. It is written "
                    "with persistence.border_log = true; replay the world without --shard");
    std::string why;
    for (const auto& life : lives_) {
      if (!life.has(tick))
        continue;
      if (life.cut != cut_name_ && !cut_name_.empty())
        why = "the world was cut into " + life.cut + " then, and into " + cut_name_ + " at tick " +
              text(end_) + ": a shard of one layout is none of the other";
      else if (life.begin == tick)
        why = "there the world was started again from a checkpoint that is not kept any more, and "
              "who was between two shards then is in that checkpoint alone";
    }
    if (why.empty())
      why = "it is written with persistence.border_log = true, never synced, and deleted as the "
            "journal is";
    std::string has;
    for (const auto& life : lives_)
      has += (has.empty() ? "" : ", ") + text(life.from) + " to " + text(life.end - 1) +
             " (epoch " + std::to_string(life.epoch) + ", layout " + life.cut + ")";
    return fail(error_code::failure, directory_.border_path() +
                                       ": the border log cannot give tick " + text(tick) + ": " +
                                       why + ". It has ticks " + has +
                                       ". Replay up to there (--to) or from there on (--from), or "
                                       "the world without --shard");
  }

  result<void> run_stretch(const stretch& what) {
    if (what.load)
      if (auto ok = load(what.from); !ok)
        return ok;
    if (!going_on_ || what.from == what.end)
      return {};
    if (std::ranges::find(out_.epochs, what.life->epoch) == out_.epochs.end())
      out_.epochs.push_back(what.life->epoch);
    journal_range range;
    range.from = what.from;
    range.to = what.end - 1;
    range.shard = request_.shard;
    std::optional<error> failed;
    auto visited = visit_journal(fs_, what.life->survey, range, [&](const journal_record& record) {
      auto taken = take(record);
      if (!taken)
        failed = taken.error();
      return going_on_ && !failed;
    });
    if (!visited)
      return visited;
    if (failed)
      return tl::unexpected(*failed);
    if (going_on_ && out_.to < what.end)
      return lacks(out_.to);
    return {};
  }

  result<void> load(tick_number tick) {
    std::shared_ptr<const saved_world> state;
    if (first_state_ && first_state_->tick() == tick) {
      state = first_state_;
    } else if (tick != 0) {
      auto world = read_kept_world(fs_, directory_, *setup_, tick);
      if (!world)
        return tl::unexpected(world.error());
      state = world->state;
    }
    bool first = out_.shard == nullptr;
    out_.shard = std::make_unique<lone_shard>(setup_, out_.cut, request_.shard, state);
    if (first)
      look();
    return {};
  }

  void look() {
    if (request_.on_state && !request_.on_state(*out_.shard))
      going_on_ = false;
  }

  result<void> take(const journal_record& record) {
    auto kind = static_cast<record_kind>(record.kind);
    if (record.tick == out_.end) { // no history, and its commands are not in the journal
      if (kind == record_kind::failed_commands)
        return take_failed_commands(record);
      if (kind != record_kind::failed_inputs)
        return {};
      out_.failed_tick = record.tick;
      return run_tick(record);
    }
    // One that ran in an earlier life and failed in this one has its commands in the journal.
    if (kind == record_kind::border_inputs || kind == record_kind::failed_inputs)
      return run_tick(record);
    if (kind == record_kind::shard_hash)
      compare(record);
    return {};
  }

  result<void> take_failed_commands(const journal_record& record) {
    auto commands = read_failed_commands(*setup_, record);
    if (!commands)
      return tl::unexpected(commands.error());
    commands_[record.tick] = std::move(*commands);
    return {};
  }

  result<void> run_tick(const journal_record& record) {
    if (record.tick != out_.shard->tick())
      return lacks(out_.shard->tick());
    auto inputs = read_border_inputs(*setup_, record.bytes);
    if (!inputs)
      return tl::unexpected(inputs.error());
    try {
      auto ran = out_.shard->run(*inputs, commands_[record.tick]);
      if (!ran)
        return tl::unexpected(ran.error());
      out_.hash = ran->hash;
    } catch (const std::exception& e) {
      out_.failure = failure_of(request_.shard, record.tick, e);
      going_on_ = false;
      return {};
    }
    out_.to = out_.shard->tick();
    if (request_.on_state && !request_.on_state(*out_.shard))
      stop_after_ = true;
    return {};
  }

  void compare(const journal_record& record) {
    if (record.bytes.size() != 8 || record.tick + 1 != out_.to || !out_.hash)
      return;
    std::memcpy(&out_.expected, record.bytes.data(), 8);
    ++out_.hashes_checked;
    if (out_.expected != *out_.hash)
      out_.differs_at = out_.to;
    going_on_ = !out_.differs_at && !stop_after_;
  }

  file_system& fs_;
  const data_directory& directory_;
  std::shared_ptr<const world_setup> setup_;
  const shard_replay_request& request_;
  shard_replay out_;
  std::vector<tick_number> checkpoints_; ///< states that can be loaded, 0 among them
  std::vector<tick_number> bases_;
  std::shared_ptr<const saved_world> first_state_; ///< of the first of bases_; null: the start
  std::map<tick_number, std::vector<command>> commands_;
  std::vector<border_life> lives_;
  std::string cut_name_;
  tick_number end_ = 0;
  std::vector<stretch> plan_;
  bool failed_tick_ = false; ///< is in the border log
  bool going_on_ = true;
  bool stop_after_ = false; ///< once the hash was compared
};

} // namespace

result<shard_replay> replay_shard(file_system& fs, const data_directory& directory,
                                  std::shared_ptr<const world_setup> setup,
                                  const shard_replay_request& request) {
  return replayer(fs, directory, std::move(setup), request).run();
}

result<shard_replay> restore_shard(file_system& fs, const data_directory& directory,
                                   const std::shared_ptr<const world_setup>& setup,
                                   const std::shared_ptr<const layout>& cut, shard_id shard,
                                   tick_number tick) {
  auto out = replay_shard(fs, directory, setup, {shard, tick, tick, cut});
  if (!out)
    return out;
  auto otherwise = [&](const std::string& what) {
    return fail(error_code::failure, "its replay " + what);
  };
  if (out->failure)
    return otherwise("failed in tick " + std::to_string(out->failure->tick) + ": " +
                     out->failure->message);
  if (out->differs_at)
    return otherwise("differs from the log at tick " + std::to_string(*out->differs_at));
  if (out->to != tick || out->hashes_checked != tick - out->from)
    return otherwise("came to tick " + std::to_string(out->to) + " with " +
                     std::to_string(out->hashes_checked) + " hashes checked");
  return out;
}

result<std::optional<failed_tick>> read_failed_tick(file_system& fs,
                                                    const data_directory& directory,
                                                    const world_setup& setup,
                                                    tick_number next_tick) {
  const manifest& m = directory.current();
  std::vector<epoch_start> epochs;
  for (const auto& e : m.epochs)
    epochs.push_back({e.epoch, e.first_tick});
  auto survey = survey_journal(fs, directory.border_path(), m.identity, epochs,
                               {.from = next_tick, .synced = false});
  if (!survey)
    return tl::unexpected(survey.error());
  std::optional<failed_tick> out;
  std::optional<error> damaged;
  journal_range range;
  range.from = range.to = next_tick;
  auto visited = visit_journal(fs, *survey, range, [&](const journal_record& record) {
    auto kind = static_cast<record_kind>(record.kind);
    if (kind == record_kind::failed_inputs && !out)
      out = failed_tick{record.shard, record.tick, {}};
    if (kind != record_kind::failed_commands)
      return true;
    auto commands = read_failed_commands(setup, record);
    if (!commands) {
      damaged = commands.error();
      return false;
    }
    out = failed_tick{record.shard, record.tick, std::move(*commands)};
    return true;
  });
  if (!visited)
    return tl::unexpected(visited.error());
  if (damaged)
    return tl::unexpected(*damaged);
  return out;
}

} // namespace tessera
