// `tessera run --window` in a build without the renderer.
#include "apps/run_window.hpp"

namespace tessera {

bool is_window_size(const std::string&) {
  return true; // it is refused for a better reason
}

result<std::unique_ptr<run_window>> run_window::open(const window_options&, const std::string&,
                                                     const world_setup&, std::size_t) {
  return fail(error_code::failure,
              "no window: this build has no renderer (`tessera render --help` says why)");
}

} // namespace tessera
