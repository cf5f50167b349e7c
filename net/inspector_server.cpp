#include "net/inspector_server.hpp"

#include "net/actor_table.hpp"
#include "net/field_expression.hpp"
#include "net/id_text.hpp"
#include "net/inspector_bodies.hpp"
#include "net/inspector_json.hpp"
#include "net/inspector_page.hpp"
#include "net/live_stream.hpp"
#include "net/metrics_text.hpp"
#include "net/terrain_image.hpp"
#include "net/trace_capture.hpp"
#include "net/world_metrics.hpp"
#include "net/world_questions.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <fstream>
#include <map>
#include <mutex>

namespace tessera {

namespace {

http_response json_response(const ordered_json& value, int status = 200) {
  http_response out;
  out.status = status;
  out.body = to_text(value);
  return out;
}

http_response refusal_response(const refusal& r) {
  return http_error(r.status, r.why);
}

std::string page_of_no_page() {
  return "<!doctype html><meta charset=utf-8><title>Tessera</title><body "
         "style=\"font-family:sans-serif\">"
         "<h1>The page is not in this program</h1><p>It was left out of the build: " +
         std::string(inspector_page_left_out()) +
         ". <code>./dev build</code> builds it from <code>inspector/</code> where node and npm are "
         "there. All that it would show is at <a href=\"/api/status\">/api/status</a>, "
         "<a href=\"/api/world\">/api/world</a> and <a href=\"/metrics\">/metrics</a>; "
         "docs/manual/inspector-api.md says what there is.</p>";
}

} // namespace

struct inspector_server::impl {
  impl(inspected_world& of, inspector_options given)
    : world(of), how(std::move(given)), actors(of.recorder()), capture(of.recorder()) {}

  http_response handle(const http_request& request);
  http_response page(const std::string& path) const;
  http_response terrain(const http_request& request);
  http_response shards();
  http_response frames(const http_request& request);
  http_response entities(const http_request& request);
  http_response entity(const http_request& request);
  http_response search(const http_request& request);
  http_response edit(const http_request& request);
  http_response control(const http_request& request);
  http_response status();
  http_response watch_actors(const http_request& request);
  http_response actor_list();
  http_response start_trace(const http_request& request);
  http_response trace_status() const;
  http_response trace_file() const;
  http_response history();

