#include "render/renderer.hpp"

#include "render/frame_drawer.hpp"

namespace tessera {

class renderer::impl {
public:
  explicit impl(std::unique_ptr<device> on) : device_(std::move(on)), frame_(*device_) {}

  std::unique_ptr<device> device_;
  frame_drawer frame_;
  sun_position light_;
};

renderer::renderer(std::unique_ptr<impl> made) : impl_(std::move(made)) {}
renderer::~renderer() = default;

namespace {

/// What this folder throws within becomes a value here.
template <class Do>
auto as_result(Do&& what) -> result<decltype(what())> {
  try {
    if constexpr (std::is_void_v<decltype(what())>) {
      what();
      return {};
    } else {
      return what();
    }
  } catch (const std::exception& e) {
    return fail(error_code::failure, e.what());
  }
}

} // namespace

result<std::unique_ptr<renderer>> renderer::open(const renderer_options& options) {
  auto on = device::open(options.validate);
  if (!on)
    return tl::unexpected(on.error());
  return as_result([&] {
    return std::unique_ptr<renderer>(new renderer(std::make_unique<impl>(std::move(*on))));
  });
}

const std::string& renderer::device_name() const {
  return impl_->device_->name();
}

result<void> renderer::show(const shown_world& world) {
  return as_result([&] { impl_->frame_.world().show(world, impl_->light_); });
}

result<void> renderer::set_light(const sun_position& light) {
  impl_->light_ = light;
  return as_result([&] { impl_->frame_.world().set_light(light); });
}

result<void> renderer::set_bodies(std::span<const instance_columns* const> parts) {
  return as_result([&] { impl_->frame_.world().set_bodies(parts); });
}

result<picture> renderer::draw(const frame_request& request) {
  return as_result([&] { return impl_->frame_.draw(request); });
}

const frame_figures& renderer::figures() const {
  return impl_->frame_.figures();
}

std::uint64_t renderer::message_count() const {
  return impl_->device_->message_count();
}

std::vector<std::string> renderer::messages() const {
  return impl_->device_->messages();
}

} // namespace tessera
