// `tessera ctl`: holds a running world, lets it go on, or tells how it stands. It speaks to a world that was started
// with --inspect, by docs/manual/inspector-api.md.
#include "apps/subcommands.hpp"
#include "apps/text.hpp"
#include "net/http_client.hpp"
#include "net/inspector_server.hpp"

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>

namespace tessera {

namespace {

using nlohmann::json;

struct ctl_options {
  std::string at = "127.0.0.1:7777";
  std::string token;
  std::uint64_t ticks = 1;
  std::uint64_t tick = 0;
  std::string speed;
};

class control_call {
public:
  explicit control_call(const ctl_options& options) : options_(options) {}

  /// Sends the order, if there is one, waits until the world stands if it is to, and prints how it stands.
  exit_code run(const json& order, bool until_it_stands) {
    auto at = parse_inspect_address(options_.at);
    if (!at)
      return complain(at.error());
    at_ = *at;
    auto state = ask(order.is_null() ? "" : order.dump());
    while (state && until_it_stands && state->value("state", "") != "paused" &&
           state->value("state", "") != "ended") {
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
      state = ask("");
    }
    if (!state)
      return complain(state.error());
    print(*state);
    return exit_code::fine;
  }

private:
  result<json> ask(const std::string& body) const {
    auto got = ask_http(at_.address, at_.port, options_.token, "/api/control", body);
    if (!got)
      return tl::unexpected(got.error());
    json value = json::parse(got->body, nullptr, false);
    if (!value.is_object())
      return fail(error_code::failure,
                  options_.at + ": the answer is no JSON object; is a world there?");
    if (got->status != 200)
      return fail(
        got->status == 400 || got->status == 409 ? error_code::bad_command : error_code::failure,
        options_.at + ": " + value.value("error", "status " + std::to_string(got->status)));
    return value;
  }

  static void print(const json& s) {
    std::string held;
    if (s.contains("held_at") && s["held_at"].is_number() && s.value("state", "") == "running_to")
      held = " " + std::to_string(s["held_at"].get<std::uint64_t>());
    std::printf("%s%s: tick %llu, %llu entities, hash %s, speed %s\n",
                s.value("state", "?").c_str(), held.c_str(),
                static_cast<unsigned long long>(s.value("tick", std::uint64_t{0})),
                static_cast<unsigned long long>(s.value("entities", std::uint64_t{0})),
                s.value("hash", "?").c_str(), s.value("speed", "?").c_str());
  }

  const ctl_options& options_;
  inspector_options at_;
};

} // namespace

void add_ctl(CLI::App& app, exit_code& code) {
  auto options = std::make_shared<ctl_options>();
  CLI::App* ctl =
    app.add_subcommand("ctl", "Hold a running world, let it go on, step it, change its speed");
  ctl->require_subcommand(1);
  ctl
    ->add_option("--at", options->at,
                 "Where it was started with --inspect (default 127.0.0.1:7777)")
    ->type_name("ADDRESS:PORT");
  ctl
    ->add_option(
      "--token", options->token,
      "The token that it printed; or put it into TESSERA_TOKEN, where `ps` does not show it")
    ->type_name("TOKEN")
    ->envname("TESSERA_TOKEN");
  auto add = [&](const char* name, const char* help, bool stands, auto order) {
    CLI::App* one = ctl->add_subcommand(name, help);
    one->callback([options, &code, stands, order] {
      code = control_call{*options}.run(order(*options), stands);
    });
    return one;
  };
  add("status", "Print how it stands", false, [](const ctl_options&) { return json(); });
  add("pause", "Grant no more ticks; returns once it stands", true, [](const ctl_options&) {
    return json{{"do", "pause"}};
  });
  add("resume", "Let it go on", false, [](const ctl_options&) { return json{{"do", "resume"}}; });
  add("step", "Run so many ticks and stand; returns then", true, [](const ctl_options& o) {
    return json{{"do", "step"}, {"ticks", o.ticks}};
  })->add_option("N", options->ticks, "How many (default 1)");
  add("run-to", "Run to the state after T ticks and stand; returns then", true,
      [](const ctl_options& o) {
        return json{{"do", "run_to"}, {"tick", o.tick}};
      })
    ->add_option("T", options->tick, "The tick")
    ->required();
  add("speed", "real, max, or x and a factor of real time, x0.1 to x100", false,
      [](const ctl_options& o) {
        return json{{"do", "speed"}, {"speed", o.speed}};
      })
    ->add_option("SPEED", options->speed, "The speed")
    ->required();
  ctl->footer(
    "Examples:\n"
    "  tessera ctl pause\n"
    "  tessera ctl step 10\n"
    "  tessera ctl speed x4\n"
    "None of it changes what the world computes: its hashes are those of an undisturbed run.");
}

} // namespace tessera
