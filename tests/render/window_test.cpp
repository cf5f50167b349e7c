// The window: what is drawn arrives on the desktop, keys and mouse arrive here, and it may change its size.
#include "render/window.hpp"
#include "tests/render/desktop.hpp"
#include "tests/render/render_stage.hpp"

namespace tessera::testing {
namespace {

class windows : public ::testing::Test {
protected:
  static void SetUpTestSuite() {
    setenv("VK_ICD_FILENAMES", "/usr/share/vulkan/icd.d/lvp_icd.x86_64.json", 0);
    screen_ = desktop::start();
  }
  static void TearDownTestSuite() { screen_.reset(); }
  void SetUp() override {
    ASSERT_TRUE(screen_) << "xvfb is needed";
    auto made = window::open("a test", 320, 200);
    ASSERT_TRUE(made) << made.error().message;
    window_ = std::move(*made);
    auto with = renderer::open({.validate = true, .shown_in = window_.get()});
    ASSERT_TRUE(with) << with.error().message;
    renderer_ = std::move(*with);
    ASSERT_TRUE(renderer_->show(flat_world(body_shape::cube)));
    request_.from = {1000, 4, 1000};
    request_.smooth = false;
  }
  void TearDown() override {
    if (!renderer_)
      return;
    for (const auto& text : renderer_->messages())
      ADD_FAILURE() << text;
    renderer_.reset();
    window_.reset();
  }

  bool show() {
    auto shown = renderer_->show_frame(request_);
    EXPECT_TRUE(shown) << shown.error().message;
    return shown && *shown;
  }
  /// Frames until the desktop has the picture: it takes it in its own time.
  void expect_the_desktop_shows_the_picture() {
    picture_difference difference;
    for (int tries = 0; tries < 200 && difference.largest > 2; ++tries) {
      window_->poll();
      ASSERT_TRUE(show());
      difference = compare(screen_->screenshot(), *renderer_->last_picture());
    }
    EXPECT_LE(difference.largest, 2);
  }

  static std::unique_ptr<desktop> screen_;
  std::unique_ptr<window> window_;
  std::unique_ptr<renderer> renderer_;
  frame_request request_;
};
std::unique_ptr<desktop> windows::screen_;

TEST_F(windows, a_lost_device_is_opened_again_and_the_window_goes_on) {
  request_.over = {};
  ASSERT_TRUE(show());
  const picture before = *renderer_->last_picture();
  EXPECT_EQ(renderer_->losses(), 0u);
  renderer_->lose_device();
  auto missed = renderer_->show_frame(request_);
  ASSERT_TRUE(missed) << missed.error().message;
  EXPECT_FALSE(*missed);
  EXPECT_EQ(renderer_->losses(), 1u);
  ASSERT_TRUE(show());
  EXPECT_EQ(*renderer_->last_picture(), before) << "the world was not shown again";
  // In between two frames, too, when bodies come.
  instance_columns bodies;
  add_body(bodies, 1000, 990, 3);
  const instance_columns* parts[] = {&bodies};
  renderer_->lose_device();
  ASSERT_TRUE(renderer_->set_bodies(parts));
  missed = renderer_->show_frame(request_);
  ASSERT_TRUE(missed) << missed.error().message;
  EXPECT_FALSE(*missed);
  renderer_->lose_device();
  auto twice = renderer_->show_frame(request_);
  EXPECT_FALSE(twice) << "a device that never draws is not opened for ever";
}

TEST_F(windows, what_is_drawn_is_on_the_desktop) {
  expect_the_desktop_shows_the_picture();
}

TEST_F(windows, after_a_change_of_its_size_the_picture_has_the_new_one) {
  ASSERT_TRUE(show());
  for (auto [width, height] : {std::pair{500u, 300u}, {200u, 400u}, {320u, 200u}}) {
    screen_->resize(width, height);
    for (int tries = 0; tries < 200 && window_->size() != std::pair(width, height); ++tries)
      window_->wait(0.05);
    ASSERT_EQ(window_->size(), std::pair(width, height));
    expect_the_desktop_shows_the_picture();
    EXPECT_EQ(renderer_->last_picture()->width, width);
  }
}

TEST_F(windows, keys_and_clicks_arrive) {
  ASSERT_TRUE(show());
  window_->poll();
  screen_->press("F3");
  screen_->press("h");
  screen_->hold("w", true);
  screen_->click(30, 40);
  window_input got;
  for (int tries = 0; tries < 200 && !got.click; ++tries) {
    auto now = window_->wait(0.05);
    got.pressed.insert(got.pressed.end(), now.pressed.begin(), now.pressed.end());
    got.click = now.click;
    got.flight = now.flight;
  }
  EXPECT_EQ(got.pressed, (std::vector{window_key::performance, window_key::help}));
  ASSERT_TRUE(got.click);
  EXPECT_EQ(*got.click, std::pair(30.0, 40.0));
  EXPECT_EQ(got.flight.ahead, 1);
  screen_->hold("w", false);
}

TEST_F(windows, who_closes_it_is_heard) {
  ASSERT_TRUE(show());
  EXPECT_FALSE(window_->poll().closed);
  screen_->close_window();
  bool closed = false;
  for (int tries = 0; tries < 200 && !closed; ++tries)
    closed = window_->wait(0.05).closed;
  EXPECT_TRUE(closed);
}

TEST(no_desktop, is_an_error_that_says_what_to_do) {
  unsetenv("DISPLAY");
  unsetenv("WAYLAND_DISPLAY");
  const auto made = window::open("a test", 320, 200);
  ASSERT_FALSE(made);
  EXPECT_NE(made.error().message.find("no desktop"), std::string::npos) << made.error().message;
}

} // namespace
} // namespace tessera::testing
