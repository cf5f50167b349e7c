#include "net/http_client.hpp"

#include <httplib.h>

namespace tessera {

result<http_answer> ask_http(const std::string& address, std::uint16_t port,
                             const std::string& token, const std::string& path,
                             const std::string& body) {
  httplib::Client client{address, port};
  client.set_connection_timeout(5);
  client.set_read_timeout(10);
  httplib::Headers headers;
  if (!token.empty())
    headers.emplace("Authorization", "Bearer " + token);
  auto got =
    body.empty() ? client.Get(path, headers) : client.Post(path, headers, body, "application/json");
  if (!got)
    return fail(error_code::not_there,
                "nobody answers at " + address + ":" + std::to_string(port) + " (" +
                  httplib::to_string(got.error()) +
                  "); a world answers there when it was started with `tessera run --inspect`");
  return http_answer{got->status, got->body};
}

} // namespace tessera
