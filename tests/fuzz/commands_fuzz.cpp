// libFuzzer target for commands, as a journal keeps them.
#include "shards/command_codec.hpp"
#include "tests/fuzz/must_hold.hpp"
#include "tests/fuzz/valid_first.hpp"
#include "tests/support/test_games.hpp"
#include "tests/support/worlds.hpp"

namespace {

using namespace tessera;

std::vector<std::byte> written(const std::vector<command>& commands) {
  std::vector<std::byte> bytes;
  for (const auto& c : commands)
    write_command(bytes, c);
  return bytes;
}

} // namespace

static std::vector<std::byte> valid_input(unsigned seed) {
  static const auto setup = tessera::testing::make_world(wanderers::definition.define);
  return written(tessera::testing::wanderers_commands(*setup, seed % 64, 8, 1));
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto read = read_commands(std::as_bytes(std::span(data, size)), 7);
  if (!read)
    return 0;
  // A number has more than one form, so the first bytes need not come back; those written do.
  const auto bytes = written(*read);
  const auto again = read_commands(bytes, 7);
  fuzz::must_hold(again && written(*again) == bytes, "commands that were read can be kept");
  for (const auto& c : *read)
    fuzz::must_hold(c.tick == 7 && c.op <= command_op::get, "a command is of a known kind");
  return 0;
}
