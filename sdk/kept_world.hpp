// A world in a data directory, for whoever runs one or looks into one: forwarded from actors/.
#pragma once

#include "actors/kept_world.hpp"
