// What lies over a picture: text and lines where they should be, and not a pixel changed elsewhere.
#include "render/overlay_layer.hpp"
#include "tests/render/render_stage.hpp"

namespace tessera::testing {
namespace {

class overlays : public drawing {
protected:
  static frame_request request() {
    frame_request out;
    out.from = {1000, 4, 1000};
    out.width = 320;
    out.height = 200;
    out.smooth = false;
    return out;
  }
  /// Pixels that differ, by left, top, right and lower edge; empty where none does.
  static std::optional<std::array<std::uint32_t, 4>> changed(const picture& l, const picture& r) {
    std::optional<std::array<std::uint32_t, 4>> out;
    for (std::uint32_t y = 0; y < l.height; ++y)
      for (std::uint32_t x = 0; x < l.width; ++x) {
        const std::size_t at = (std::size_t{y} * l.width + x) * 4;
        if (std::equal(l.rgba.begin() + static_cast<std::ptrdiff_t>(at),
                       l.rgba.begin() + static_cast<std::ptrdiff_t>(at + 4),
                       r.rgba.begin() + static_cast<std::ptrdiff_t>(at)))
          continue;
        if (!out)
          out = {x, y, x, y};
        out = {std::min((*out)[0], x), std::min((*out)[1], y), std::max((*out)[2], x),
               std::max((*out)[3], y)};
      }
    return out;
  }
};

TEST_F(overlays, a_line_changes_the_pixels_along_it_and_no_other) {
  ASSERT_TRUE(drawn_by->show(flat_world(body_shape::cube)));
  const picture without = draw(request());
  auto with_line = request();
  with_line.over.lines.push_back({100, 50, 200, 50, {255, 0, 0, 255}, 3});
  const picture with = draw(with_line);
  const auto area = changed(without, with);
  ASSERT_TRUE(area);
  EXPECT_NEAR((*area)[0], 100, 2);
  EXPECT_NEAR((*area)[1], 48, 2);
  EXPECT_NEAR((*area)[2], 200, 2);
  EXPECT_NEAR((*area)[3], 52, 2);
  const std::size_t middle = (std::size_t{50} * 320 + 150) * 4;
  EXPECT_EQ(with.rgba[middle], 255);
  EXPECT_LE(with.rgba[middle + 1], 2);
}

TEST_F(overlays, an_area_colours_its_inside_and_lets_through_what_is_below) {
  ASSERT_TRUE(drawn_by->show(flat_world(body_shape::cube)));
  const picture without = draw(request());
  auto with_area = request();
  overlay_area area;
  area.corners = {{{100, 150}, {200, 150}, {220, 180}, {90, 190}, {80, 170}}};
  area.count = 5;
  area.colour = {255, 0, 0, 128};
  with_area.over.areas.push_back(area);
  const picture with = draw(with_area);
  const auto where = changed(without, with);
  ASSERT_TRUE(where);
  EXPECT_NEAR((*where)[0], 80, 1);
  EXPECT_NEAR((*where)[1], 150, 1);
  EXPECT_NEAR((*where)[2], 219, 1);
  EXPECT_NEAR((*where)[3], 189, 1);
  const std::size_t inside = (std::size_t{170} * 320 + 150) * 4;
  EXPECT_GT(with.rgba[inside], without.rgba[inside] + 30);
  EXPECT_LT(with.rgba[inside], 255);
  with_area.over.lines.push_back({100, 170, 200, 170, {0, 0, 255, 255}, 3});
  EXPECT_GT(draw(with_area).rgba[inside + 2], 250) << "lines lie over areas";
}

TEST_F(overlays, many_areas_are_drawn_to_the_last) {
  ASSERT_TRUE(drawn_by->show(flat_world(body_shape::cube)));
  auto many = request();
  overlay_area area;
  area.colour = {0, 0, 0, 1};
  area.corners = {{{0, 0}, {1, 0}, {1, 1}, {0, 1}}};
  many.over.areas.assign(40'000, area); // more corners than 16 bits count
  area.colour = {255, 0, 0, 255};
  area.corners = {{{100, 50}, {200, 50}, {200, 80}, {100, 80}}};
  many.over.areas.push_back(area);
  const picture with = draw(many);
  const std::size_t inside = (std::size_t{60} * 320 + 150) * 4;
  EXPECT_GT(with.rgba[inside], 250);
  EXPECT_LT(with.rgba[inside + 1], 5);
}

TEST_F(overlays, a_panel_is_in_its_corner_and_the_same_twice) {
  ASSERT_TRUE(drawn_by->show(flat_world(body_shape::cube)));
  const picture without = draw(request());
  auto with_panel = request();
  with_panel.over.panels.push_back(
    {"first", overlay_corner::lower_right, {"40 FPS", "1 000 bodies"}, {}, 0, 0});
  const picture with = draw(with_panel);
  const auto area = changed(without, with);
  ASSERT_TRUE(area);
  EXPECT_GT((*area)[0], 160u);
  EXPECT_GT((*area)[1], 100u);
  EXPECT_NEAR((*area)[2], 309, 2);
  EXPECT_NEAR((*area)[3], 189, 2);
  EXPECT_EQ(draw(with_panel), with);
  EXPECT_EQ(draw(request()), without) << "it stays where nobody asked for it";
}

TEST_F(overlays, over_an_enlarged_picture_it_is_as_sharp_and_where_it_was) {
  ASSERT_TRUE(drawn_by->show(flat_world(body_shape::cube)));
  auto coarse = request();
  coarse.scale = 0.5F;
  const picture without = draw(coarse);
  EXPECT_EQ(without.width, 320u);
  EXPECT_LT(compare(without, draw(request())).mean, 6) << "the same view, only coarser";
  coarse.over.lines.push_back({100, 50, 200, 50, {255, 0, 0, 255}, 3});
  const auto area = changed(without, draw(coarse));
  ASSERT_TRUE(area);
  EXPECT_NEAR((*area)[0], 100, 2);
  EXPECT_NEAR((*area)[1], 48, 2);
  EXPECT_NEAR((*area)[2], 200, 2);
  EXPECT_NEAR((*area)[3], 52, 2);
}

TEST_F(overlays, a_layer_mixed_in_by_the_processor_looks_as_if_drawn_over_the_picture) {
  auto shaders = renderer::open({.validate = true, .shaders_alone = true});
  ASSERT_TRUE(shaders) << shaders.error().message;
  auto covered = request();
  covered.over.areas.push_back({{{{20, 20}, {90, 30}, {80, 90}, {15, 70}}}, 4, {255, 40, 40, 120}});
  covered.over.lines.push_back({0, 0, 319, 189, {40, 255, 40, 200}, 2});
  covered.over.panels.push_back(
    {"text", overlay_corner::upper_right, {"letters over letters", "12.5 ms"}, {1, 4, 2}, 5, 3});
  std::vector<picture> both;
  for (renderer* by : {drawn_by.get(), shaders->get()}) {
    ASSERT_TRUE(by->show(flat_world(body_shape::cube)));
    both.push_back(*by->draw(covered));
  }
  EXPECT_GT(compare(both[0], draw(request())).largest, 100);
  EXPECT_LE(compare(both[0], both[1]).largest, 3);
  EXPECT_LT(compare(both[0], both[1]).mean, 0.1);
  EXPECT_EQ((*shaders)->message_count(), 0u);
}

TEST_F(overlays, other_figures_leave_nothing_of_those_before) {
  ASSERT_TRUE(drawn_by->show(flat_world(body_shape::cube)));
  auto few = request();
  few.over.panels.push_back({"figures", overlay_corner::upper_left, {"1"}, {}, 0, 0});
  const picture before = draw(few);
  auto many = few;
  many.over.panels[0].lines = {"a longer line than that", "and", "several", "of them"};
  EXPECT_NE(draw(many), before);
  EXPECT_EQ(draw(few), before);
  auto larger = few;
  larger.width *= 2;
  draw(larger);
  EXPECT_EQ(draw(few), before);
}

TEST(overlay_layer, is_mixed_in_by_opacity_where_it_is_marked_and_nowhere_else) {
  constexpr std::uint32_t width = 71; // neither whole squares nor whole vectors
  constexpr std::uint32_t height = 40;
  std::vector<std::uint8_t> over, under;
  std::uint32_t state = 7;
  auto next = [&state] { return state = state * 1664525 + 1013904223, state >> 24; };
  for (std::uint32_t i = 0; i < width * height; ++i) {
    const std::uint32_t opacity = next();
    for (int channel = 0; channel < 3; ++channel)
      over.push_back(static_cast<std::uint8_t>(next() * opacity / 255));
    over.push_back(static_cast<std::uint8_t>(opacity));
    for (int channel = 0; channel < 4; ++channel)
      under.push_back(static_cast<std::uint8_t>(next()));
  }
  auto in = [](std::vector<std::uint8_t>& of) {
    return mapped_pixels{of.data(), std::size_t{4} * width, width, height};
  };
  marked_squares where;
  where.begin(width, height);
  where.mark(33, 2, 70.5F, 33); // two of three columns of squares, both rows
  where.mark(-50, -50, 0, 0);   // beyond
  std::vector<std::uint8_t> mixed = under;
  mix_layer(in(over), where, in(mixed));
  for (std::size_t i = 0; i < mixed.size(); ++i) {
    const bool marked = i / 4 % width >= 32;
    const double shows = 1 - over[i / 4 * 4 + 3] / 255.0;
    ASSERT_NEAR(mixed[i], marked ? over[i] + under[i] * shows : under[i], marked ? 0.51 : 0) << i;
  }
}

TEST_F(overlays, a_curve_is_drawn_over_a_smooth_picture_too) {
  ASSERT_TRUE(drawn_by->show(flat_world(body_shape::cube)));
  auto with_curve = request();
  with_curve.smooth = true;
  const picture without = draw(with_curve);
  with_curve.over.panels.push_back(
    {"curve", overlay_corner::upper_left, {"frame"}, {10, 20, 15, 30}, 40, 33});
  EXPECT_TRUE(changed(without, draw(with_curve)));
}

} // namespace
} // namespace tessera::testing
