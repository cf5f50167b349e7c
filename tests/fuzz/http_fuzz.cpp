// libFuzzer target for the HTTP server: any bytes on a connection are answered with whole HTTP, or the connection is
// closed, and the server goes on. Its handler must see allowed requests only.
#include "net/http_server.hpp"
#include "tests/fuzz/must_hold.hpp"
#include "tests/fuzz/valid_first.hpp"
#include "tests/net/raw_http.hpp"

#include <array>
#include <span>
#include <string>

namespace {

using namespace tessera;
using fuzz::must_hold;

http_response answer_with_its_question(const http_request& r) {
  must_hold(r.method == "GET" || r.method == "POST", "no other method comes through");
  must_hold(r.body.size() <= http_limits::request_bytes, "no larger body comes through");
  http_response out;
  out.type = "text/plain";
  out.body = r.method + r.path + r.body;
  for (const auto& [name, value] : r.parameters)
    out.body += name + value;
  return out;
}

http_server& server() {
  // Leaked, since its threads run until the end.
  static auto* made = new auto(std::move(*http_server::start({}, answer_with_its_question)));
  return **made;
}

constexpr std::array valid = {
  "GET /api/status?x=1&y=%2F HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
  "GET / HTTP/1.1\r\nHost: 127.0.0.1:7777\r\nOrigin: http://localhost\r\nRange: "
  "bytes=0-0,0-1\r\n\r\n",
  "POST /api/control HTTP/1.1\r\nHost: [::1]\r\nContent-Type: application/json\r\n"
  "Content-Length: 15\r\n\r\n{\"do\": \"pause\"}",
  "POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
  "GET /1 HTTP/1.1\r\nHost: localhost\r\n\r\nGET /2 HTTP/1.1\r\nHost: evil.example\r\n\r\n",
  "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: multipart/form-data; boundary=b\r\n"
  "Content-Length: 8\r\n\r\n--b\r\n\r\n--",
};

} // namespace

static std::vector<std::byte> valid_input(unsigned seed) {
  const std::string_view text = valid[seed % valid.size()];
  const auto bytes = std::as_bytes(std::span(text));
  return {bytes.begin(), bytes.end()};
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const testing::raw_connection c{server().port()};
  must_hold(c.connected(), "the server takes connections");
  c.send({reinterpret_cast<const char*>(data), size});
  c.end_of_request();
  const std::string answer = c.receive();
  must_hold(answer.empty() || answer.starts_with("HTTP/1.1 "), "an answer is HTTP");
  return 0;
}
