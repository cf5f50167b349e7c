// `tessera run --window` in a build without the renderer.
#include "apps/run_window.hpp"

namespace tessera {

bool is_window_size(const std::string&) {
  return true; // it is refused for a better reason
}

tl::expected<std::unique_ptr<run_window>, window_refusal>
run_window::open(const window_options&, const std::string&, const world_setup&, std::size_t) {
  return refuse_window("no window: this build has no renderer (`tessera render --help` says why)",
                       true);
}

} // namespace tessera
