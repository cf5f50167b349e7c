// Running an opened world from a program of one's own: the engine's face, which shows no CAF type.
//
//     auto world = tessera::open_world(config, games);
//     auto engine = tessera::engine::start(world->setup, world->cut, {.ticks = 100});
//     auto ended = (*engine)->wait();
#pragma once

#include "actors/engine.hpp" // IWYU pragma: export
