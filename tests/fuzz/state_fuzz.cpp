// libFuzzer target for the sections of checkpoints: a shard's and the conductor's, with the schema that
// they were saved under. Input: for each section a byte, the size of its name, the name, a u16, the
// size of its bytes, the bytes.
#include "shards/component_mapping.hpp"
#include "shards/state_codec.hpp"
#include "tests/fuzz/must_hold.hpp"
#include "tests/fuzz/valid_first.hpp"
#include "tests/support/test_games.hpp"
#include "tests/support/worlds.hpp"

namespace {

using namespace tessera;

const std::shared_ptr<const world_setup>& setup() {
  static const auto made = [] {
    tessera::testing::world_options options;
    options.extent = {0, 0, 2, 2};
    return tessera::testing::make_world(wanderers::definition.define, options);
  }();
  return made;
}

using section_map = std::map<std::string, std::vector<std::byte>>;

section_map sections_in(std::span<const std::byte> input) {
  section_map out;
  byte_reader from{input};
  while (from.remaining() != 0 && !from.failed()) {
    const auto name = from.take(from.read<std::uint8_t>());
    const auto bytes = from.take(from.read<std::uint16_t>());
    out[{reinterpret_cast<const char*>(name.data()), name.size()}] = {bytes.begin(), bytes.end()};
  }
  return out;
}

void put_section(byte_writer& to, const std::string& name, std::span<const std::byte> bytes) {
  to.write(static_cast<std::uint8_t>(name.size()));
  to.write_bytes(std::as_bytes(std::span(name)));
  to.write(static_cast<std::uint16_t>(bytes.size()));
  to.write_bytes(bytes);
}

/// A world of one shard after some ticks.
std::vector<std::byte> real_state(tick_number ticks) {
  lockstep_world world{setup(), tessera::testing::grid(*setup(), 1, 1)};
  for (const auto& c : tessera::testing::wanderers_commands(*setup(), 5, 40, ticks))
    fuzz::must_hold(world.submit(c).has_value(), "a command is taken");
  world.run_to(ticks);
  std::vector<std::byte> out;
  byte_writer to{out};
  for (const auto& section : write_sections(*setup()->game, world.take_states().front()))
    put_section(to, section.name, section.bytes);
  put_section(to, "conductor", write_conductor(world.known().save()));
  return out;
}

/// Whatever is taken for a world must run, or stop with a reason.
void run_on(std::vector<saved_part> parts, saved_conductor conductor) {
  auto saved = saved_world::make(*setup(), std::move(parts), std::move(conductor));
  if (!saved)
    return;
  try {
    lockstep_world world{**saved, setup(), tessera::testing::grid(*setup(), 1, 1)};
    world.run(2);
  } catch (const std::exception&) {
    // A tick that fails ends the shard with a report.
  }
}

} // namespace

static std::vector<std::byte> valid_input(unsigned seed) {
  static const std::vector<std::vector<std::byte>> some = {real_state(1), real_state(9),
                                                           real_state(20), real_state(33)};
  return some[seed % some.size()];
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto sections = sections_in(std::as_bytes(std::span(data, size)));
  const auto find = [&](const std::string& name) -> result<std::vector<std::byte>> {
    const auto at = sections.find(name);
    if (at == sections.end())
      return fail(error_code::bad_bytes, "no section " + name);
    return at->second;
  };
  auto part = read_part(*setup()->game, find);
  const auto schema_bytes = find("schema");
  const auto conductor_bytes = find("conductor");
  if (!schema_bytes || !conductor_bytes)
    return 0;
  auto conductor = read_conductor(*setup()->game, *schema_bytes, *conductor_bytes);
  if (!conductor)
    return 0;
  const auto bytes = write_conductor(*conductor);
  const auto again = read_conductor(*setup()->game, write_schema(*setup()->game), bytes);
  fuzz::must_hold(again && write_conductor(*again) == bytes, "what was read can be kept");
  if (part)
    run_on({std::move(*part)}, std::move(*conductor));
  return 0;
}
