// One shard of a kept world, replayed alone, for whoever looks into one: forwarded from actors/.
#pragma once

#include "actors/shard_replay.hpp"
