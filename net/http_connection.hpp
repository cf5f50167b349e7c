// One connection as httplib's stream: bounded in bytes and in time.
//
// Always true: a request's head is read as a whole, checked, and only then given to httplib, whose parser takes
// any number of headers and any time.
//
// Thread: the connection's own.
#pragma once

#include "net/http_server.hpp"

#include <chrono>
#include <httplib.h>
#include <string>

namespace tessera {

class http_connection : public httplib::Stream {
public:
  explicit http_connection(int socket);

  /// Waits for the next request and reads its head. False: there is none, and the connection is to be closed;
  /// what was wrong is answered already.
  bool read_head();

  bool is_readable() const override;
  bool is_writable() const override;
  ssize_t read(char* to, std::size_t size) override;
  ssize_t write(const char* from, std::size_t size) override;
  void get_remote_ip_and_port(std::string& ip, int& port) const override;
  void get_local_ip_and_port(std::string& ip, int& port) const override;
  int socket() const override { return socket_; }

  /// Sends an error at once, without httplib, and closes afterwards.
  void refuse(int status, const std::string& why);
  /// The last that is done before the socket is closed.
  void finish();
  bool closing() const { return closing_; }
  void close_after_this() { closing_ = true; }
  int refused_with() const { return refused_; } ///< 0: nothing was

private:
  using clock = std::chrono::steady_clock;

  ssize_t receive(char* to, std::size_t size);
  bool check_head();

  int socket_;
  std::string head_; ///< of the request, and what came with it of its body
  std::size_t at_ = 0;
  std::size_t body_left_ = 0; ///< bytes of it that may still come
  clock::time_point deadline_;
  bool closing_ = false;
  int refused_ = 0;
};

} // namespace tessera
