// A small HTTP server for people who look on: what a hostile or slow client can do to it is bounded here, so that
// its handlers see whole, allowed requests only.
//
// Always true:
// - a request is at most http_limits::request_bytes and has to be there within request_time; more, or slower, is
//   answered with an error and the connection closed;
// - at most http_limits::connections are served at a time, http_limits::streams of them streams; others are
//   answered with 503 at once;
// - a response that its reader does not take for write_time is given up; nothing is queued for it;
// - a request whose Host is no address of this server's, or that a page of another origin sent, is refused before
//   any handler sees it; so is one without the token, where there is one;
// - its threads run at the lowest priority, so that a busy world is not slowed by who looks on.
#pragma once

#include "core/error.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

namespace tessera {

namespace http_limits {
inline constexpr std::size_t request_bytes = std::size_t{64} << 10;
inline constexpr std::size_t head_bytes = std::size_t{16} << 10;
inline constexpr std::size_t head_lines = 100;
inline constexpr std::size_t connections = 32;
inline constexpr std::size_t streams = 8;
inline constexpr std::size_t requests_per_connection = 1000;
inline constexpr std::chrono::milliseconds request_time{5000};
inline constexpr std::chrono::milliseconds idle_time{10000}; ///< between two requests
inline constexpr std::chrono::milliseconds write_time{2000};
} // namespace http_limits

struct http_request {
  std::string method;                            ///< GET or POST
  std::string path;                              ///< decoded
  std::map<std::string, std::string> parameters; ///< of the query, decoded; the last of a name
  std::string body;
};

struct http_response {
  int status = 200;
  std::string type = "application/json";
  std::string body;
  /// Of a stream: called for the next piece to send, on the connection's thread, until it gives none. Should
  /// return within a second, with an empty piece if there is nothing.
  std::function<std::optional<std::string>()> next;
};

class http_server {
public:
  struct options {
    std::string address = "127.0.0.1"; ///< IPv4 or IPv6 address, or a name that resolves to one
    std::uint16_t port = 0;            ///< 0: any that is free
    std::string token;                 ///< empty: none is asked for
    /// Paths that need no token: the page itself. Null: none.
    std::function<bool(const std::string& path)> open_to_all;
  };
  /// Called on threads of the server, several at a time; must not throw.
  using handler = std::function<http_response(const http_request&)>;

  /// Errors: io_failure, naming the address.
  static result<std::unique_ptr<http_server>> start(options how, handler handle);
  ~http_server(); ///< closes every connection and waits for the handlers

  std::uint16_t port() const;
  /// Requests so far, by the hundreds of their status: [2] counts 200 to 299.
  std::array<std::uint64_t, 6> requests() const;

private:
  struct impl;
  explicit http_server(std::unique_ptr<impl> made);
  std::unique_ptr<impl> impl_;
};

/// {"error": why} as the body.
http_response http_error(int status, const std::string& why);

/// Compares in a time that depends on the lengths alone.
bool equal_secrets(const std::string& a, const std::string& b);

/// 32 hex digits from the system's random numbers.
std::string make_token();

/// Whether an address can only be reached from this machine.
bool is_loopback(const std::string& address);

} // namespace tessera
