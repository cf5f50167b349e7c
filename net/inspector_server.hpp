// What the inspector offers over HTTP: docs/manual/inspector-api.md. What the server bounds and refuses is in
// net/http_server.hpp; what is asked of the world in net/inspected_world.hpp.
//
// Always true: a route checks all of its parameters before it asks the world anything; an error says what was found
// and what is allowed.
#pragma once

#include "core/error.hpp"
#include "net/http_server.hpp"
#include "net/inspected_world.hpp"

#include <memory>
#include <string>

namespace tessera {

struct inspector_options {
  std::string address = "127.0.0.1";
  std::uint16_t port = 7777; ///< 0: any that is free
  std::string token;         ///< needed where the address is no loopback's
};

class inspector_server {
public:
  /// The world outlives the server. Errors: bad_command for an address that needs a token and has none; io_failure.
  static result<std::unique_ptr<inspector_server>> start(inspected_world& world,
                                                         inspector_options how);
  ~inspector_server();

  std::uint16_t port() const;
  /// "http://127.0.0.1:7777/"; with the token, if there is one.
  std::string url() const;

private:
  struct impl;
  explicit inspector_server(std::unique_ptr<impl> made);
  std::unique_ptr<impl> impl_;
};

/// "ADDRESS:PORT", "[V6]:PORT" or a port alone. Errors: bad_command.
result<inspector_options> parse_inspect_address(const std::string& text);

} // namespace tessera
