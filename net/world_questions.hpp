// Parameters of requests, and questions to the world that several routes ask.
#pragma once

#include "net/http_server.hpp"
#include "net/inspected_world.hpp"

#include <optional>
#include <vector>

namespace tessera {

/// A whole number between the two, or `otherwise` where it is not given.
answer<std::uint64_t> whole_parameter(const http_request& request, const char* name,
                                      std::uint64_t least, std::uint64_t most,
                                      std::uint64_t otherwise);

/// `view` and `most`; none where there is no view.
answer<std::optional<look_request::points>> points_parameters(const http_request& request,
                                                              std::uint32_t most);

/// Entity ids, comma separated, at most 16; empty where there are none.
answer<std::vector<entity_id>> id_parameters(const http_request& request, const char* name);

/// Asks the shards that can know, and waits for at most 2 s.
answer<world_look> ask_shards(inspected_world& world, look_request what);

/// Makes the world collect them, and waits for the first if need be.
answer<std::shared_ptr<const shard_figures>> newest_shard_figures(inspected_world& world,
                                                                  std::chrono::milliseconds most);

} // namespace tessera