  inspected_world& world;
  inspector_options how;
  actor_table actors;
  trace_capture capture;
  std::mutex mutex; ///< of the pictures
  std::map<int, std::string> pictures;
  std::unique_ptr<http_server> http; // last: its threads use all of the above
};

http_response inspector_server::impl::handle(const http_request& request) {
  actors.look_at_clock(std::chrono::steady_clock::now());
  static const std::map<std::string,
                        std::map<std::string, http_response (*)(impl&, const http_request&)>>
    routes = {
      {"/api/world",
       {{"GET",
         [](impl& i, const http_request&) { return json_response(world_json(i.world.about())); }}}},
      {"/api/terrain.png", {{"GET", [](impl& i, const http_request& r) { return i.terrain(r); }}}},
      {"/api/status", {{"GET", [](impl& i, const http_request&) { return i.status(); }}}},
      {"/api/shards", {{"GET", [](impl& i, const http_request&) { return i.shards(); }}}},
      {"/api/frames", {{"GET", [](impl& i, const http_request& r) { return i.frames(r); }}}},
      {"/api/entities", {{"GET", [](impl& i, const http_request& r) { return i.entities(r); }}}},
      {"/api/entity",
       {{"GET", [](impl& i, const http_request& r) { return i.entity(r); }},
        {"POST", [](impl& i, const http_request& r) { return i.edit(r); }}}},
      {"/api/search", {{"GET", [](impl& i, const http_request& r) { return i.search(r); }}}},
      {"/api/control",
       {{"GET", [](impl& i, const http_request&) { return i.status(); }},
        {"POST", [](impl& i, const http_request& r) { return i.control(r); }}}},
      {"/api/actors", {{"GET", [](impl& i, const http_request&) { return i.actor_list(); }}}},
      {"/api/actors/watch",
       {{"POST", [](impl& i, const http_request& r) { return i.watch_actors(r); }}}},
      {"/api/trace",
       {{"GET", [](impl& i, const http_request&) { return i.trace_status(); }},
        {"POST", [](impl& i, const http_request& r) { return i.start_trace(r); }}}},
      {"/api/trace.tessera-trace",
       {{"GET", [](impl& i, const http_request&) { return i.trace_file(); }}}},
      {"/api/history", {{"GET", [](impl& i, const http_request&) { return i.history(); }}}},
      {"/api/live",
       {{"GET",
         [](impl& i, const http_request& r) {
           auto stream = open_live_stream(i.world, r);
           return stream ? std::move(*stream) : refusal_response(stream.error());
         }}}},
      {"/metrics",
       {{"GET",
         [](impl& i, const http_request&) {
           auto text = world_metrics(i.world, i.http->requests());
           http_response out;
           out.type = "text/plain; version=0.0.4; charset=utf-8";
           if (!text)
             return refusal_response(text.error());
           out.body = std::move(*text);
           return out;
         }}}},
    };
  auto found = routes.find(request.path);
  if (found == routes.end())
    return request.method == "GET" ? page(request.path)
                                   : http_error(404, "no such route; docs/manual/inspector-api.md");
  auto ask = found->second.find(request.method);
  if (ask == found->second.end())
    return http_error(405, "found method " + request.method +
                             "; allowed: " + found->second.begin()->first);
  return ask->second(*this, request);
}

http_response inspector_server::impl::page(const std::string& path) const {
  http_response out;
  const auto files = inspector_page();
  for (const auto& file : files)
    if (file.path == (path == "/" ? "/index.html" : path)) {
      out.type = file.type;
      out.body = file.bytes;
      return out;
    }
  if (path != "/")
    return http_error(404,
                      "no such route or file; docs/manual/inspector-api.md says what there is");
  out.type = "text/html; charset=utf-8";
  out.body = page_of_no_page();
  return out;
}

http_response inspector_server::impl::terrain(const http_request& request) {
  auto width = whole_parameter(request, "width", 64, 2048, 1024);
  if (!width)
    return refusal_response(width.error());
  const world_setup& w = *world.about().setup;
  if (!w.ground)
    return http_error(404, "this world has no terrain; it is flat");
  // One is made at a time, and kept: whoever asks for all widths costs this much and no more.
  int rounded = 64;
  while (rounded < static_cast<int>(*width))
    rounded *= 2;
  const std::scoped_lock held{mutex};
  std::string& png = pictures[rounded];
  if (png.empty())
    png = shade_terrain(*w.ground, double{w.cell_size_m} * w.extent.width(),
                        double{w.cell_size_m} * w.extent.depth(), rounded);
  http_response out;
  out.type = "image/png";
  out.body = png;
  return out;
}

http_response inspector_server::impl::status() {
  auto seen = world.seen();
  return seen ? json_response(status_json(**seen, true)) : refusal_response(seen.error());
}

http_response inspector_server::impl::shards() {
  auto figures = newest_shard_figures(world, std::chrono::milliseconds(2000));
  return figures ? json_response(shards_json(**figures)) : refusal_response(figures.error());
}

http_response inspector_server::impl::frames(const http_request& request) {
  auto since = whole_parameter(request, "since", 0, ~std::uint64_t{0}, 0);
  if (!since)
    return refusal_response(since.error());
  auto seen = world.seen();
  if (!seen)
    return refusal_response(seen.error());
  ordered_json out = frames_json(world.about(), **seen, *since);
  // A span names the tick that it is of; a frame the state after it.
  const system_times times =
    actors.systems(static_cast<std::uint32_t>(std::min<std::uint64_t>(*since, no_trace_tick)));
  out["systems"] = nullptr;
  if (!times.ms.empty()) {
    ordered_json rows = ordered_json::array();
    for (const auto& row : times.ms) {
      ordered_json numbers = ordered_json::array();
      for (double ms : row)
        numbers.push_back(std::round(ms * 1000) / 1000);
      rows.push_back(std::move(numbers));
    }
    out["systems"] = {
      {"names", times.names}, {"ms", std::move(rows)}, {"first_tick", times.first_tick + 1}};
  }
  return json_response(out);
}

http_response inspector_server::impl::entities(const http_request& request) {
  auto asked = points_parameters(request, 2000);
  auto ids = whole_parameter(request, "ids", 0, 1, 0);
  if (!asked)
    return refusal_response(asked.error());
  if (!*asked)
    return http_error(400, "view: found nothing; expected view=X0,Z0,X1,Z1 in metres");
  if (!ids)
    return refusal_response(ids.error());
  look_request what;
  what.in_view = **asked;
  auto look = ask_shards(world, std::move(what));
  if (!look)
    return refusal_response(look.error());
  return json_response(points_json(*look, **asked, *world.about().setup->game, *ids == 1));
}

http_response inspector_server::impl::entity(const http_request& request) {
  auto ids = id_parameters(request, "id");
  if (!ids)
    return refusal_response(ids.error());
  if (ids->empty())
    return http_error(400, "id: found nothing; expected entity ids, 16 hex digits each");
  look_request what;
  what.ids = *ids;
  auto look = ask_shards(world, std::move(what));
  if (!look)
    return refusal_response(look.error());
  std::vector<entity_id> missing;
  const ordered_json out = entities_json(*look, *ids, world.about(), missing);
  return json_response(out, ids->size() == 1 && !missing.empty() ? 404 : 200);
}

http_response inspector_server::impl::search(const http_request& request) {
  auto most = whole_parameter(request, "most", 1, 1000, 200);
  if (!most)
    return refusal_response(most.error());
  const schema& game = *world.about().setup->game;
  look_request what;
  what.found = look_request::search{};
  what.found->most = static_cast<std::uint32_t>(*most);
  field_expression expression;
  if (auto text = request.parameters.find("where");
      text != request.parameters.end() && !text->second.empty()) {
    auto parsed = parse_field_expression(text->second, game);
    if (!parsed)
      return http_error(400, parsed.error().message);
    expression = std::move(*parsed);
  }
  if (auto name = request.parameters.find("component");
      name != request.parameters.end() && !name->second.empty()) {
    component_id id = 0;
    if (game.find_component(name->second, &id) == nullptr) {
      std::string names;
      for (const auto& c : game.components)
        names += (names.empty() ? "" : ", ") + c.name;
      return http_error(400, "component: found \"" + name->second.substr(0, 60) +
                               "\"; the game has " + names);
    }
    what.found->needed = bit_of(id);
  }
  what.found->filter = expression.filter;
  what.found->shown = expression.shown;
  auto look = ask_shards(world, std::move(what));
  return look ? json_response(search_json(*look, expression, *most, world.about()))
              : refusal_response(look.error());
}

http_response inspector_server::impl::edit(const http_request& request) {
  auto what = read_edit(request.body, *world.about().setup);
  if (!what)
    return refusal_response(what.error());
  auto done = world.edit(std::move(*what), std::chrono::milliseconds(2000));
  if (!done)
    return refusal_response(done.error());
  int code = 202;
  if (done->answer)
    code = done->answer->result == command_result::applied          ? 200
           : done->answer->result == command_result::no_such_entity ? 404
                                                                    : 409;
  return json_response(edit_json(*done), code);
}

http_response inspector_server::impl::control(const http_request& request) {
  auto order = read_control(request.body);
  if (!order)
    return refusal_response(order.error());
  auto done = world.control(*order);
  return done ? status() : refusal_response(done.error());
}

http_response inspector_server::impl::watch_actors(const http_request& request) {
  auto seconds = read_seconds(request.body, 60, 10);
  if (!seconds)
    return refusal_response(seconds.error());
  actors.watch(std::chrono::steady_clock::now() + std::chrono::seconds(*seconds));
  return json_response({{"armed", true}, {"seconds", *seconds}});
}

http_response inspector_server::impl::actor_list() {
  const actor_figures f = actors.take();
  auto per_s = [&](double count) {
    return f.seconds > 0 ? std::round(count / f.seconds * 1000) / 1000 : 0;
  };
  ordered_json out{{"armed", f.armed},
                   {"seconds", f.seconds},
                   {"lost", f.lost},
                   {"actors", ordered_json::array()},
                   {"edges", ordered_json::array()},
                   {"spans", ordered_json::array()}};
  for (const auto& a : f.actors)
    out["actors"].push_back(
      {{"actor", a.actor},
       {"name", a.name},
       {"handled_per_s", per_s(static_cast<double>(a.handled))},
       {"waiting", a.waiting},
       {"run_ms", {{"p50", a.run_ms_p50}, {"p99", a.run_ms_p99}, {"sum", a.run_ms_sum}}},
       {"wait_ms", {{"p50", a.wait_ms_p50}, {"p99", a.wait_ms_p99}}},
       {"state", a.running        ? "running"
                 : a.waiting != 0 ? "waiting"
                                  : "idle"}});
  for (const auto& e : f.edges)
    out["edges"].push_back({{"from", e.from},
                            {"to", e.to},
                            {"message", e.message},
                            {"per_s", per_s(static_cast<double>(e.count))}});
  for (const auto& s : f.spans)
    out["spans"].push_back({{"name", s.name}, {"ms_per_s", per_s(s.ms)}});
  return json_response(out);
}

http_response inspector_server::impl::start_trace(const http_request& request) {
  auto seconds = read_seconds(request.body, 30, 5);
  if (!seconds)
    return refusal_response(seconds.error());
  const world_about& about = world.about();
  if (!capture.start(*seconds, {{"game", about.setup->game->game},
                                {"layout", about.cut->name()},
                                {"workers", std::to_string(about.workers)}}))
    return http_error(409, "a trace is being recorded; ask again when it is ready");
  return trace_status();
}

http_response inspector_server::impl::trace_status() const {
  static constexpr const char* names[] = {"none", "recording", "ready", "failed"};
  const auto now = capture.now();
  ordered_json out{{"state", names[static_cast<std::size_t>(now.what)]},
                   {"seconds", now.seconds},
                   {"bytes", now.bytes},
                   {"records", now.records},
                   {"lost", now.lost},
                   {"error", nullptr}};
  if (!now.error.empty())
    out["error"] = now.error;
  return json_response(out);
}

http_response inspector_server::impl::trace_file() const {
  const auto path = capture.file();
  if (!path)
    return http_error(409, "no trace is ready; POST /api/trace records one");
  auto from = std::make_shared<std::ifstream>(*path, std::ios::binary);
  http_response out;
  out.type = "application/octet-stream";
  out.next = [from]() -> std::optional<std::string> {
    std::string piece(std::size_t{64} << 10, '\0');
    from->read(piece.data(), static_cast<std::streamsize>(piece.size()));
    piece.resize(static_cast<std::size_t>(from->gcount()));
    return piece.empty() ? std::nullopt : std::optional(std::move(piece));
  };
  return out;
}

http_response inspector_server::impl::history() {
  if (!world.about().kept)
    return json_response({{"kept", false}});
  auto kept = world.history();
  auto seen = world.seen();
  if (!kept || !seen)
    return refusal_response(kept ? seen.error() : kept.error());
  return json_response(history_json(*kept, (*seen)->newest.tick));
}

inspector_server::inspector_server(std::unique_ptr<impl> made) : impl_(std::move(made)) {}
inspector_server::~inspector_server() = default;

result<std::unique_ptr<inspector_server>> inspector_server::start(inspected_world& world,
                                                                  inspector_options how) {
  if (!is_loopback(how.address) && how.token.empty())
    return fail(error_code::bad_command,
                how.address + " can be reached from outside this machine: a token is needed");
  auto made = std::make_unique<impl>(world, how);
  http_server::options options;
  options.address = how.address;
  options.port = how.port;
  options.token = how.token;
  options.open_to_all = [](const std::string& path) {
    return !path.starts_with("/api/") && path != "/metrics";
  };
  auto http = http_server::start(
    std::move(options), [of = made.get()](const http_request& r) { return of->handle(r); });
  if (!http)
    return tl::unexpected(http.error());
  made->http = std::move(*http);
  return std::unique_ptr<inspector_server>(new inspector_server(std::move(made)));
}

std::uint16_t inspector_server::port() const {
  return impl_->http->port();
}

std::string inspector_server::url() const {
  const std::string& a = impl_->how.address;
  const std::string host = a.find(':') == std::string::npos ? a : "[" + a + "]";
  return "http://" + host + ":" + std::to_string(port()) + "/" +
         (impl_->how.token.empty() ? "" : "?token=" + impl_->how.token);
}

result<inspector_options> parse_inspect_address(const std::string& text) {
  inspector_options out;
  std::string port = text;
  if (const std::size_t colon = text.rfind(':'); colon != std::string::npos) {
    out.address = text.substr(0, colon);
    port = text.substr(colon + 1);
    if (out.address.starts_with('[') && out.address.ends_with(']'))
      out.address = out.address.substr(1, out.address.size() - 2);
  }
  auto [last, ec] = std::from_chars(port.data(), port.data() + port.size(), out.port);
  if (ec != std::errc{} || last != port.data() + port.size() || out.address.empty())
    return fail(error_code::bad_command,
                "found \"" + text + "\"; allowed: ADDRESS:PORT, [V6ADDRESS]:PORT or a port");
  return out;
}

} // namespace tessera
