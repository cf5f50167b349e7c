// The whole inspector against a running world, as scripts and pages ask it.
#include "net/http_client.hpp"
#include "net/inspector_server.hpp"

#include "actors/engine.hpp"
#include "tests/net/exposition_check.hpp"
#include "tests/net/raw_http.hpp"
#include "tests/support/test_games.hpp"
#include "tests/support/worlds.hpp"

#include "core/limits.hpp"

#include <atomic>
#include <cmath>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <random>
#include <thread>

namespace tessera::testing {
namespace {

using nlohmann::json;

class inspector : public ::testing::Test {
protected:
  void SetUp() override {
    setup_ = make_world(wanderers::definition.define);
    engine_options options;
    options.inspected = true;
    options.workers = 2;
    options.paced = true;
    engine_ = std::move(*engine::start(setup_, grid(*setup_, 2, 4), std::move(options)));
    server_ = std::move(*inspector_server::start(*engine_->inspect(), {"127.0.0.1", 0, ""}));
    ASSERT_TRUE(engine_->inspect()->wait_for(0, std::chrono::milliseconds(5000)).has_value());
  }
  void TearDown() override {
    server_.reset();
    engine_->stop();
    EXPECT_FALSE(engine_->wait().failure);
  }

  std::uint16_t port() const { return server_->port(); }
  json ok(const std::string& path) const {
    auto got = ask_http("127.0.0.1", port(), "", path);
    while (got && got->status == 429) // a busy machine; asked again, as a script does
      got = ask_http("127.0.0.1", port(), "", path);
    EXPECT_TRUE(got && got->status == 200)
      << path << ": " << (got ? got->body : got.error().message);
    return got ? json::parse(got->body, nullptr, false) : json();
  }
  json order(const std::string& body, int status = 200) const {
    auto answer = post(port(), "/api/control", body);
    EXPECT_EQ(answer.status, status) << body << ": " << answer.body;
    return json::parse(answer.body, nullptr, false);
  }
  void stand() const {
    order(R"({"do": "pause"})");
    while (ok("/api/control")["state"] != "paused")
      std::this_thread::yield();
  }

