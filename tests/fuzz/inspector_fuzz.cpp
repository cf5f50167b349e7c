// libFuzzer target for what the inspector reads of a request: bodies, parameters and field expressions. The first
// byte chooses which.
#include "core/assert.hpp"
#include "net/field_expression.hpp"
#include "net/inspector_bodies.hpp"
#include "net/world_questions.hpp"
#include "tests/fuzz/must_hold.hpp"
#include "tests/fuzz/valid_first.hpp"
#include "tests/support/test_games.hpp"
#include "tests/support/worlds.hpp"

#include <array>
#include <string>

namespace {

using namespace tessera;
using fuzz::must_hold;

const world_setup& world() {
  static const auto setup = tessera::testing::make_world(wanderers::definition.define);
  return *setup;
}

void explained(const refusal& r) {
  must_hold(r.status == 400 && !r.why.empty() && r.why.size() < 2000, "a refusal says why");
}

void read_expression(const std::string& text) {
  const auto parsed = parse_field_expression(text, *world().game);
  if (!parsed) {
    must_hold(!parsed.error().message.empty(), "an error says why");
    return;
  }
  std::size_t depth = 0;
  for (const auto& step : parsed->filter) {
    const bool combines =
      step.what == filter_step::kind::both || step.what == filter_step::kind::either;
    must_hold(depth >= (combines                                 ? 2U
                        : step.what == filter_step::kind::negate ? 1U
                                                                 : 0U),
              "a step finds the values that it combines");
    depth = combines ? depth - 1 : step.what == filter_step::kind::negate ? depth : depth + 1;
    must_hold(depth <= 64, "a filter needs no more than a 64-bit stack");
  }
  must_hold(depth == 1, "a filter leaves one value");
}

void read_parameters(const std::string& text) {
  http_request request;
  request.parameters = {{"view", text}, {"id", text}, {"most", text}};
  if (auto ids = id_parameters(request, "id"); !ids)
    explained(ids.error());
  if (auto most = whole_parameter(request, "most", 1, 4000, 1); !most)
    explained(most.error());
  request.parameters.erase("most");
  if (auto points = points_parameters(request, 7); !points)
    explained(points.error());
  else
    must_hold((*points)->view.x0 < (*points)->view.x1, "a view has a size");
}

constexpr std::array valid = {
  R"(0{"do": "step", "ticks": 3})",
  R"(0{"do": "run_to", "tick": 300})",
  R"(0{"do": "speed", "speed": "x2.5"})",
  R"(1{"id": "0001000200000003", "component": "mood", "value": {"pokes": 3, "warmth": 0.5}})",
  R"(1{"id": "0001000200000003", "component": "position", "value": {"x_m": 1, "y_m": 0, "z_m": 2}})",
  R"(1{"id": "0001000200000003", "component": "purse", "value": {"coins": "18446744073709551615"}})",
  R"(2{"seconds": 5})",
  R"(3pokes > 3 and not (mood.warmth <= 0.5 or has asleep))",
  R"(3purse.friend == "0001000200000003")",
  R"(40,0,1e3,25.5)",
  R"(40001000200000003,0001000200000004)",
};

} // namespace

static std::vector<std::byte> valid_input(unsigned seed) {
  const std::string_view text = valid[seed % valid.size()];
  const auto bytes = std::as_bytes(std::span(text));
  return {bytes.begin(), bytes.end()};
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0)
    return 0;
  const std::string text(reinterpret_cast<const char*>(data + 1), size - 1);
  switch (data[0] % 5) {
    case 3: // '0'
      if (auto order = read_control(text); !order)
        explained(order.error());
      break;
    case 4: // '1'
      if (auto edit = read_edit(text, world()); !edit)
        explained(edit.error());
      else
        must_hold(check_command(world(), *edit).has_value(), "an edit fits the world");
      break;
    case 0: // '2'
      if (auto seconds = read_seconds(text, 30, 5); !seconds)
        explained(seconds.error());
      else
        must_hold(*seconds >= 1 && *seconds <= 30, "seconds are in their range");
      break;
    case 1: read_expression(text); break; // '3'
    default: read_parameters(text);       // '4'
  }
  return 0;
}
