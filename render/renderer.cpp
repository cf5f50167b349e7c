#include "render/renderer.hpp"

#include "render/frame_drawer.hpp"
#include "render/screen.hpp"
#include "render/window.hpp"

namespace tessera {

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

class renderer::impl {
public:
  explicit impl(const renderer_options& options) : options_(options) {}

  result<void> open();
  /// Does it, where there is a device. One that is lost is opened again, with the world that was shown: true
  /// then, and nothing was done. A second loss before anything was drawn is an error.
  template <class Do>
  result<bool> unless_lost(Do&& what);

  std::unique_ptr<device> device_;
  std::unique_ptr<frame_drawer> frame_;
  std::unique_ptr<screen> screen_; ///< null without a window
  shown_world world_;
  sun_position light_;
  std::uint64_t losses_ = 0;

private:
  renderer_options options_;
  bool drew_ = false; ///< since it was opened
};

result<void> renderer::impl::open() {
  // A window shows the pictures of one device at a time.
  screen_.reset();
  frame_.reset();
  device_.reset();
  drew_ = false;
  device_options how;
  how.validate = options_.validate;
  how.without_wide_atomics = options_.without_wide_atomics;
  if (options_.shown_in != nullptr)
    how.window_extensions = window::instance_extensions();
  auto on = device::open(how);
  if (!on)
    return tl::unexpected(on.error());
  device_ = std::move(*on);
  return as_result([&] {
    frame_ = std::make_unique<frame_drawer>(*device_, options_.shaders_alone);
    if (options_.shown_in != nullptr)
      screen_ = std::make_unique<screen>(*device_, *options_.shown_in);
    frame_->world().show(world_, light_);
  });
}

template <class Do>
result<bool> renderer::impl::unless_lost(Do&& what) {
  try {
    if (!frame_)
      throw vulkan_error(VK_ERROR_DEVICE_LOST, "opening it again");
    what();
    drew_ = true;
    return false;
  } catch (const vulkan_error& e) {
    if (e.code != VK_ERROR_DEVICE_LOST || !drew_)
      return fail(error_code::failure, e.what());
  } catch (const std::exception& e) {
    return fail(error_code::failure, e.what());
  }
  ++losses_;
  return open().map([] { return true; });
}

renderer::renderer(std::unique_ptr<impl> made) : impl_(std::move(made)) {}
renderer::~renderer() = default;

result<std::unique_ptr<renderer>> renderer::open(const renderer_options& options) {
  auto made = std::make_unique<impl>(options);
  return made->open().map([&] { return std::unique_ptr<renderer>(new renderer(std::move(made))); });
}

const std::string& renderer::device_name() const {
  return impl_->device_->name();
}

bool renderer::is_software() const {
  return impl_->device_->is_software();
}

result<void> renderer::show(const shown_world& world) {
  impl_->world_ = world;
  return as_result([&] { impl_->frame_->world().show(world, impl_->light_); });
}

result<void> renderer::set_light(const sun_position& light) {
  impl_->light_ = light;
  return as_result([&] { impl_->frame_->world().set_light(light); });
}

result<void> renderer::set_bodies(std::span<const instance_columns* const> parts) {
  // Opened again, it has none.
  return impl_->unless_lost([&] { impl_->frame_->world().set_bodies(parts); })
    .and_then([&](bool was_lost) {
      return was_lost ? as_result([&] { impl_->frame_->world().set_bodies(parts); })
                      : result<void>{};
    });
}

result<void> renderer::draw_only(const frame_request& request) {
  return as_result([&] { impl_->frame_->draw(request); });
}

result<picture> renderer::draw(const frame_request& request) {
  return draw_only(request).and_then([&] { return last_picture(); });
}

result<bool> renderer::show_frame(const frame_request& request,
                                  const std::function<void()>& meanwhile) {
  bool shown = false;
  return impl_
    ->unless_lost([&] {
      const VkExtent2D extent = impl_->screen_->extent();
      if (extent.width == 0 || extent.height == 0)
        return;
      frame_request sized = request;
      sized.width = extent.width;
      sized.height = extent.height;
      impl_->frame_->draw(sized, meanwhile);
      impl_->screen_->show(impl_->frame_->finished(), impl_->frame_->finished_layout());
      shown = true;
    })
    .map([&](bool) { return shown; });
}

void renderer::lose_device() {
  impl_->device_->lose();
}

std::uint64_t renderer::losses() const {
  return impl_->losses_;
}

result<picture> renderer::last_picture() {
  return as_result([&] { return impl_->frame_->read(); });
}

const frame_figures& renderer::figures() const {
  return impl_->frame_->figures();
}

std::uint64_t renderer::message_count() const {
  return impl_->device_->message_count();
}

std::vector<std::string> renderer::messages() const {
  return impl_->device_->messages();
}

} // namespace tessera
