#include "net/http_server.hpp"

#include "net/http_connection.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <atomic>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <nlohmann/json.hpp>
#include <set>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>
#include <vector>

namespace tessera {

namespace {

/// Linux gives every thread a niceness of its own.
void yield_to_the_world() {
  setpriority(PRIO_PROCESS, static_cast<id_t>(gettid()), 19);
}

/// Connections of this thread: the one being served, and whether the accepting thread only refuses.
thread_local http_connection* serving = nullptr;
thread_local bool refusing = false;

bool is_literal(const std::string& host) {
  unsigned char bytes[16];
  return inet_pton(AF_INET, host.c_str(), bytes) == 1 ||
         inet_pton(AF_INET6, host.c_str(), bytes) == 1;
}

/// "name:port" or "[v6]:port" without the port.
std::string host_of(const std::string& header) {
  if (header.starts_with('[')) {
    const std::size_t end = header.find(']');
    return end == std::string::npos ? "" : header.substr(1, end - 1);
  }
  return header.substr(0, header.find(':'));
}

/// Serves each connection on a thread of its own; refuses them on the accepting thread when all are taken.
class bounded_threads : public httplib::TaskQueue {
public:
  void enqueue(std::function<void()> serve) override {
    {
      const std::scoped_lock held{mutex_};
      if (busy_ + waiting_.size() < http_limits::connections) {
        waiting_.push_back(std::move(serve));
        if (idle_ < waiting_.size())
          threads_.emplace_back([this] { work(); });
        wake_.notify_one();
        return;
      }
    }
    refusing = true;
    serve();
    refusing = false;
  }

  void shutdown() override {
    {
      const std::scoped_lock held{mutex_};
      over_ = true;
    }
    wake_.notify_all();
    for (auto& t : threads_)
      t.join();
  }

private:
  void work() {
    yield_to_the_world();
    std::unique_lock held{mutex_};
    for (;;) {
      ++idle_;
      wake_.wait(held, [&] { return over_ || !waiting_.empty(); });
      --idle_;
      if (waiting_.empty())
        return;
      auto serve = std::move(waiting_.front());
      waiting_.pop_front();
      ++busy_;
      held.unlock();
      serve();
      serve = nullptr;
      held.lock();
      --busy_;
    }
  }

  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::function<void()>> waiting_;
  std::vector<std::thread> threads_;
  std::size_t busy_ = 0;
  std::size_t idle_ = 0;
  bool over_ = false;
};

} // namespace

struct http_server::impl : httplib::Server {
  impl(options given, handler what) : how(std::move(given)), handle(std::move(what)) {
    new_task_queue = [] { return new bounded_threads; };
    // httplib's own choice shares the port with whoever asks for it after us.
    set_socket_options([](int socket) {
      const int on = 1;
      setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    });
    set_payload_max_length(http_limits::request_bytes);
    set_default_headers(
      {{"Cache-Control", "no-store"},
       {"X-Content-Type-Options", "nosniff"},
       {"X-Frame-Options", "DENY"},
       {"Referrer-Policy", "no-referrer"},
       {"Content-Security-Policy", "default-src 'self'; style-src 'self' 'unsafe-inline'; "
                                   "img-src 'self' data: blob:; frame-ancestors 'none'"}});
    set_pre_routing_handler([this](const httplib::Request& request, httplib::Response& out) {
      if (auto refused = refuse(request)) {
        answer(std::move(*refused), out);
        serving->close_after_this(); // a body that nobody has read would be the next request
        return HandlerResponse::Handled;
      }
      if (request.method == "POST")
        return HandlerResponse::Unhandled; // once its body is read
      answer(ask(request), out);
      return HandlerResponse::Handled;
    });
    Post(".*", [this](const httplib::Request& request, httplib::Response& out) {
      answer(ask(request), out);
    });
    set_error_handler([this](const httplib::Request&, httplib::Response& out) {
      if (out.body.empty() && !out.content_provider_)
        answer(http_error(out.status, "the request could not be read"), out);
    });
  }

