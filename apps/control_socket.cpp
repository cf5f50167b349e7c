#include "apps/control_socket.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstddef>
#include <cstring>
#include <nlohmann/json.hpp>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace tessera {

namespace {

constexpr std::size_t most_line_bytes = 4096;

/// Closed with it.
struct descriptor {
  explicit descriptor(int of) : number(of) {}
  ~descriptor() {
    if (number >= 0)
      ::close(number);
  }
  descriptor(const descriptor&) = delete;
  descriptor& operator=(const descriptor&) = delete;
  int number;
};

tl::unexpected<error> failed(const std::string& path, const char* call) {
  int number = errno;
  return fail(error_code::io_failure,
              path + ": " + call + ": " + std::system_category().message(number));
}

/// A name in Linux's abstract namespace: its first byte is zero, and it has no file.
struct socket_address {
  sockaddr_un name{};
  socklen_t bytes = 0;
  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&name); }
};

/// Of an existing data directory, however its path is written.
result<socket_address> address_of(const std::string& directory) {
  const std::string lock = directory + "/LOCK";
  struct stat about {};
  if (::stat(lock.c_str(), &about) != 0)
    return errno == ENOENT ? fail(error_code::not_there, lock + " is not there")
                           : failed(lock, "stat");
  const std::string text =
    "tessera-" + std::to_string(about.st_dev) + "-" + std::to_string(about.st_ino);
  socket_address out;
  out.name.sun_family = AF_UNIX;
  std::memcpy(out.name.sun_path + 1, text.data(), text.size());
  out.bytes = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + text.size());
  return out;
}

/// Whether the other end is this user's, or root's.
bool is_trusted(int socket) {
  ucred other{};
  socklen_t bytes = sizeof other;
  return ::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &other, &bytes) == 0 &&
         (other.uid == ::geteuid() || other.uid == 0);
}

void send_all(int to, const std::string& text) {
  for (std::size_t at = 0; at < text.size();) {
    ssize_t sent = ::send(to, text.data() + at, text.size() - at, MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR)
      continue;
    if (sent <= 0)
      return; // whoever asked has gone
    at += static_cast<std::size_t>(sent);
  }
}

/// Up to the newline or the end, at most most_line_bytes.
std::string receive_line(int from) {
  std::string text;
  std::array<char, 512> buffer{};
  while (text.find('\n') == std::string::npos && text.size() < most_line_bytes) {
    ssize_t got = ::recv(from, buffer.data(), buffer.size(), 0);
    if (got < 0 && errno == EINTR)
      continue;
    if (got <= 0)
      break;
    text.append(buffer.data(), static_cast<std::size_t>(got));
  }
  return text.substr(0, text.find('\n'));
}

} // namespace

result<std::unique_ptr<control_socket>>
control_socket::open(const std::string& directory, std::function<result<tick_number>()> take) {
  auto address = address_of(directory);
  if (!address)
    return tl::unexpected(address.error());
  descriptor listener(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (listener.number < 0)
    return failed(directory, "socket");
  if (::bind(listener.number, address->get(), address->bytes) != 0)
    return failed(directory, "bind");
  if (::listen(listener.number, 8) != 0)
    return failed(directory, "listen");
  return std::unique_ptr<control_socket>(
    new control_socket(std::exchange(listener.number, -1), std::move(take)));
}

control_socket::control_socket(int listener, std::function<result<tick_number>()> take)
  : listener_(listener), take_(std::move(take)), thread_([this] { serve(); }) {}

control_socket::~control_socket() {
  stop_.notify();
  thread_.join();
  ::close(listener_);
}

void control_socket::serve() {
  sigset_t all; // signals are the main thread's
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, nullptr);
  std::array<pollfd, 2> wanted{{{listener_, POLLIN, 0}, {stop_.descriptor(), POLLIN, 0}}};
  while (true) {
    if (::poll(wanted.data(), wanted.size(), -1) < 0 && errno != EINTR)
      return;
    if (wanted[1].revents != 0)
      return;
    if (wanted[0].revents == 0)
      continue;
    descriptor asker(::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC));
    if (asker.number >= 0 && is_trusted(asker.number))
      answer(asker.number);
  }
}

void control_socket::answer(int asker) const {
  timeval patience{.tv_sec = 1, .tv_usec = 0}; // one that says nothing must not keep others waiting
  ::setsockopt(asker, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  ::setsockopt(asker, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  nlohmann::ordered_json out;
  if (auto line = receive_line(asker); line != "checkpoint")
    out["error"] = "found \"" + line + "\"; allowed: checkpoint";
  else if (auto tick = take_(); tick)
    out["tick"] = *tick;
  else
    out["error"] = tick.error().message;
  send_all(asker,
           out.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n");
}

result<tick_number> ask_for_checkpoint(const std::string& directory) {
  auto address = address_of(directory);
  if (!address)
    return tl::unexpected(address.error());
  descriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (socket.number < 0)
    return failed(directory, "socket");
  if (::connect(socket.number, address->get(), address->bytes) != 0) {
    if (errno == ECONNREFUSED)
      return fail(error_code::not_there, directory + ": nobody listens");
    return failed(directory, "connect");
  }
  if (::geteuid() != 0 && !is_trusted(socket.number))
    return fail(error_code::io_failure, directory + ": who answers there is another user");
  send_all(socket.number, "checkpoint\n");
  auto answer = nlohmann::json::parse(receive_line(socket.number), nullptr, false);
  if (answer.is_object() && answer.contains("tick") && answer["tick"].is_number_unsigned())
    return answer["tick"].get<tick_number>();
  if (answer.is_object() && answer.contains("error") && answer["error"].is_string())
    return fail(error_code::failure, directory + ": " + answer["error"].get<std::string>());
  return fail(error_code::failure, directory +
                                     ": the process that runs the world ended before it answered, "
                                     "or belongs to another user");
}

} // namespace tessera
