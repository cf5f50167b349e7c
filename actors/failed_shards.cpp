#include "actors/failed_shards.hpp"

#include <utility>

namespace tessera {

void failed_shards::add(engine_failure failure, std::shared_ptr<const tick_inputs> inputs) {
  one added;
  auto before = restored_at_.find(failure.shard);
  added.restored_before = before != restored_at_.end() && before->second == failure.tick;
  failure.again = added.restored_before || gone_back_ == failure.tick;
  added.failure = std::move(failure);
  added.inputs = std::move(inputs);
  shard_id shard = added.failure.shard;
  failed_.insert_or_assign(shard, std::move(added));
}

failed_shards::one* failed_shards::waiting_for(tick_number complete) {
  for (auto& [shard, failed] : failed_)
    if (!failed.restoring && failed.failure.tick == complete)
      return &failed;
  return nullptr;
}

failed_shards::one* failed_shards::waiting() {
  for (auto& [shard, failed] : failed_)
    if (!failed.restoring)
      return &failed;
  return nullptr;
}

failed_shards::one* failed_shards::restoring(shard_id shard) {
  auto found = failed_.find(shard);
  return found != failed_.end() && found->second.restoring ? &found->second : nullptr;
}

void failed_shards::restored(shard_id shard) {
  restored_at_[shard] = failed_.at(shard).failure.tick;
  failed_.erase(shard);
}

} // namespace tessera
