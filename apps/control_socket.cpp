#include "apps/control_socket.hpp"

#include "apps/text.hpp"

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

constexpr const char* wish = "checkpoint";
constexpr std::size_t most_line_bytes = 4096;

/// Closed with it.
struct open_socket {
  explicit open_socket(int descriptor) : number(descriptor) {}
  ~open_socket() {
    if (number >= 0)
      ::close(number);
  }
  open_socket(const open_socket&) = delete;
  open_socket& operator=(const open_socket&) = delete;
  int number;
};

tl::unexpected<error> failed(const std::string& path, const char* call) {
  return fail(error_code::io_failure,
              path + ": " + call + ": " + std::system_category().message(errno));
}

/// A name in Linux's abstract namespace: its first byte is zero.
struct socket_name {
  sockaddr_un address{};
  socklen_t bytes = 0;
  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&address); }
};

result<socket_name> name_for(const std::string& directory) {
  const std::string lock = directory + "/LOCK";
  struct stat about {};
  if (::stat(lock.c_str(), &about) != 0)
    return failed(lock, "stat");
  const std::string text =
    "tessera-" + std::to_string(about.st_dev) + "-" + std::to_string(about.st_ino);
  socket_name out;
  out.address.sun_family = AF_UNIX;
  std::memcpy(out.address.sun_path + 1, text.data(), text.size());
  out.bytes = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + text.size());
  return out;
}

/// An abstract name has no permissions: anybody may connect, and anybody may take the name first.
bool is_same_user(int socket) {
  ucred other{};
  socklen_t bytes = sizeof other;
  return ::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &other, &bytes) == 0 &&
         other.uid == ::geteuid();
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

/// Up to the newline or the end.
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

void answer(int asker, const std::function<result<tick_number>()>& take) {
  timeval patience{.tv_sec = 1, .tv_usec = 0}; // one that says nothing must not keep others waiting
  ::setsockopt(asker, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  ::setsockopt(asker, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  nlohmann::json out;
  if (auto line = receive_line(asker); line != wish)
    out["error"] = "found \"" + line + "\"; allowed: " + wish;
  else if (auto tick = take(); tick)
    out["tick"] = *tick;
  else
    out["error"] = tick.error().message;
  send_all(asker, out.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
}

} // namespace

result<std::unique_ptr<control_socket>> control_socket::open(const std::string& directory) {
  auto name = name_for(directory);
  if (!name)
    return tl::unexpected(name.error());
  open_socket listener(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (listener.number < 0)
    return failed(directory, "socket");
  if (::bind(listener.number, name->get(), name->bytes) != 0)
    return failed(directory, "bind");
  if (::listen(listener.number, 8) != 0)
    return failed(directory, "listen");
  return std::unique_ptr<control_socket>(new control_socket(std::exchange(listener.number, -1)));
}

control_socket::~control_socket() {
  stop_.notify();
  if (thread_.joinable())
    thread_.join();
  ::close(listener_);
}

void control_socket::serve(std::function<result<tick_number>()> take) {
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before); // signals are the main thread's
  thread_ = std::thread([this, take = std::move(take)] { answer_all(take); });
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

void control_socket::answer_all(const std::function<result<tick_number>()>& take) const {
  std::array<pollfd, 2> wanted{{{listener_, POLLIN, 0}, {stop_.descriptor(), POLLIN, 0}}};
  for (;;) {
    if (::poll(wanted.data(), wanted.size(), -1) < 0)
      continue;
    if (wanted[1].revents != 0)
      return;
    open_socket asker(::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC));
    if (asker.number >= 0 && is_same_user(asker.number))
      answer(asker.number, take);
  }
}

result<tick_number> ask_for_checkpoint(const std::string& directory) {
  auto name = name_for(directory);
  if (!name)
    return tl::unexpected(name.error());
  open_socket socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (socket.number < 0)
    return failed(directory, "socket");
  if (::connect(socket.number, name->get(), name->bytes) != 0) {
    if (errno != ECONNREFUSED)
      return failed(directory, "connect");
    return fail(error_code::failure,
                directory +
                  ": no process that runs this world answers; start it with `tessera run --data " +
                  shell_word(directory) +
                  "` and ask again. A world that was stopped cleanly needs none: it has a "
                  "checkpoint of where it stands");
  }
  if (!is_same_user(socket.number))
    return fail(error_code::failure,
                directory + ": another user's process runs this world; ask as that user");
  send_all(socket.number, wish + std::string("\n"));
  auto answer = nlohmann::json::parse(receive_line(socket.number), nullptr, false);
  if (answer.is_object() && answer.contains("tick") && answer["tick"].is_number_unsigned())
    return answer["tick"].get<tick_number>();
  std::string why = "the process that runs this world ended before it answered";
  if (answer.is_object() && answer.contains("error") && answer["error"].is_string())
    why = answer["error"].get<std::string>();
  return fail(error_code::failure, directory + ": " + why + "; no checkpoint was taken");
}

} // namespace tessera
