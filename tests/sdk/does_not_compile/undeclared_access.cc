// Every line marked `refused:` must be an error with these words in it; without them (ALLOWED) the file
// must compile. Not .cpp, so that no build takes it for one of its sources; law_test.cpp runs it.
#include "sdk/game.hpp"

struct speed {
  float x = 0;
};
constexpr auto describe(tessera::of<speed>) {
  return tessera::describe_as("speed", tessera::marks::shared, tessera::field<&speed::x>("x"));
}
struct secret {
  float x = 0;
};
constexpr auto describe(tessera::of<secret>) {
  return tessera::describe_as("secret", tessera::field<&secret::x>("x"));
}
struct call {
  float x = 0;
};
constexpr auto describe(tessera::of<call>) {
  return tessera::describe_as("call", tessera::field<&call::x>("x"));
}
struct ground {
  std::int32_t steps = 0;
  float height = 0;
};
constexpr auto describe(tessera::of<ground>) {
  return tessera::describe_as("ground", tessera::field<&ground::steps>("steps"),
                              tessera::field<&ground::height>("height"));
}
struct everybody {
  static constexpr const char* name = "everybody";
};

using some = tessera::access<tessera::reads<speed>, tessera::neighbours<speed>>;
using more = tessera::access<tessera::reads<speed>, tessera::writes<secret, tessera::position>,
                             tessera::neighbours<speed>, tessera::sends<call>,
                             tessera::spawns<speed>, tessera::changes<speed>,
                             tessera::cell_reads<ground>, tessera::cell_sums<ground>,
                             tessera::totals<everybody>>;
using nobody_near = tessera::access<tessera::reads<speed>>;

float allowed(const tessera::entity<more>& self) {
  self.get<secret>().x = self.get<speed>().x;
  self.get<tessera::position>().x += 1;
  self.for_each_neighbour([&](const tessera::neighbour<more>& n) {
    self.get<secret>().x += n.get<speed>().x;
    self.send(n, call{});
  });
  self.spawn(1, 0, 1, speed{});
  self.add(speed{});
  self.add_to_cell<&ground::steps>(1);
  return static_cast<float>(self.total<everybody>()) + self.cell_value<ground>()->height;
}

#ifndef ALLOWED
void refused(const tessera::entity<some>& self, const tessera::entity<more>& other,
             const tessera::entity<nobody_near>& alone, const tessera::chunk<some>& rows,
             const tessera::cells<some>& cells) {
  (void)self.get<secret>();                 // refused: T is neither in reads<...> nor in writes<...>
  self.get<speed>().x = 1;                  // refused: x
  self.find_neighbour({1})->get<secret>();  // refused: T is not in neighbours<...>
  self.find_neighbour({1})->has<secret>();  // refused: T is not in neighbours<...>
  self.send_far({1}, call{});               // refused: E is not in sends<...>
  self.spawn(0, 0, 0, secret{});            // refused: list components in spawns<...>
  self.add(speed{});                        // refused: T is not in changes<...>
  self.remove<speed>();                     // refused: T is not in changes<...>
  (void)self.cell_value<ground>();          // refused: T is not in cell_reads<...>
  self.add_to_cell<&ground::steps>(1);      // refused: T is not in cell_sums<...>
  other.add_to_cell<&ground::height>(1);    // refused: only integers can be summed in any order
  (void)self.total<everybody>();            // refused: V is not in totals<...>
  alone.for_each_neighbour([](auto) {});    // refused: declare neighbours<...> to ask for neighbours
  (void)rows.read<secret>();                // refused: T is neither in reads<...> nor in writes<...>
  (void)rows.write<speed>();                // refused: T is not in writes<...>
  (void)cells.values<ground>();             // refused: T is neither in cell_reads<...> nor in cell_writes<...>
  other.get<tessera::position>().where_ = {}; // refused: private
}
#endif

// gcc looks no deeper once there are errors, so this one stands alone.
#ifdef NAMED_NOWHERE
void named_nowhere(const tessera::entity<some>& self) {
  (void)self.has<secret>();
}
#endif
