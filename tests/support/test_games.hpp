// Games that exist to break the law if it can be broken, written against the SDK like any other.
//
// wanderers uses everything that the SDK offers, all over the borders: several archetypes, tags, rare
// and scratch components, components that come and go, cell data, world values, lane reductions with
// and without a uniform neighbourhood, events that answer events, births and deaths from systems and
// from handlers, teleports. Its rates come from the parameters, or, with `wild`, from the seed.
#pragma once

#include "sdk/game.hpp"

namespace wanderers {

/// Of a walker; stones have none.
struct velocity {
  float x = 0;
  float z = 0;
};
constexpr auto describe(tessera::of<velocity>) {
  return tessera::describe_as("velocity", tessera::marks::shared,
                              tessera::field<&velocity::x>("x", "m/s"),
                              tessera::field<&velocity::z>("z", "m/s"));
}

/// Of everybody.
struct mood {
  std::int32_t pokes = 0;
  float warmth = 0;
};
constexpr auto describe(tessera::of<mood>) {
  return tessera::describe_as("mood", tessera::marks::shared, tessera::field<&mood::pokes>("pokes"),
                              tessera::field<&mood::warmth>("warmth"));
}

/// Nobody else's business.
struct purse {
  std::uint32_t kind = 0;
  float weight = 1;
  std::uint64_t coins = 0;
  tessera::entity_id friend_id;
};
constexpr auto describe(tessera::of<purse>) {
  return tessera::describe_as(
    "purse", tessera::field<&purse::kind>("kind"), tessera::field<&purse::weight>("weight", "kg"),
    tessera::field<&purse::coins>("coins"), tessera::field<&purse::friend_id>("friend"));
}

/// Put on and taken off.
struct armour {
  float thickness = 0;
};
constexpr auto describe(tessera::of<armour>) {
  return tessera::describe_as("armour", tessera::marks::shared,
                              tessera::field<&armour::thickness>("thickness", "m"));
}

struct asleep {};
constexpr auto describe(tessera::of<asleep>) {
  return tessera::describe_as("asleep", tessera::marks::tag);
}

struct fever {
  std::uint32_t ticks = 0;
  float heat = 0;
};
constexpr auto describe(tessera::of<fever>) {
  return tessera::describe_as("fever", tessera::marks::rare, tessera::field<&fever::ticks>("ticks"),
                              tessera::field<&fever::heat>("heat"));
}

/// What was counted in this tick, by handlers and systems.
struct crowd {
  float sum = 0;
  std::int32_t count = 0;
};
constexpr auto describe(tessera::of<crowd>) {
  return tessera::describe_as("crowd", tessera::marks::scratch, tessera::field<&crowd::sum>("sum"),
                              tessera::field<&crowd::count>("count"));
}

/// Of a cell; read next door.
struct grass {
  std::int64_t eaten = 0;
  std::uint32_t visits = 0;
  float height = 1;
};
constexpr auto describe(tessera::of<grass>) {
  return tessera::describe_as(
    "grass", tessera::marks::shared, tessera::field<&grass::eaten>("eaten"),
    tessera::field<&grass::visits>("visits"), tessera::field<&grass::height>("height", "m"));
}

/// Of a cell; its own business.
struct scent {
  std::int32_t steps = 0;
};
constexpr auto describe(tessera::of<scent>) {
  return tessera::describe_as("scent", tessera::field<&scent::steps>("steps"));
}

/// Pushes the target, which may push back.
struct poke {
  float push_x = 0;
  float push_z = 0;
  std::uint32_t hops = 0;
};
constexpr auto describe(tessera::of<poke>) {
  return tessera::describe_as("poke", tessera::field<&poke::push_x>("push_x", "m"),
                              tessera::field<&poke::push_z>("push_z", "m"),
                              tessera::field<&poke::hops>("hops"));
}

/// Goes on to somebody else, near or far.
struct gossip {
  tessera::entity_id about;
  std::uint32_t hops = 0;
  float spice = 1;
};
constexpr auto describe(tessera::of<gossip>) {
  return tessera::describe_as("gossip", tessera::field<&gossip::about>("about"),
                              tessera::field<&gossip::hops>("hops"),
                              tessera::field<&gossip::spice>("spice"));
}

/// Sends the target away: 0 to another place, 1 out of this world, 2 makes it throw.
struct banish {
  std::uint32_t how = 0;
};
constexpr auto describe(tessera::of<banish>) {
  return tessera::describe_as("banish", tessera::field<&banish::how>("how"));
}

/// Chances per tick, and the fastest walk.
struct rates {
  float birth = 0.02F;
  float death = 0.02F;
  float teleport = 0.004F;
  float poke = 0.3F;
  float gossip = 0.05F;
  float dress = 0.05F;
  float doze = 0.05F;
  float ail = 0.02F;
  float fastest = 60;   ///< m/s
  float crowding = 900; ///< no births above as many
};

/// Rates drawn from a seed, from hardly anything ever to all the time.
rates rates_from(std::uint64_t seed);

extern const tessera::game_definition definition;

} // namespace wanderers

