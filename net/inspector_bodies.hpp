// What the bodies of POSTs say: JSON objects as orders and commands. An error says which key, what was found and what
// is allowed.
//
// Thread: any; nothing is kept.
#pragma once

#include "net/inspected_world.hpp"

#include <cstdint>
#include <string>

namespace tessera {

/// {"do": ...} of /api/control.
answer<control_order> read_control(const std::string& body);

/// {"id", "component", "value"} of /api/entity: a command `set`, or `teleport` where the component is position. Without
/// session, sequence and tick.
answer<command> read_edit(const std::string& body, const world_setup& setup);

/// {"seconds": N}, which may be left out.
answer<unsigned> read_seconds(const std::string& body, unsigned most, unsigned otherwise);

} // namespace tessera
