// What the window shows of the world beside its bodies: phases of ticks, shards, memory, the fields of one entity.
//
// Always true: a thread of its own asks and waits, so that no frame and no tick does; it asks only what is wanted, a few times a second;
// what it gave out never changes any more.
//
// Thread: want() and news() from one thread, neither waits for an answer.
#pragma once

#include "apps/phase_times.hpp"
#include "net/inspected_world.hpp"

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace tessera {

struct onlooker_wish {
  bool shards = false; ///< figures of each
  bool phases = false; ///< and memory
  std::optional<entity_id> entity;

  bool operator==(const onlooker_wish&) const = default;
};

/// All that one entity has, as lines; why there is nothing where it is not to be had.
struct entity_fields {
  entity_id id;
  tick_number tick = 0;
  std::optional<shard_id> shard; ///< nothing: no shard has it now
  std::vector<std::string> lines;
};

struct onlooker_news {
  tick_number tick = 0;
  double busy_ms = 0; ///< of the slowest shard
  shard_id slowest = 0;
  std::shared_ptr<const shard_figures> shards; ///< null while they are not known
  std::vector<phase_time> phases;              ///< the longest first
  std::uint64_t shard_bytes = 0; ///< of entities, in all shards; 0 while it is not known
  std::uint64_t process_bytes = 0;
  std::optional<entity_fields> entity;
};

class world_onlooker {
public:
  /// The world outlives it.
  explicit world_onlooker(inspected_world& world);
  ~world_onlooker();
  world_onlooker(const world_onlooker&) = delete;
  world_onlooker& operator=(const world_onlooker&) = delete;

  void want(const onlooker_wish& what);
  /// The newest; never null.
  std::shared_ptr<const onlooker_news> news() const;

private:
  void work();
  void ask(const onlooker_wish& what, onlooker_news& into);
  void ask_memory(onlooker_news& into);
  entity_fields ask_entity(entity_id id);

  inspected_world* world_;
  phase_times phases_; ///< the thread's own
  std::chrono::steady_clock::time_point memory_at_{};
  std::chrono::steady_clock::time_point phases_at_{};
  mutable std::mutex mutex_; ///< of all below
  std::condition_variable wake_;
  bool over_ = false;
  onlooker_wish wish_;
  std::shared_ptr<const onlooker_news> news_ = std::make_shared<onlooker_news>();
  std::thread thread_; // last: it begins with the rest there
};

/// "needs.hunger  0.25" for each field of what the shards answered, by the game's names and units.
entity_fields fields_of(const world_look& look, entity_id id, const world_about& about);

} // namespace tessera
