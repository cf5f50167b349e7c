// libFuzzer target for world files and for one --set: the text up to the first 0 byte is the file,
// the rest is the assignment.
#include "sdk/world_file.hpp"
#include "tests/fuzz/must_hold.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace {

using namespace tessera;

void check_refusal(const error& why) {
  fuzz::must_hold(why.code == error_code::bad_world_file && !why.message.empty(),
                  "a world file is refused with a reason");
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const std::size_t end = std::min(input.find('\0'), input.size());
  auto config = parse_world_file(input.substr(0, end), "worlds/w.toml");
  if (!config) {
    check_refusal(config.error());
    return 0;
  }
  fuzz::must_hold(check_layout(config->shards, config->extent_x, config->extent_z).has_value(),
                  "the layout of a world file that was taken fits");
  if (end == input.size())
    return 0;
  const auto before = *config;
  const auto applied = apply_override(*config, input.substr(end + 1));
  if (!applied) {
    check_refusal(applied.error());
    fuzz::must_hold(*config == before, "an assignment that is refused changes nothing");
  } else {
    fuzz::must_hold(check_layout(config->shards, config->extent_x, config->extent_z).has_value(),
                    "the layout fits after an assignment");
  }
  return 0;
}
