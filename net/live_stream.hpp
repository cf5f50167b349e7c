// What a page sees change: server-sent events, each made when its reader is ready for it and the world has something
// newer, so that nothing is queued for a slow one.
//
// Thread: the connection's.
#pragma once

#include "net/http_server.hpp"
#include "net/inspected_world.hpp"

namespace tessera {

/// The response to /api/live. The world outlives it.
answer<http_response> open_live_stream(inspected_world& world, const http_request& request);

} // namespace tessera
