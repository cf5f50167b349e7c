// HTTP by hand: what is sent is exactly what a test says, however wrong.
#pragma once

#include <arpa/inet.h>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <netinet/in.h>
#include <poll.h>
#include <string>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

namespace tessera::testing {

class raw_connection {
public:
  explicit raw_connection(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(port);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connected_ = connect(socket_, reinterpret_cast<sockaddr*>(&to), sizeof to) == 0;
  }
  ~raw_connection() {
    if (socket_ >= 0)
      close(socket_);
  }
  raw_connection(raw_connection&& from) noexcept
    : socket_(std::exchange(from.socket_, -1)), connected_(from.connected_) {}
  raw_connection(const raw_connection&) = delete;
  raw_connection& operator=(const raw_connection&) = delete;

  bool connected() const { return connected_; }
  bool send(const std::string& text) const {
    return ::send(socket_, text.data(), text.size(), MSG_NOSIGNAL) ==
           static_cast<ssize_t>(text.size());
  }
  /// Nothing more will be sent.
  void end_of_request() const { shutdown(socket_, SHUT_WR); }
  /// Until the other side closes, there is `enough`, or the time is over.
  std::string receive(std::chrono::milliseconds most = std::chrono::milliseconds(10'000),
                      const std::string& enough = "") const {
    const auto end = std::chrono::steady_clock::now() + most;
    std::string out;
    for (;;) {
      const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        end - std::chrono::steady_clock::now());
      pollfd wanted{socket_, POLLIN, 0};
      if (left.count() <= 0 || poll(&wanted, 1, static_cast<int>(left.count())) <= 0)
        return out;
      char piece[16384];
      const ssize_t got = recv(socket_, piece, sizeof piece, 0);
      if (got <= 0)
        return out;
      out.append(piece, static_cast<std::size_t>(got));
      if (!enough.empty() && out.find(enough) != std::string::npos)
        return out;
    }
  }

private:
  int socket_;
  bool connected_ = false;
};

struct raw_answer {
  int status = 0;
  std::string head;
  std::string body;
};

inline raw_answer parse_answer(const std::string& text) {
  raw_answer out;
  const std::size_t end = text.find("\r\n\r\n");
  if (end == std::string::npos || text.size() < 12)
    return out;
  out.status = std::atoi(text.c_str() + 9);
  out.head = text.substr(0, end);
  out.body = text.substr(end + 4);
  return out;
}

inline raw_answer ask_raw(std::uint16_t port, const std::string& request) {
  raw_connection c{port};
  if (!c.connected() || !c.send(request))
    return {};
  return parse_answer(c.receive());
}

inline raw_answer get(std::uint16_t port, const std::string& target,
                      const std::string& headers = "") {
  return ask_raw(port, "GET " + target + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n" +
                         headers + "\r\n");
}

inline raw_answer post(std::uint16_t port, const std::string& target, const std::string& body,
                       const std::string& headers = "Content-Type: application/json\r\n") {
  return ask_raw(port, "POST " + target +
                         " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: " +
                         std::to_string(body.size()) + "\r\n" + headers + "\r\n" + body);
}

} // namespace tessera::testing
