// What hostile and slow clients get: a clear error, and nobody else notices.
#include "net/http_server.hpp"
#include "tests/net/raw_http.hpp"

#include <gtest/gtest.h>
#include <random>
#include <thread>
#include <vector>

namespace tessera::testing {
namespace {

using std::chrono::milliseconds;

std::unique_ptr<http_server> serve(http_server::options how = {}) {
  how.open_to_all = [](const std::string& path) { return path == "/open"; };
  auto made = http_server::start(std::move(how), [](const http_request& r) {
    http_response out;
    out.type = "text/plain";
    out.body = r.method + " " + r.path + " " + r.body;
    for (const auto& [name, value] : r.parameters)
      out.body += " " + name + "=" + value;
    if (r.path == "/stream")
      out.next = [n = 0]() mutable -> std::optional<std::string> {
        return n++ < 1000 ? std::optional(std::string(std::size_t{64} << 10, 'x')) : std::nullopt;
      };
    return out;
  });
  EXPECT_TRUE(made.has_value());
  return std::move(*made);
}

// Whether a request is answered within ten seconds: the server takes a moment to see that connections were closed, and
// refuses others until it has.
bool serves_again(http_server& server) {
  for (int i = 0; i < 1000; ++i) {
    if (get(server.port(), "/").status == 200)
      return true;
    std::this_thread::sleep_for(milliseconds(10));
  }
  return false;
}

TEST(http_server, gives_requests_to_its_handler) {
  auto server = serve();
  auto answer = get(server->port(), "/a%20b?x=1&y=%2F");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, "GET /a b  x=1 y=/");
  EXPECT_NE(answer.head.find("X-Content-Type-Options: nosniff"), std::string::npos);
  EXPECT_EQ(answer.head.find("Access-Control"), std::string::npos);
  answer = post(server->port(), "/p", "{}");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, "POST /p {}");
  EXPECT_EQ(server->requests()[2], 2U);
}

TEST(http_server, keeps_a_connection_for_the_next_request) {
  auto server = serve();
  raw_connection c{server->port()};
  const std::string one = "GET /1 HTTP/1.1\r\nHost: localhost\r\n\r\n";
  ASSERT_TRUE(c.send(one + "GET /2 HTTP/1.1\r\nHost: localhost\r\n\r\n"));
  EXPECT_NE(c.receive(milliseconds(5000), "GET /2").find("GET /1"), std::string::npos);
}

TEST(http_server, refuses_other_origins_hosts_methods_and_types) {
  auto server = serve();
  const auto port = server->port();
  EXPECT_EQ(get(port, "/", "Origin: http://evil.example\r\n").status, 403);
  EXPECT_EQ(get(port, "/", "Origin: null\r\n").status, 403);
  EXPECT_EQ(get(port, "/", "Origin: http://localhost\r\n").status, 200);
  EXPECT_EQ(get(port, "/", "Sec-Fetch-Site: cross-site\r\n").status, 403);
  auto with_host = [&](const std::string& host) {
    return ask_raw(port, "GET / HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n")
      .status;
  };
  EXPECT_EQ(with_host("evil.example"), 403) << "a name that resolves to this machine";
  EXPECT_EQ(with_host("127.0.0.1.evil.example:7777"), 403);
  EXPECT_EQ(with_host("[::1]:7777"), 200);
  EXPECT_EQ(with_host("127.0.0.1:7777"), 200);
  EXPECT_EQ(ask_raw(port, "GET / HTTP/1.1\r\nConnection: close\r\n\r\n").status, 400);
  EXPECT_EQ(
    ask_raw(port, "PUT / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\nab").status, 405);
  EXPECT_EQ(ask_raw(port, "OPTIONS / HTTP/1.1\r\nHost: localhost\r\n\r\n").status, 405);
  EXPECT_EQ(post(port, "/", "{}", "Content-Type: text/plain\r\n").status, 400);
  EXPECT_NE(get(port, "/", "Origin: http://evil.example\r\n").body.find("evil.example"),
            std::string::npos);
}

TEST(http_server, asks_for_the_token_where_there_is_one) {
  http_server::options how;
  how.token = make_token();
  auto server = serve(how);
  const auto port = server->port();
  EXPECT_EQ(how.token.size(), 32U);
  EXPECT_EQ(get(port, "/x").status, 401);
  EXPECT_EQ(get(port, "/open").status, 200);
  EXPECT_EQ(get(port, "/x?token=" + how.token).status, 200);
  EXPECT_EQ(get(port, "/x", "Authorization: Bearer " + how.token + "\r\n").status, 200);
  for (std::string wrong : {how.token.substr(1), how.token + "0", std::string(32, '0')}) {
    auto answer = get(port, "/x?token=" + wrong);
    EXPECT_EQ(answer.status, 401);
    EXPECT_EQ(answer.body.find(how.token), std::string::npos) << "the answer tells the token";
  }
}

