#include "net/http_connection.hpp"

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <netdb.h>
#include <poll.h>
#include <string_view>
#include <sys/socket.h>

namespace tessera {

namespace {

using clock = std::chrono::steady_clock;

bool wait_until(int socket, short what, clock::time_point deadline) {
  for (;;) {
    const auto left =
      std::chrono::duration_cast<std::chrono::milliseconds>(deadline - clock::now()).count();
    if (left < 0)
      return false;
    pollfd wanted{socket, what, 0};
    const int got = poll(&wanted, 1, static_cast<int>(left) + 1);
    if (got > 0)
      return true;
    if (got < 0 && errno != EINTR)
      return false;
  }
}

bool same_name(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char l, char r) {
    return std::tolower(static_cast<unsigned char>(l)) ==
           std::tolower(static_cast<unsigned char>(r));
  });
}

void name_of(int (*get)(int, sockaddr*, socklen_t*), int socket, std::string& ip, int& port) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  char host[NI_MAXHOST] = {};
  char service[NI_MAXSERV] = {};
  if (get(socket, reinterpret_cast<sockaddr*>(&address), &size) != 0 ||
      getnameinfo(reinterpret_cast<sockaddr*>(&address), size, host, sizeof host, service,
                  sizeof service, NI_NUMERICHOST | NI_NUMERICSERV) != 0)
    return;
  ip = host;
  port = std::atoi(service);
}

} // namespace

http_connection::http_connection(int socket) : socket_(socket) {}

ssize_t http_connection::receive(char* to, std::size_t size) {
  for (;;) {
    const ssize_t got = recv(socket_, to, size, MSG_DONTWAIT);
    if (got >= 0)
      return got;
    if (errno == EINTR)
      continue;
    if ((errno != EAGAIN && errno != EWOULDBLOCK) || !wait_until(socket_, POLLIN, deadline_))
      return -1;
  }
}

bool http_connection::read_head() {
  head_.erase(0, at_); // the next request may have come with the last one
  at_ = 0;
  body_left_ = 0;
  deadline_ = clock::now() + http_limits::idle_time;
  if (head_.empty() && !wait_until(socket_, POLLIN, deadline_))
    return false;
  deadline_ = clock::now() + http_limits::request_time;
  std::size_t searched = 0;
  for (;;) {
    const std::size_t end = head_.find("\r\n\r\n", searched);
    if (end != std::string::npos && end + 4 <= http_limits::head_bytes)
      break;
    if (head_.size() > http_limits::head_bytes) {
      refuse(431, "the request's head has more than " + std::to_string(http_limits::head_bytes) +
                    " bytes");
      return false;
    }
    searched = head_.size() < 3 ? 0 : head_.size() - 3;
    char piece[4096];
    const ssize_t got = receive(piece, sizeof piece);
    if (got < 0 && errno != ECONNRESET && clock::now() >= deadline_)
      refuse(408, "the request's head took more than 5 s");
    if (got <= 0)
      return false;
    head_.append(piece, static_cast<std::size_t>(got));
  }
  return check_head();
}

/// Of headers that ask httplib for more than is offered here, some are refused and some made unknown to it: a
/// range and a compressed answer are the server's to grant.
bool http_connection::check_head() {
  const std::size_t end = head_.find("\r\n\r\n") + 4;
  std::size_t lines = 0;
  std::size_t body = 0;
  for (std::size_t at = head_.find("\r\n") + 2; at < end - 2; ++lines) {
    const std::size_t line_end = head_.find("\r\n", at);
    const std::size_t colon = head_.find(':', at);
    if (lines == http_limits::head_lines) {
      refuse(431,
             "the request has more than " + std::to_string(http_limits::head_lines) + " headers");
      return false;
    }
    if (colon == std::string::npos || colon >= line_end || colon == at) {
      refuse(400, "a line of the request's head is no header");
      return false;
    }
    const std::string_view name{head_.data() + at, colon - at};
    std::string_view value{head_.data() + colon + 1, line_end - colon - 1};
    value.remove_prefix(std::min(value.find_first_not_of(" \t"), value.size()));
    if (same_name(name, "Content-Length")) {
      auto [last, ec] = std::from_chars(value.data(), value.data() + value.size(), body);
      if (ec != std::errc{} || last != value.data() + value.size() ||
          body > http_limits::request_bytes) {
        refuse(413, "the body may have at most " + std::to_string(http_limits::request_bytes) +
                      " bytes, in all; found Content-Length " + std::string(value.substr(0, 40)));
        return false;
      }
    } else if (same_name(name, "Transfer-Encoding") || same_name(name, "Content-Encoding")) {
      refuse(411, std::string(name) + " is not taken; send the body as it is, with Content-Length");
      return false;
    } else if (same_name(name, "Range") || same_name(name, "Accept-Encoding") ||
               same_name(name, "Expect")) {
      std::fill_n(head_.begin() + static_cast<std::ptrdiff_t>(at), colon - at, 'X');
    }
    at = line_end + 2;
  }
  const std::size_t here = std::min(body, head_.size() - end);
  body_left_ = body - here;
  return true;
}

bool http_connection::is_readable() const {
  return at_ < head_.size() || wait_until(socket_, POLLIN, deadline_);
}

bool http_connection::is_writable() const {
  return wait_until(socket_, POLLOUT, clock::now() + http_limits::write_time);
}

ssize_t http_connection::read(char* to, std::size_t size) {
  if (at_ < head_.size()) {
    const std::size_t count = std::min(size, head_.size() - at_);
    std::memcpy(to, head_.data() + at_, count);
    at_ += count;
    return static_cast<ssize_t>(count);
  }
  if (body_left_ == 0)
    return 0;
  const ssize_t got = receive(to, std::min(size, body_left_));
  if (got > 0)
    body_left_ -= static_cast<std::size_t>(got);
  return got;
}

ssize_t http_connection::write(const char* from, std::size_t size) {
  const auto deadline = clock::now() + http_limits::write_time;
  std::size_t sent = 0;
  while (sent < size) {
    const ssize_t got = send(socket_, from + sent, size - sent, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (got >= 0) {
      sent += static_cast<std::size_t>(got);
    } else if (errno != EINTR && ((errno != EAGAIN && errno != EWOULDBLOCK) ||
                                  !wait_until(socket_, POLLOUT, deadline))) {
      closing_ = true;
      return -1;
    }
  }
  return static_cast<ssize_t>(size);
}

void http_connection::get_remote_ip_and_port(std::string& ip, int& port) const {
  name_of(getpeername, socket_, ip, port);
}

void http_connection::get_local_ip_and_port(std::string& ip, int& port) const {
  name_of(getsockname, socket_, ip, port);
}

void http_connection::refuse(int status, const std::string& why) {
  const std::string body = http_error(status, why).body;
  const std::string text = "HTTP/1.1 " + std::to_string(status) +
                           " Refused\r\nContent-Type: application/json\r\nConnection: close\r\n"
                           "Content-Length: " +
                           std::to_string(body.size()) + "\r\n\r\n" + body;
  refused_ = status;
  closing_ = true;
  // Small enough for an empty send buffer; who does not take it goes without.
  (void)send(socket_, text.data(), text.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
}

void http_connection::finish() {
  // A close with bytes unread resets the connection, and the last answer with it.
  shutdown(socket_, SHUT_WR);
  char unread[4096];
  for (int i = 0; i < 32 && recv(socket_, unread, sizeof unread, MSG_DONTWAIT) > 0; ++i) {
  }
}

} // namespace tessera
