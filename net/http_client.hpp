// One question over HTTP, for tools that speak to a running world.
#pragma once

#include "core/error.hpp"

#include <cstdint>
#include <string>

namespace tessera {

struct http_answer {
  int status = 0;
  std::string body;
};

/// `body` empty: GET; otherwise POST of JSON. Waits for at most 10 s. Errors: not_there, where nobody answers.
result<http_answer> ask_http(const std::string& address, std::uint16_t port,
                             const std::string& token, const std::string& path,
                             const std::string& body = {});

} // namespace tessera
