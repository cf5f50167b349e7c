#include "actors/shard_replay.hpp"

#include "persistence/journal_reader.hpp"
#include "shards/command_batch.hpp"
#include "shards/conductor.hpp"
#include "shards/packet_codec.hpp"

#include <algorithm>
#include <cstring>
#include <limits>

namespace tessera {

namespace {

std::vector<epoch_start> epochs_of(const manifest& m) {
  std::vector<epoch_start> out;
  for (const auto& e : m.epochs)
    out.push_back({e.epoch, e.first_tick});
  return out;
}

result<journal_survey> survey_border(file_system& fs, const data_directory& directory,
                                     tick_number from) {
  const manifest& m = directory.current();
  auto epochs = epochs_of(m);
  return survey_journal(fs, directory.border_path(), m.identity, epochs,
                        {.from = from, .synced = false});
}

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

/// Runs record after record of one shard's border log.
class border_replay {
public:
  border_replay(const world_setup& setup, const layout& cut, std::vector<stamped_commands> commands,
                tick_number next_tick, tick_number last,
                std::function<bool(const lone_shard&)> on_state, shard_replay& out)
    : setup_(setup), cut_(cut), next_tick_(next_tick), last_(last), on_state_(std::move(on_state)),
      out_(out) {
    for (auto& [tick, batch] : commands)
      commands_[tick].push_back(routed_batch::make(setup_, cut_, std::move(batch)).value());
    look();
  }

  /// False when nothing more is to be replayed; why() may tell.
  bool take(const journal_record& record) {
    bool of_failed_tick = record.tick == next_tick_;
    if (record.tick >= last_ || record.tick > next_tick_ || (stopped_ && record.tick >= out_.to))
      return false;
    switch (static_cast<record_kind>(record.kind)) {
      case record_kind::border_inputs:
        // What a neighbour of a failed shard ran in that tick is no history.
        return !of_failed_tick && run(record);
      case record_kind::shard_hash: return of_failed_tick || compare(record);
      case record_kind::failed_commands: return !of_failed_tick || take_commands(record);
      case record_kind::failed_inputs:
        if (of_failed_tick && record.tick == out_.shard->tick()) {
          out_.failed_tick = record.tick;
          run(record);
        }
        return false;
      default: return true;
    }
  }

  const std::optional<error>& why() const { return error_; }
  bool stopped() const { return stopped_; }

private:
  bool fail_with(error why) {
    error_ = std::move(why);
    return false;
  }

  void look() { stopped_ = on_state_ && !on_state_(*out_.shard); }

  bool run(const journal_record& record) {
    if (record.tick != out_.shard->tick())
      return false; // a gap: said by whoever calls
    auto inputs = read_border_inputs(setup_, record.bytes);
    if (!inputs)
      return fail_with(inputs.error());
    if (inputs->after_start && record.tick != out_.from)
      return fail_with(
        {error_code::not_there,
         "at tick " + std::to_string(record.tick) +
           " the world was started again from a checkpoint, and who was between two shards "
           "then is in that checkpoint alone: replay up to there (--to), or from there on "
           "(--from) while it is kept"});
    try {
      auto ran = out_.shard->run(*inputs, std::move(commands_[record.tick]));
      if (!ran)
        return fail_with(ran.error());
      out_.found = ran->hash;
    } catch (const std::exception& e) {
      out_.failure = failure_of(out_.shard->state().id(), record.tick, e);
      return false;
    }
    commands_.erase(record.tick);
    out_.to = out_.shard->tick();
    look();
    return true;
  }

  bool compare(const journal_record& record) {
    if (record.bytes.size() != 8 || record.tick + 1 != out_.to)
      return true;
    std::memcpy(&out_.expected, record.bytes.data(), 8);
    ++out_.hashes_checked;
    if (out_.expected != out_.found)
      out_.differs_at = out_.to;
    return !out_.differs_at;
  }

