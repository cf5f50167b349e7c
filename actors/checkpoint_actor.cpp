#include "actors/checkpoint_actor.hpp"

#include "persistence/checkpoint_writer.hpp"
#include "shards/component_mapping.hpp"
#include "shards/state_codec.hpp"

#include <algorithm>

namespace tessera {

checkpoint_actor::checkpoint_actor(caf::actor_config& config, std::shared_ptr<const tracing> traced,
                                   std::shared_ptr<kept_world> keep,
                                   std::shared_ptr<const world_setup> setup,
                                   std::shared_ptr<const layout> cut, caf::actor conductor)
  : traced_actor(config, std::move(traced), "checkpoints"), keep_(std::move(keep)),
    setup_(std::move(setup)), layout_(std::move(cut)), shard_count_(layout_->size()),
    conductor_(std::move(conductor)) {}

caf::behavior checkpoint_actor::make_behavior() {
  set_exception_handler([this](std::exception_ptr& thrown) -> caf::error {
    try {
      std::rethrow_exception(thrown);
    } catch (const std::exception& e) {
      fail_with({error_code::failure, e.what()});
    } catch (...) {
      fail_with({error_code::failure, "an exception that is no std::exception"});
    }
    return caf::none;
  });
  return {
    [this](const state_taken& m) { write_shard(*m.state); },
    [this](const conductor_state_taken& m) { write_conductor_part(*m.state, m.hash); },
    [this](const ticks_durable& m) {
      durable_below_ = m.tick + 1;
      commit_what_counts();
    },
    [this](const restore_failed_shard& m) {
      auto begin = std::chrono::steady_clock::now();
      auto made = std::make_shared<result<shard_replay>>(restore(m.shard, m.tick));
      std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
      tell(conductor_, shard_restored{m.shard, std::move(made), took.count()});
    },
    [this](const close_checkpoints&) {
      commit_what_counts();
      pending_
        .clear(); // what is not whole by now never will be; the next to open removes its files
      tell(conductor_, checkpoints_closed{messages_sent() + 1});
    },
  };
}

void checkpoint_actor::write_shard(const shard_state& state) {
  auto sections = write_sections(*setup_->game, state);
  std::vector<checkpoint_section> to_write;
  for (const auto& s : sections) {
    bool ids = s.name.ends_with("/id");
    auto filter = ids                    ? column_filter::delta_shuffle
                  : s.element_bytes == 1 ? column_filter::none
                                         : column_filter::shuffle;
    to_write.push_back({s.name, s.element_bytes, s.bytes, filter});
  }
  write(state.tick, state.shard, to_write);
}

/// Stands beside the shards' files as that of one shard more.
void checkpoint_actor::write_conductor_part(const saved_conductor& state, std::uint64_t hash) {
  auto bytes = write_conductor(state);
  auto schema_bytes = write_schema(*setup_->game);
  checkpoint_section sections[] = {{"conductor", 1, bytes, column_filter::none},
                                   {"schema", 1, schema_bytes, column_filter::none}};
  pending_[state.tick].hash = hash;
  write(state.tick, static_cast<shard_id>(shard_count_), sections);
}

void checkpoint_actor::write(tick_number tick, shard_id shard,
                             std::span<const checkpoint_section> sections) {
  if (failed_)
    return;
  auto& directory = keep_->directory();
  auto name = data_directory::checkpoint_file_name(tick, shard);
  auto written = write_checkpoint(keep_->files(), directory.checkpoint_path(name),
                                  {directory.current().identity, tick, shard}, sections);
  if (!written)
    return fail_with(written.error());
  auto& to = pending_[tick];
  to.files.push_back({shard, name, written->bytes, written->crc});
  to.bytes += written->bytes;
  commit_what_counts();
}

void checkpoint_actor::commit_what_counts() {
  while (!failed_ && !pending_.empty()) {
    auto& [tick, first] = *pending_.begin();
    if (first.files.size() != shard_count_ + 1 || tick > durable_below_)
      return;
    manifest_checkpoint made;
    made.tick = tick;
    made.world_hash = *first.hash;
    made.files = std::move(first.files);
    std::sort(made.files.begin(), made.files.end(),
              [](const auto& l, const auto& r) { return l.shard < r.shard; });
    auto ok = keep_->files().sync_directory(keep_->directory().checkpoints_path());
    if (ok)
      ok = keep_->directory().commit_checkpoint(std::move(made));
    if (!ok)
      return fail_with(ok.error());
    auto took = std::chrono::steady_clock::now() - first.begin;
    checkpoint_committed told;
    told.tick = tick;
    told.oldest_kept = keep_->directory().current().checkpoints.front().tick;
    told.bytes = first.bytes;
    told.seconds = std::chrono::duration<double>(took).count();
    pending_.erase(pending_.begin());
    tell(conductor_, told);
  }
}

/// Segments that the last commit made needless may be deleted while it reads; a second time they are gone.
result<shard_replay> checkpoint_actor::restore(shard_id shard, tick_number tick) {
  auto once = [&]() -> result<shard_replay> {
    try {
      return restore_shard(keep_->files(), keep_->directory(), setup_, layout_, shard, tick);
    } catch (const std::exception& e) {
      return fail(error_code::failure, e.what());
    }
  };
  auto made = once();
  return made ? std::move(made) : once();
}

void checkpoint_actor::fail_with(const error& why) {
  if (failed_)
    return;
  failed_ = true;
  tell(conductor_, storage_failed{std::make_shared<const error>(why)});
}

} // namespace tessera