/// Entities that stand still unless a test says so: for scenarios with one sentence each.
namespace stage {

/// What happened to the entity so far. Every event adds to it, in the order of delivery.
struct diary {
  std::uint64_t lines = 0;  ///< events handled
  std::uint64_t digest = 0; ///< of their order
  std::uint64_t tick = 0;   ///< of the last one
  std::uint64_t seen = 0;   ///< digest of neighbours, as the last handler saw them
};
constexpr auto describe(tessera::of<diary>) {
  return tessera::describe_as(
    "diary", tessera::marks::shared, tessera::field<&diary::lines>("lines"),
    tessera::field<&diary::digest>("digest"), tessera::field<&diary::tick>("tick"),
    tessera::field<&diary::seen>("seen"));
}

/// What the entity is to do in one tick, once.
struct script {
  std::uint64_t at_tick = 0;
  tessera::entity_id to;
  std::uint32_t deed = 0; ///< see deed
  float x = 0; ///< metres to walk per tick, always; metres of a birth from the cell's corner
  float z = 0;
  std::uint32_t unused = 0;
};
constexpr auto describe(tessera::of<script>) {
  return tessera::describe_as(
    "script", tessera::field<&script::at_tick>("at_tick"), tessera::field<&script::to>("to"),
    tessera::field<&script::deed>("deed"), tessera::field<&script::x>("x", "m"),
    tessera::field<&script::z>("z", "m"), tessera::field<&script::unused>("unused"));
}

enum deed : std::uint32_t {
  stay,      ///< nothing
  walk,      ///< by x, z in every tick from at_tick on
  call_near, ///< a note to the neighbour `to`
  call_far,  ///< a note to `to` by far mail
  bear,      ///< one child at x, z of its cell
  die,
  leap,    ///< teleport to the opposite corner of the world
  set_x,   ///< put x into the position as it is
  break_x, ///< not a number into the position
  break_y, ///< not a number into the height
  fail,    ///< throw
  bound,   ///< by x, z, once
};

/// A line for the target's diary; `step` moves it before it looks around.
struct note {
  std::uint64_t word = 0;
  float step = 0;
  std::uint32_t fail = 0; ///< 1: the handler throws
};
constexpr auto describe(tessera::of<note>) {
  return tessera::describe_as("note", tessera::field<&note::word>("word"),
                              tessera::field<&note::step>("step", "m"),
                              tessera::field<&note::fail>("fail"));
}

/// What total<> said in each tick, kept in a cell.
struct board {
  std::int64_t lines = 0;
};
constexpr auto describe(tessera::of<board>) {
  return tessera::describe_as("board", tessera::field<&board::lines>("lines"));
}

/// Nobody to begin with; entities come by command. Radius 8 m.
void define(tessera::game_builder& game);

} // namespace stage