  bool take_commands(const journal_record& record) {
    auto commands = read_failed_commands(setup_, record);
    if (!commands)
      return fail_with(commands.error());
    auto& of_tick = commands_[record.tick];
    for (auto& c : *commands) {
      command_batch one{c.session};
      one.add(std::move(c));
      auto routed = routed_batch::make(setup_, cut_, std::move(one));
      if (!routed)
        return fail_with(routed.error());
      of_tick.push_back(std::move(*routed));
    }
    return true;
  }

  const world_setup& setup_;
  const layout& cut_;
  std::map<tick_number, std::vector<batch_pointer>> commands_;
  tick_number next_tick_;
  tick_number last_;
  std::function<bool(const lone_shard&)> on_state_;
  bool stopped_ = false;
  shard_replay& out_;
  std::optional<error> error_;
};

} // namespace

result<std::vector<logged_layout>> logged_layouts(file_system& fs,
                                                  const data_directory& directory) {
  std::vector<logged_layout> out;
  auto survey = survey_border(fs, directory, 0);
  // What another version of the game wrote is not replayed, so its layouts are not asked for.
  if (!survey && survey.error().code == error_code::wrong_code)
    survey = survey_border(fs, directory, directory.current().epochs.back().first_tick);
  if (!survey && survey.error().code == error_code::not_there)
    return out;
  if (!survey)
    return tl::unexpected(survey.error());
  auto take = [&](const journal_record& record) {
    if (static_cast<record_kind>(record.kind) != record_kind::border_layout)
      return true;
    std::string name(reinterpret_cast<const char*>(record.bytes.data()), record.bytes.size());
    if (out.empty() || out.back().name != name)
      out.push_back({record.tick, record.tick, std::move(name)});
    out.back().end = record.tick + 1;
    return true;
  };
  journal_range range;
  range.shard = 0;
  if (auto visited = visit_journal(fs, *survey, range, take); !visited)
    return tl::unexpected(visited.error());
  return out;
}

result<shard_replay> replay_shard(file_system& fs, const data_directory& directory,
                                  std::shared_ptr<const world_setup> setup,
                                  std::shared_ptr<const layout> cut, shard_id shard,
                                  std::optional<tick_number> from, std::optional<tick_number> to,
                                  std::function<bool(const lone_shard&)> on_state) {
  auto world = read_kept_world(fs, directory, *setup, from);
  if (!world)
    return tl::unexpected(world.error());
  shard_replay out;
  out.from = out.to = world->state_tick();
  out.shard = std::make_unique<lone_shard>(setup, cut, shard, world->state);
  world->state = nullptr; // as large as the world
  auto survey = survey_border(fs, directory, out.from);
  if (!survey)
    return tl::unexpected(survey.error());
  tick_number last = to.value_or(std::numeric_limits<tick_number>::max());
  border_replay replay{
    *setup, *cut, std::move(world->inputs), world->next_tick, last, std::move(on_state), out};
  journal_range range;
  range.from = out.from;
  range.shard = shard;
  auto visited = visit_journal(fs, *survey, range,
                               [&](const journal_record& record) { return replay.take(record); });
  if (!visited)
    return tl::unexpected(visited.error());
  if (replay.why())
    return tl::unexpected(*replay.why());
  if (!out.differs_at && !out.failure && !replay.stopped() &&
      out.to < std::min(last, world->next_tick))
    return fail(
      error_code::not_there,
      directory.border_path() + ": shard " + std::to_string(shard) + "'s border log lacks tick " +
        std::to_string(out.to) +
        "; it is written with persistence.border_log = true, and never survives a crash whole: "
        "replay the world without --shard, or a range that it has");
  return out;
}

result<shard_replay> restore_shard(file_system& fs, const data_directory& directory,
                                   const std::shared_ptr<const world_setup>& setup,
                                   const std::shared_ptr<const layout>& cut, shard_id shard,
                                   tick_number tick) {
  auto out = replay_shard(fs, directory, setup, cut, shard, std::nullopt, tick);
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
  auto survey = survey_border(fs, directory, next_tick);
  if (!survey && survey.error().code == error_code::not_there)
    return std::nullopt; // a backup has none
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