  std::optional<http_response> refuse(const httplib::Request& request) const;
  http_response ask(const httplib::Request& request) const;
  void answer(http_response given, httplib::Response& out);
  bool process_and_close_socket(int socket) override;
  void serve(http_connection& connection);
  /// With httplib's own of 5, the sixth of those that come at once waits for a second.
  void widen_backlog() { ::listen(svr_sock_, static_cast<int>(http_limits::connections) * 4); }

  options how;
  handler handle;
  int bound = 0;
  std::thread accepting;
  std::atomic<bool> over = false;
  std::atomic<std::size_t> streams = 0;
  std::array<std::atomic<std::uint64_t>, 6> counts{};
  std::mutex mutex;
  std::set<int> sockets; ///< open ones
};

std::optional<http_response> http_server::impl::refuse(const httplib::Request& request) const {
  if (request.get_header_value_count("Host") != 1)
    return http_error(400, "one Host header is needed");
  const std::string host = request.get_header_value("Host");
  const std::string name = host_of(host);
  const bool here =
    name == "localhost" || name == how.address ||
    (is_loopback(how.address) ? name == "127.0.0.1" || name == "::1" : is_literal(name));
  if (!here)
    return http_error(403, "Host: found \"" + host.substr(0, 80) +
                             "\", which is no address of this server; allowed: localhost or " +
                             how.address);
  const std::string origin = request.get_header_value("Origin");
  if (request.has_header("Origin") && origin != "http://" + host)
    return http_error(403, "Origin: found \"" + origin.substr(0, 80) + "\"; allowed: http://" +
                             host.substr(0, 80));
  const std::string site = request.get_header_value("Sec-Fetch-Site");
  const bool from_page = !how.open_to_all || !how.open_to_all(request.path);
  if (from_page && !site.empty() && site != "same-origin" && site != "none")
    return http_error(403, "Sec-Fetch-Site: found \"" + site.substr(0, 80) +
                             "\"; other pages may not ask here");
  if (request.method != "GET" && request.method != "POST")
    return http_error(405, "found method " + request.method.substr(0, 20) + "; allowed: GET, POST");
  if (how.token.empty() || !from_page)
    return std::nullopt;
  const std::string header = request.get_header_value("Authorization");
  const std::string given =
    header.starts_with("Bearer ") ? header.substr(7) : request.get_param_value("token");
  if (!equal_secrets(given, how.token))
    return http_error(401, given.empty() ? "a token is needed: Authorization: Bearer TOKEN, or "
                                           "?token=TOKEN; `tessera run` printed it when it started"
                                         : "wrong token");
  return std::nullopt;
}

http_response http_server::impl::ask(const httplib::Request& request) const {
  http_request plain{request.method, request.path, {}, request.body};
  for (const auto& [name, value] : request.params)
    plain.parameters[name] = value;
  const std::string type = request.get_header_value("Content-Type");
  if (request.method == "POST" && !type.starts_with("application/json"))
    return http_error(400, "Content-Type: found \"" + type.substr(0, 80) +
                             "\"; allowed: application/json");
  return handle(plain);
}

void http_server::impl::answer(http_response given, httplib::Response& out) {
  if (given.next && ++streams > http_limits::streams) {
    --streams;
    given = http_error(503, "all " + std::to_string(http_limits::streams) +
                              " live streams are taken; close a page");
  }
  out.status = given.status;
  ++counts[static_cast<std::size_t>(given.status / 100) % counts.size()];
  if (!given.next) {
    out.set_content(given.body, given.type);
    return;
  }
  auto next = std::make_shared<decltype(given.next)>(std::move(given.next));
  out.set_chunked_content_provider(
    given.type,
    [this, next](std::size_t, httplib::DataSink& sink) {
      auto piece = over ? std::nullopt : (*next)();
      if (!piece)
        sink.done();
      return !piece || piece->empty() || sink.write(piece->data(), piece->size());
    },
    [this](bool) { --streams; });
}

void http_server::impl::serve(http_connection& connection) {
  serving = &connection;
  for (std::size_t i = 0; i < http_limits::requests_per_connection && !over; ++i) {
    if (!connection.read_head())
      break;
    bool closed = false;
    const bool last = i + 1 == http_limits::requests_per_connection;
    if (!process_request(connection, last, closed, nullptr) || closed || connection.closing())
      break;
  }
  serving = nullptr;
  if (connection.refused_with() != 0)
    ++counts[static_cast<std::size_t>(connection.refused_with() / 100)];
}

bool http_server::impl::process_and_close_socket(int socket) {
  {
    const std::scoped_lock held{mutex};
    sockets.insert(socket);
  }
  http_connection connection{socket};
  if (refusing) {
    connection.refuse(503, "all " + std::to_string(http_limits::connections) +
                             " connections are taken; try again");
    ++counts[5];
  } else {
    serve(connection);
  }
  connection.finish();
  const std::scoped_lock held{mutex};
  sockets.erase(socket);
  close(socket);
  return true;
}

http_server::http_server(std::unique_ptr<impl> made) : impl_(std::move(made)) {}

result<std::unique_ptr<http_server>> http_server::start(options how, handler handle) {
  auto made = std::make_unique<impl>(std::move(how), std::move(handle));
  const auto& o = made->how;
  made->bound = o.port == 0 ? made->bind_to_any_port(o.address)
                            : (made->bind_to_port(o.address, o.port) ? o.port : -1);
  if (made->bound <= 0)
    return fail(error_code::io_failure,
                "cannot listen on " + o.address + ":" + std::to_string(o.port) +
                  "; is the port taken, and is the address one of this machine's?");
  made->widen_backlog();
  impl* server = made.get();
  made->accepting = std::thread([server] {
    yield_to_the_world();
    server->listen_after_bind();
  });
  while (!made->is_running())
    std::this_thread::yield();
  return std::unique_ptr<http_server>(new http_server(std::move(made)));
}

http_server::~http_server() {
  impl_->over = true;
  impl_->stop();
  {
    const std::scoped_lock held{impl_->mutex};
    for (int socket : impl_->sockets)
      shutdown(socket, SHUT_RDWR); // wakes its thread
  }
  impl_->accepting.join();
}

std::uint16_t http_server::port() const {
  return static_cast<std::uint16_t>(impl_->bound);
}

std::array<std::uint64_t, 6> http_server::requests() const {
  std::array<std::uint64_t, 6> out{};
  for (std::size_t i = 0; i < out.size(); ++i)
    out[i] = impl_->counts[i];
  return out;
}

http_response http_error(int status, const std::string& why) {
  nlohmann::ordered_json body{{"error", why}};
  http_response out;
  out.status = status;
  out.body = body.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
  return out;
}

bool equal_secrets(const std::string& a, const std::string& b) {
  unsigned differ = a.size() == b.size() ? 0 : 1;
  for (std::size_t i = 0; i < a.size(); ++i)
    differ |= static_cast<unsigned char>(a[i]) ^
              static_cast<unsigned char>(b.empty() ? '\0' : b[i % b.size()]);
  return differ == 0;
}

std::string make_token() {
  std::array<unsigned char, 16> bytes{};
  std::size_t got = 0;
  while (got < bytes.size()) {
    const ssize_t now = getrandom(bytes.data() + got, bytes.size() - got, 0);
    if (now > 0)
      got += static_cast<std::size_t>(now);
  }
  std::string text;
  for (unsigned char b : bytes) {
    text += "0123456789abcdef"[b >> 4];
    text += "0123456789abcdef"[b & 15];
  }
  return text;
}

bool is_loopback(const std::string& address) {
  return address == "localhost" || address == "::1" ||
         (address.starts_with("127.") && is_literal(address));
}

} // namespace tessera
