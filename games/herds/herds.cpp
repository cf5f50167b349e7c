#include "games/herds/herds.hpp"

#include "games/herds/breed_grazers.hpp"
#include "games/herds/breed_predators.hpp"
#include "games/herds/graze.hpp"
#include "games/herds/hunt.hpp"
#include "games/herds/keep_with_herd.hpp"
#include "games/herds/live_as_grazer.hpp"
#include "games/herds/live_as_predator.hpp"
#include "games/herds/regrow.hpp"
#include "games/herds/seek.hpp"
#include "games/herds/start.hpp"
#include "games/herds/take_bite.hpp"
#include "games/herds/take_meal.hpp"
#include "games/herds/turn_year.hpp"

namespace herds {

namespace {

/// Share of what the ground bears that stands at the start.
constexpr float first_growth = 0.8F;

void fill_cell(tessera::cell_start& cell, const constants& fixed, const start& all,
               tessera::cell first) {
  cell.value<grass>().standing_kg = first_growth * fixed.ground.capacity_kg(cell.where());
  for (const first_grazer& one : all.grazers_of(cell.where()))
    cell.spawn(one.place.x, one.place.y, one.place.z, one.speed, presence{}, one.own, one.state,
               drive{});
  for (const first_predator& one : all.predators_of(cell.where()))
    cell.spawn(one.place.x, one.place.y, one.place.z, velocity{}, presence{stalking_dread_m, 0},
               one.own, predator{{}, fixed.set.predator_breath_s, 0});
  if (cell.where() == first)
    cell.spawn(0, 0, 0, sky{1, growth_permille(fixed.set, 0, 1)});
}

struct coat {
  tessera::srgb_colour colour;
  float spread;
};

/// Grazers and predators differ in shape, coat and the age at which they are grown.
template <class Kind>
void show_kind(tessera::game_builder& game, const char* name, tessera::body_shape shape,
               const coat& fur, float grown_at_s) {
  tessera::kind_appearance look;
  look.name = name;
  look.shape = shape;
  look.colour = fur.colour;
  look.colour_spread = fur.spread;
  look.length_m = 2.0F;
  look.velocity_east = game.field_of<velocity>("x");
  look.velocity_south = game.field_of<velocity>("z");
  look.age = game.field_of<body>("age");
  look.newborn_scale = 0.45F;
  look.grown_at = grown_at_s;
  game.shown<Kind>(look);
}

void show(tessera::game_builder& game, const constants& fixed) {
  show_kind<grazer>(game, "grazer", tessera::body_shape::grazer, {{0.58F, 0.44F, 0.30F}, 0.22F},
                    fixed.set.grazer_maturity_s);
  show_kind<predator>(game, "predator", tessera::body_shape::predator,
                      {{0.40F, 0.39F, 0.38F}, 0.15F}, fixed.set.predator_maturity_s);
  game.water_level_m(fixed.set.water_level_m);
  if (fixed.ground.largest_capacity_kg() > 0)
    game.covers_ground<grass>("standing", fixed.ground.largest_capacity_kg());
}

void define(tessera::game_builder& game) {
  game.component<velocity>();
  game.component<presence>();
  game.component<body>();
  game.component<grazer>();
  game.component<drive>();
  game.component<predator>();
  game.component<fleeing>();
  game.component<wound>();
  game.component<sky>();
  game.cell_component<grass>();
  game.cell_component<grazed>();
  game.event<bite>();
  game.event<fed>();
  game.world_value<grazer_total>();
  game.world_value<predator_total>();
  game.world_value<season>();

  game.system<seek>();
  game.system<keep_with_herd>();
  game.system<graze>();
  game.system<live_as_grazer>();
  game.system<breed_grazers>();
  game.system<hunt>();
  game.system<live_as_predator>();
  game.system<breed_predators>();
  game.system<regrow>();
  game.system<turn_year>();
  game.on<bite, take_bite>();
  game.on<fed, take_meal>();

  const auto& world = game.world();
  auto fixed = std::make_shared<const constants>(world, read_settings(game));
  game.parameters<constants>(fixed);
  show(game, *fixed);
  auto all = std::make_shared<const start>(world, *fixed);
  tessera::cell first{static_cast<std::uint16_t>(world.extent.x0),
                      static_cast<std::uint16_t>(world.extent.z0)};
  game.fill([=](tessera::cell_start& cell) { fill_cell(cell, *fixed, *all, first); });
}

} // namespace

const tessera::game_definition definition{
  "herds", "grazers in herds, predators that hunt them, and grass that grows back, on real ground",
  &define};

} // namespace herds
