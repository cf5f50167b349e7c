#include "shards/tick_trace.hpp"

#include <string>

namespace tessera {

tick_trace::tick_trace(trace_recorder& recorder, const world_setup& world) : to(&recorder) {
  phases = {recorder.name("tick"),     recorder.name("index"),  recorder.name("arrivals"),
            recorder.name("commands"), recorder.name("events"), recorder.name("changes"),
            recorder.name("close")};
  for (const auto& system : world.game->systems)
    systems.push_back(recorder.name(system.name));
  for (const auto& stage : world.order.stages) {
    std::string together;
    for (auto place : stage)
      together += (together.empty() ? "" : " + ") +
                  std::string(world.game->systems[world.order.order[place]].name);
    stages.push_back(recorder.name(together));
  }
}

} // namespace tessera