  std::shared_ptr<const world_setup> setup_;
  std::unique_ptr<engine> engine_;
  std::unique_ptr<inspector_server> server_;
};

TEST_F(inspector, tells_what_the_world_is_and_how_it_stands) {
  const json world = ok("/api/world");
  EXPECT_EQ(world["shards"].size(), 8U);
  EXPECT_EQ(world["components"][0]["name"], "position");
  const json status = ok("/api/status");
  EXPECT_EQ(status["state"], "running");
  EXPECT_GT(status["entities"], 0);
  const json shards = ok("/api/shards");
  EXPECT_EQ(shards["busy_ms"].size(), 8U);
  for (std::size_t s = 0; s < 8; ++s) {
    EXPECT_EQ(shards["left_to"][s].size(), world["shards"][s]["neighbours"].size());
    EXPECT_EQ(shards["ghosts_in"][s].size(), world["shards"][s]["neighbours"].size());
  }
  const json frames = ok("/api/frames");
  EXPECT_GT(frames["busy_ms"].size(), 0U);
  EXPECT_EQ(frames["busy_ms"].size(), frames["interval_ms"].size());
  EXPECT_EQ(frames["busy_ms"].size(), frames["slowest_shard"].size());
  for (const auto& s : frames["slowest_shard"])
    EXPECT_LT(s, 8);
  EXPECT_EQ(ok("/api/history")["kept"], false);
  EXPECT_EQ(get(port(), "/api/terrain.png").status, 404);
  auto page = get(port(), "/");
  EXPECT_EQ(page.status, 200);
  EXPECT_NE(page.head.find("text/html"), std::string::npos);
}

TEST_F(inspector, tells_of_ticks_and_their_systems_since_one) {
  EXPECT_EQ(post(port(), "/api/actors/watch", R"({"seconds": 60})").status, 200);
  const auto begin = ok("/api/status")["tick"].get<std::uint64_t>();
  while (ok("/api/status")["tick"].get<std::uint64_t>() < begin + 10)
    std::this_thread::yield();
  const std::uint64_t since = begin + 5;
  const json frames = ok("/api/frames?since=" + std::to_string(since));
  EXPECT_EQ(frames["first_tick"], since + 1);
  ASSERT_TRUE(frames["systems"].is_object());
  EXPECT_EQ(frames["systems"]["first_tick"], since + 1);
  EXPECT_GE(frames["systems"]["ms"].size(), frames["busy_ms"].size());
  const std::string far = std::to_string(since + 1'000'000'000);
  EXPECT_TRUE(ok("/api/frames?since=" + far)["systems"].is_null());
}

TEST_F(inspector, holds_and_steps_and_speeds_up) {
  stand();
  const auto tick = ok("/api/status")["tick"].get<std::uint64_t>();
  order(R"({"do": "step", "ticks": 2})");
  while (ok("/api/status")["tick"].get<std::uint64_t>() != tick + 2)
    std::this_thread::yield();
  EXPECT_EQ(order(R"({"do": "speed", "speed": "x4"})")["speed"], "x4");
  EXPECT_EQ(order(R"({"do": "run_to", "tick": 1})", 409).contains("error"), true);
  order(R"({"do": "resume"})");
  while (ok("/api/status")["tick"].get<std::uint64_t>() <= tick + 3)
    std::this_thread::yield();
}

TEST_F(inspector, finds_shows_and_edits_entities) {
  stand();
  const json seen = ok("/api/entities?view=0,0,100000,100000&most=10&ids=1");
  EXPECT_EQ(seen["shown"], 10);
  EXPECT_EQ(seen["ids"].size(), 10U);
  EXPECT_EQ(seen["points"].get<std::string>().size(), (10 * 5 + 2) / 3 * 4);
  EXPECT_GT(seen["count"], 10);
  const json found = ok("/api/search?where=warmth%20%3C%201000&component=mood&most=3");
  ASSERT_EQ(found["entities"].size(), 3U);
  EXPECT_TRUE(found["entities"][0]["values"].contains("mood.warmth"));
  const std::string id = found["entities"][0]["id"];
  const json one = ok("/api/entity?id=" + id);
  EXPECT_EQ(one["tick"], found["tick"]) << "the world is held";
  EXPECT_EQ(one["entities"][0]["components"]["mood"]["warmth"],
            found["entities"][0]["values"]["mood.warmth"]);
  EXPECT_EQ(get(port(), "/api/entity?id=ffffffffffffffff").status, 404);
  auto edit = post(port(), "/api/entity",
                   R"({"id": ")" + id + R"(", "component": "mood", "value": {"pokes": 77}})");
  EXPECT_EQ(edit.status, 202) << edit.body;
  order(R"({"do": "resume"})");
  edit = post(port(), "/api/entity",
              R"({"id": ")" + id + R"(", "component": "mood", "value": {"pokes": 78}})");
  const json done = json::parse(edit.body);
  EXPECT_TRUE(edit.status == 200 || edit.status == 404) << edit.body;
  EXPECT_TRUE(done["result"] == "applied" || done["result"] == "no_such_entity");
}

TEST_F(inspector, moves_an_entity_as_a_command) {
  stand();
  const json found = ok("/api/search?component=mood&most=8");
  std::size_t landed = 0;
  for (const auto& one : found["entities"]) {
    // A long way, so that it goes by letter; it walks on from where it lands.
    const double x = one["x_m"].get<double>() < 128 ? 200.5 : 40.5;
    json body{{"id", one["id"]},
              {"component", "position"},
              {"value", {{"x_m", x}, {"y_m", 1}, {"z_m", 100.25}}}};
    EXPECT_EQ(post(port(), "/api/entity", body.dump()).status, 202);
  }
  const auto tick = ok("/api/status")["tick"].get<std::uint64_t>();
  const auto after = tick + limits::far_mail_ticks + 1;
  order(R"({"do": "run_to", "tick": )" + std::to_string(after) + "}");
  while (ok("/api/status")["tick"].get<std::uint64_t>() != after)
    std::this_thread::yield();
  std::string ids;
  for (const auto& one : found["entities"])
    ids += (ids.empty() ? "" : ",") + one["id"].get<std::string>();
  const json now = ok("/api/entity?id=" + ids);
  for (const auto& one : found["entities"])
    for (const auto& e : now["entities"]) {
      const double x = one["x_m"].get<double>() < 128 ? 200.5 : 40.5;
      landed += e["id"] == one["id"] && std::abs(e["x_m"].get<double>() - x) < 16 &&
                std::abs(e["z_m"].get<double>() - 100.25) < 16;
    }
  EXPECT_GT(landed, 4U) << "some may have died";
  for (const char* value :
       {R"({"x_m": 1, "z_m": 2})", R"({"x_m": 1, "y_m": "1", "z_m": 2})",
        R"({"x_m": 256, "y_m": 0, "z_m": 2})", R"({"x_m": 1, "y_m": 0, "z_m": -0.001})",
        R"({"x_m": 1e300, "y_m": 0, "z_m": 1})", R"([1, 2, 3])"}) {
    auto answer = post(port(), "/api/entity",
                       R"({"id": "0001000100000001", "component": "position", "value": )" +
                         std::string(value) + "}");
    EXPECT_EQ(answer.status, 400) << value;
    EXPECT_NE(answer.body.find("x_m"), std::string::npos) << answer.body;
  }
}

TEST_F(inspector, streams_what_changes) {
  raw_connection c{port()};
  ASSERT_TRUE(c.send("GET /api/live?hz=20&view=0,0,100000,100000&most=100&shards=1 "
                     "HTTP/1.1\r\nHost: localhost\r\n\r\n"));
  std::string text = c.receive(std::chrono::milliseconds(5000), "\"shards\"");
  EXPECT_NE(text.find("text/event-stream"), std::string::npos);
  EXPECT_NE(text.find("data: {\"status\""), std::string::npos);
  EXPECT_NE(text.find("\"points\""), std::string::npos);
  EXPECT_NE(text.find("\"wait_ms\""), std::string::npos);
}

TEST_F(inspector, shows_actors_and_records_traces) {
  EXPECT_EQ(post(port(), "/api/actors/watch", "{\"seconds\": 5}").status, 200);
  json actors;
  do
    actors = ok("/api/actors");
  while (actors["edges"].empty());
  EXPECT_EQ(actors["armed"], true);
  std::set<std::string> names;
  for (const auto& a : actors["actors"])
    names.insert(a["name"]);
  EXPECT_TRUE(names.contains("conductor") && names.contains("shard 7") &&
              names.contains("inspector"));
  EXPECT_EQ(get(port(), "/api/trace.tessera-trace").status, 409);
  EXPECT_EQ(post(port(), "/api/trace", "{\"seconds\": 1}").status, 200);
  EXPECT_EQ(post(port(), "/api/trace", "{\"seconds\": 1}").status, 409);
  while (ok("/api/trace")["state"] == "recording")
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  EXPECT_EQ(ok("/api/trace")["state"], "ready");
  EXPECT_NE(get(port(), "/api/trace.tessera-trace").body.find("TSRTRACE"), std::string::npos);
  EXPECT_FALSE(ok("/api/frames")["systems"].is_null());
}

TEST_F(inspector, metrics_keep_to_the_format) {
  auto answer = get(port(), "/metrics");
  ASSERT_EQ(answer.status, 200);
  EXPECT_EQ(exposition_error(answer.body), "");
  for (const char* name : {"tessera_tick_seconds_bucket", "tessera_shard_wait_seconds_total",
                           "tessera_memory_bytes{owner=\"shards\"}", "tessera_mailbox_messages",
                           "tessera_migrations_total"})
    EXPECT_NE(answer.body.find(name), std::string::npos) << name;
}

TEST_F(inspector, says_what_was_expected_of_wrong_questions) {
  const std::pair<const char*, const char*> gets[] = {
    {"/api/entities", "view"},
    {"/api/entities?view=1,2,3", "X0,Z0,X1,Z1"},
    {"/api/entities?view=5,0,1,1", "X0 < X1"},
    {"/api/entities?view=nan,0,1,1", "metres"},
    {"/api/entities?view=0,0,1,1&most=9999", "4000"},
    {"/api/entity", "16 hex digits"},
    {"/api/entity?id=1", "16 hex digits"},
    {"/api/search?where=pokes", "< <= >"},
    {"/api/search?component=nothing", "mood"},
    {"/api/frames?since=x", "whole number"},
    {"/api/terrain.png?width=1", "64 to 2048"},
    {"/api/live?hz=1000", "1 to 20"},
  };
  for (auto [path, expected] : gets) {
    auto answer = get(port(), path);
    EXPECT_EQ(answer.status, 400) << path;
    EXPECT_NE(answer.body.find(expected), std::string::npos) << path << ": " << answer.body;
  }
  const std::pair<const char*, const char*> posts[] = {
    {"", "JSON object"},
    {"{", "JSON object"},
    {"[1]", "JSON object"},
    {"{\"do\": 1}", "pause"},
    {"{\"do\": \"fly\"}", "pause"},
    {"{\"do\": \"step\", \"ticks\": -1}", "whole number"},
    {"{\"do\": \"run_to\"}", "whole number"},
    {"{\"do\": \"speed\", \"speed\": \"x1e9\"}", "x100"},
    {"{\"do\": \"pause\", \"why\": 1}", "found key"},
  };
  for (auto [body, expected] : posts) {
    auto answer = post(port(), "/api/control", body);
    EXPECT_EQ(answer.status, 400) << body;
    EXPECT_NE(answer.body.find(expected), std::string::npos) << body << ": " << answer.body;
  }
  const std::string deep(60'000, '[');
  EXPECT_EQ(post(port(), "/api/control", deep).status, 400);
  EXPECT_EQ(post(port(), "/api/entity", R"({"id": "0001", "component": "mood"})").status, 400);
  EXPECT_EQ(
    post(port(), "/api/entity", R"({"id": "0001000100000001", "component": "position"})").status,
    400);
  EXPECT_EQ(post(port(), "/api/entity",
                 R"({"id": "0001000100000001", "component": "mood", "value": {"pokes": "x"}})")
              .status,
            400);
  EXPECT_EQ(
    post(port(), "/api/entity", R"({"id": "0001000100000001", "component": "mood", "value": {}})")
      .status,
    400);
  EXPECT_EQ(post(port(), "/api/status", "{}").status, 405);
  EXPECT_EQ(get(port(), "/api/nothing").status, 404);
  EXPECT_EQ(get(port(), "/../etc/passwd").status, 404);
}

TEST_F(inspector, stays_alive_under_random_questions) {
  std::mt19937 random{3};
  const std::string paths[] = {
    "/api/entities?view=", "/api/search?where=", "/api/entity?id=",         "/api/live?hz=",
    "/api/frames?since=",  "/metrics?",          "/api/terrain.png?width=", "/"};
  const std::string parts[] = {"0",     ",", "-1",  "1e9", "%00", "%ff",
                               "pokes", ">", "%22", "(",   "has", "99999999999999999999",
                               "&",     "=", "%"};
  for (int i = 0; i < 200; ++i) {
    std::string path = paths[random() % std::size(paths)];
    for (std::size_t n = random() % 8; n > 0; --n)
      path += parts[random() % std::size(parts)];
    raw_connection c{port()};
    c.send("GET " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    const int status = parse_answer(c.receive(std::chrono::milliseconds(3000), "\r\n\r\n")).status;
    EXPECT_TRUE(status == 200 || (status >= 400 && status < 600)) << path << ": " << status;
  }
  const auto tick = ok("/api/status")["tick"].get<std::uint64_t>();
  while (ok("/api/status")["tick"].get<std::uint64_t>() <= tick)
    std::this_thread::yield();
}

TEST(inspector_address, other_addresses_need_a_token) {
  auto setup = make_world(wanderers::definition.define);
  engine_options options;
  options.inspected = true;
  options.ticks = 1;
  auto engine = std::move(*engine::start(setup, grid(*setup, 1, 2), std::move(options)));
  auto open = inspector_server::start(*engine->inspect(), {"0.0.0.0", 0, ""});
  ASSERT_FALSE(open.has_value());
  EXPECT_NE(open.error().message.find("token"), std::string::npos);
  engine->wait();
}

} // namespace
} // namespace tessera::testing