TEST(http_server, bounds_bodies_and_heads) {
  auto server = serve();
  const auto port = server->port();
  EXPECT_EQ(post(port, "/", std::string(60'000, 'a')).status, 200);
  EXPECT_EQ(
    ask_raw(port, "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000000\r\n\r\n")
      .status,
    413);
  EXPECT_EQ(
    ask_raw(port, "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n").status, 413);
  EXPECT_EQ(ask_raw(port, "POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: "
                          "chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n")
              .status,
            411);
  EXPECT_EQ(post(port, "/", "{}", "Content-Encoding: gzip\r\n").status, 411);
  EXPECT_EQ(get(port, "/", "X: " + std::string(20'000, 'a') + "\r\n").status, 431);
  std::string many;
  for (int i = 0; i < 200; ++i)
    many.append("X").append(std::to_string(i)).append(": y\r\n");
  EXPECT_EQ(get(port, "/", many).status, 431);
  EXPECT_EQ(get(port, "/", "no colon\r\n").status, 400);
}

TEST(http_server, leaves_ranges_and_compression_alone) {
  auto server = serve();
  std::string ranges = "Range: bytes=0-0";
  while (ranges.size() < 8000)
    ranges += ",0-0";
  auto answer = get(server->port(), "/whole", ranges + "\r\n");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, "GET /whole ");
  answer = get(server->port(), "/whole", "Accept-Encoding: gzip, br\r\n");
  EXPECT_EQ(answer.body, "GET /whole ");
}

TEST(http_server, cuts_off_who_takes_too_long) {
  auto server = serve();
  raw_connection slow{server->port()};
  const auto begin = std::chrono::steady_clock::now();
  std::thread drip{[&] { // a byte now and then would keep a timeout per read away for ever
    for (int i = 0; i < 40 && slow.send("G"); ++i)
      std::this_thread::sleep_for(milliseconds(200));
  }};
  const auto answer = parse_answer(slow.receive());
  EXPECT_EQ(answer.status, 408);
  EXPECT_LT(std::chrono::steady_clock::now() - begin,
            http_limits::request_time + milliseconds(3000));
  drip.join();
}

TEST(http_server, gives_up_a_reader_that_takes_nothing) {
  auto server = serve();
  raw_connection lazy{server->port()};
  ASSERT_TRUE(lazy.send("GET /stream HTTP/1.1\r\nHost: localhost\r\n\r\n"));
  // 64 MB are not queued for it: its stream ends, and its place is free again.
  std::vector<raw_connection> streams;
  for (std::size_t i = 1; i < http_limits::streams; ++i) {
    streams.emplace_back(server->port());
    ASSERT_TRUE(streams.back().send("GET /stream HTTP/1.1\r\nHost: localhost\r\n\r\n"));
  }
  int status = 503;
  for (int i = 0; i < 100 && status == 503; ++i) {
    std::this_thread::sleep_for(milliseconds(100));
    raw_connection next{server->port()};
    next.send("GET /stream HTTP/1.1\r\nHost: localhost\r\n\r\n");
    status = parse_answer(next.receive(milliseconds(1000), "\r\n\r\n")).status;
  }
  EXPECT_EQ(status, 200);
}

TEST(http_server, five_hundred_connections_do_not_keep_others_out) {
  auto server = serve();
  std::vector<raw_connection> idle;
  for (int i = 0; i < 500; ++i) {
    idle.emplace_back(server->port());
    EXPECT_TRUE(idle.back().connected());
  }
  // Those beyond the limit are told so at once; the others hold their places until they have been idle too long.
  std::size_t refused = 0;
  for (std::size_t i = http_limits::connections; i < idle.size(); ++i)
    refused += parse_answer(idle[i].receive(milliseconds(2000))).status == 503 ? 1U : 0U;
  EXPECT_EQ(refused, 500 - http_limits::connections);
  EXPECT_EQ(get(server->port(), "/").status, 503);
  idle.clear();
  EXPECT_TRUE(serves_again(*server));
}

TEST(http_server, answers_any_bytes_or_closes) {
  auto server = serve();
  std::mt19937 random{11};
  const std::string pieces[] = {"GET ",
                                "POST ",
                                "/",
                                " HTTP/1.1",
                                "\r\n",
                                "\r\n\r\n",
                                "Host: localhost",
                                ":",
                                "Content-Length: ",
                                "5",
                                "\n",
                                "?a=%",
                                "%zz",
                                "\xff\xfe",
                                "\0",
                                "A",
                                "Host:"};
  for (int i = 0; i < 300; ++i) {
    std::string text;
    for (std::size_t n = random() % 14; n > 0; --n)
      text += pieces[random() % std::size(pieces)];
    raw_connection c{server->port()};
    c.send(text);
    c.receive(milliseconds(1));
  }
  EXPECT_TRUE(serves_again(*server));
}

TEST(http_server, says_when_its_address_cannot_be_had) {
  auto server = serve();
  http_server::options how;
  how.port = server->port();
  auto second = http_server::start(how, [](const http_request&) { return http_response{}; });
  ASSERT_FALSE(second.has_value());
  EXPECT_NE(second.error().message.find(std::to_string(server->port())), std::string::npos);
}

TEST(http_server, compares_secrets_whole) {
  EXPECT_TRUE(equal_secrets("abc", "abc"));
  EXPECT_FALSE(equal_secrets("abc", "abd"));
  EXPECT_FALSE(equal_secrets("abc", "abcabc"));
  EXPECT_FALSE(equal_secrets("abcabc", "abc"));
  EXPECT_FALSE(equal_secrets("", "abc"));
  EXPECT_FALSE(equal_secrets("abc", ""));
}

} // namespace
} // namespace tessera::testing
