#include "apps/world_onlooker.hpp"

#include "apps/process_memory.hpp"
#include "net/inspector_json.hpp"

#include <sys/resource.h>

namespace tessera {

namespace {

using clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr milliseconds period{250};
constexpr milliseconds phases_period{1000}; ///< so many ticks make a mean
constexpr milliseconds memory_period{2000}; ///< every shard is asked
constexpr milliseconds patience{1000};      ///< for one answer

/// The unit of a field, behind a blank; none for pure numbers.
std::string unit_text(const schema& game, const std::string& component, const std::string& field) {
  if (const auto* found = game.find_component(component, nullptr))
    for (const auto& f : found->fields)
      if (f.name == field && !f.unit.empty() && f.unit != "1")
        return " " + std::string(f.unit);
  return {};
}

} // namespace

entity_fields fields_of(const world_look& look, entity_id id, const world_about& about) {
  entity_fields out{id, look.tick, std::nullopt, {}};
  std::vector<entity_id> missing;
  const ordered_json all = entities_json(look, {id}, about, missing);
  if (!missing.empty()) {
    out.lines = {"no shard has it: it died, or it travels"};
    return out;
  }
  const ordered_json& one = all["entities"][0];
  out.shard = one["shard"].get<shard_id>();
  for (const auto& [component, fields] : one["components"].items())
    for (const auto& [field, value] : fields.items())
      out.lines.push_back(component + "." + field + "  " +
                          (value.is_string() ? value.get<std::string>() : value.dump()) +
                          unit_text(*about.setup->game, component, field));
  std::string tags;
  for (const auto& tag : one["tags"])
    tags += (tags.empty() ? "" : ", ") + tag.get<std::string>();
  if (!tags.empty())
    out.lines.push_back("tags  " + tags);
  return out;
}

world_onlooker::world_onlooker(inspected_world& world)
  : world_(&world), phases_(world.recorder(), world.about().cut->size()),
    thread_([this] { work(); }) {}

world_onlooker::~world_onlooker() {
  {
    const std::scoped_lock held{mutex_};
    over_ = true;
  }
  wake_.notify_all();
  thread_.join();
}

void world_onlooker::want(const onlooker_wish& what) {
  {
    const std::scoped_lock held{mutex_};
    if (wish_ == what)
      return;
    wish_ = what;
  }
  wake_.notify_all();
}

std::shared_ptr<const onlooker_news> world_onlooker::news() const {
  const std::scoped_lock held{mutex_};
  return news_;
}

void world_onlooker::work() {
  // The world goes first.
  constexpr int niceness = 5;
  setpriority(PRIO_PROCESS, static_cast<id_t>(gettid()), niceness);
  onlooker_wish asked;
  std::unique_lock held{mutex_};
  while (!over_) {
    asked = wish_;
    onlooker_news next = *news_;
    held.unlock();
    ask(asked, next);
    held.lock();
    news_ = std::make_shared<const onlooker_news>(std::move(next));
    wake_.wait_for(held, period, [&] { return over_ || wish_ != asked; });
  }
}

void world_onlooker::ask(const onlooker_wish& what, onlooker_news& into) {
  if (what.shards)
    world_->want_shard_figures();
  if (const auto seen = world_->seen()) {
    into.tick = (*seen)->newest.tick;
    into.busy_ms = static_cast<double>((*seen)->newest.busy_ns) * 1e-6;
    into.slowest = (*seen)->newest.slowest;
    into.shards = what.shards ? (*seen)->shards : nullptr;
  }
  const auto now = clock::now();
  phases_.watch(what.phases);
  if (!what.phases) {
    into.phases.clear();
    phases_at_ = now;
  } else if (now - phases_at_ >= phases_period) {
    if (auto times = phases_.take(); !times.empty())
      into.phases = std::move(times);
    phases_at_ = now;
  }
  if (what.phases && now - memory_at_ >= memory_period) {
    memory_at_ = now;
    ask_memory(into);
  }
  if (!what.entity)
    into.entity.reset();
  else
    into.entity = ask_entity(*what.entity);
}

void world_onlooker::ask_memory(onlooker_news& into) {
  into.process_bytes = resident_bytes();
  look_request what;
  what.memory = true;
  const auto look = world_->look(std::move(what), {}, patience);
  if (!look)
    return; // what was known stays
  into.shard_bytes = 0;
  for (const auto& shard : look->shards)
    into.shard_bytes += shard->memory_bytes;
}

entity_fields world_onlooker::ask_entity(entity_id id) {
  look_request what;
  what.ids = {id};
  what.cell_size_m = world_->about().setup->cell_size_m;
  const auto look = world_->look(std::move(what), {}, patience);
  if (!look)
    return {id, 0, std::nullopt, {"its fields are not to be had: " + look.error().why}};
  return fields_of(*look, id, world_->about());
}

} // namespace tessera
