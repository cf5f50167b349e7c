// libFuzzer target for border packets and letters, and for the entity records in them: as a border log
// keeps them, of a shard of a small world. What is read is given to the shard, as replay does.
#include "shards/entity_record.hpp"
#include "shards/lone_shard.hpp"
#include "tests/fuzz/must_hold.hpp"
#include "tests/fuzz/valid_first.hpp"
#include "tests/support/test_games.hpp"
#include "tests/support/worlds.hpp"

namespace {

using namespace tessera;

struct small_world {
  std::shared_ptr<const world_setup> setup;
  std::shared_ptr<const layout> cut;
};

const small_world& world() {
  static const small_world made = [] {
    tessera::testing::world_options options;
    options.extent = {0, 0, 4, 4};
    small_world w{tessera::testing::make_world(wanderers::definition.define, options), nullptr};
    w.cut = tessera::testing::grid(*w.setup, 2, 2);
    return w;
  }();
  return made;
}

std::vector<std::byte> written(const border_inputs& inputs) {
  std::vector<std::byte> bytes;
  write_border_inputs(bytes, inputs);
  return bytes;
}

/// What shard 0 is given for its ticks, letters among it.
std::vector<std::vector<std::byte>> real_inputs() {
  std::vector<std::vector<std::byte>> out;
  lockstep_world all{world().setup, world().cut};
  for (const auto& c : tessera::testing::wanderers_commands(*world().setup, 5, 60, 24))
    fuzz::must_hold(all.submit(c).has_value(), "a command is taken");
  for (tick_number tick = 0; tick < 24; ++tick) {
    border_inputs inputs;
    inputs.packets = all.waiting_packets(0);
    const auto known = all.known().save();
    for (const auto& [due, letters] : known.letters)
      inputs.letters.insert(inputs.letters.end(), letters.begin(), letters.end());
    if (!known.values.empty())
      inputs.world_values = known.values.begin()->second;
    out.push_back(written(inputs));
    all.run(1);
  }
  return out;
}

} // namespace

static std::vector<std::byte> valid_input(unsigned seed) {
  static const auto inputs = real_inputs();
  return inputs[seed % inputs.size()];
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto read = read_border_inputs(*world().setup, std::as_bytes(std::span(data, size)));
  if (!read)
    return 0;
  const auto bytes = written(*read);
  fuzz::must_hold(std::ranges::equal(bytes, std::as_bytes(std::span(data, size))),
                  "there is one form of border inputs");
  const auto columns = world().setup->game->columns();
  store travellers(columns);
  for (const auto& packet : read->packets) {
    byte_reader records{packet->arrivals};
    while (records.remaining() != 0 && read_entity(*world().setup->game, travellers, records)) {
    }
  }
  return 0;
}
