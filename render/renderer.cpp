#include "render/renderer.hpp"

#include "render/frame_drawer.hpp"
#include "render/screen.hpp"
#include "render/window.hpp"

namespace tessera {

class renderer::impl {
public:
  impl(std::unique_ptr<device> on, const renderer_options& options)
    : device_(std::move(on)), frame_(*device_, options.particles_on_device) {
    if (options.shown_in != nullptr)
      screen_ = std::make_unique<screen>(*device_, options.shown_in->handle());
  }

  std::unique_ptr<device> device_;
  frame_drawer frame_;
  std::unique_ptr<screen> screen_; ///< null without a window
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
  device_options how;
  how.validate = options.validate;
  how.without_wide_atomics = options.without_wide_atomics;
  if (options.shown_in != nullptr)
    how.window_extensions = window::instance_extensions();
  auto on = device::open(how);
  if (!on)
    return tl::unexpected(on.error());
  return as_result([&] {
    return std::unique_ptr<renderer>(new renderer(std::make_unique<impl>(std::move(*on), options)));
  });
}

const std::string& renderer::device_name() const {
  return impl_->device_->name();
}

bool renderer::is_software() const {
  return impl_->device_->is_software();
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

result<void> renderer::draw_only(const frame_request& request) {
  return as_result([&] { impl_->frame_.draw(request); });
}

result<picture> renderer::draw(const frame_request& request) {
  return draw_only(request).and_then([&] { return last_picture(); });
}

result<bool> renderer::show_frame(const frame_request& request) {
  return as_result([&] {
    const VkExtent2D extent = impl_->screen_->extent();
    if (extent.width == 0 || extent.height == 0)
      return false;
    frame_request sized = request;
    sized.width = extent.width;
    sized.height = extent.height;
    impl_->frame_.draw(sized);
    impl_->screen_->show(impl_->frame_.finished());
    return true;
  });
}

result<picture> renderer::last_picture() {
  return as_result([&] { return impl_->frame_.read(); });
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
