// Images are made here, byte by byte (PNG with stored deflate blocks), so that every way to break
// one can be tried. The real elevation model is loaded from configs/worlds.
#include "shards/terrain.hpp"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <limits>
#include <string>
#include <vector>

#include <unistd.h>

namespace tessera {
namespace {

namespace fs = std::filesystem;

fs::path source_root() {
#ifdef TESSERA_SOURCE_DIR
  return TESSERA_SOURCE_DIR;
#else
  return fs::absolute(fs::path(__FILE__)).parent_path().parent_path().parent_path();
#endif
}

std::string big_endian(std::uint32_t value) {
  return {static_cast<char>(value >> 24), static_cast<char>(value >> 16),
          static_cast<char>(value >> 8), static_cast<char>(value)};
}

std::uint32_t crc_of(const std::string& bytes) {
  std::uint32_t c = 0xFFFFFFFFu;
  for (char byte : bytes) {
    c ^= static_cast<unsigned char>(byte);
    for (int bit = 0; bit < 8; ++bit)
      c = (c & 1u) != 0 ? 0xEDB88320u ^ (c >> 1) : c >> 1;
  }
  return ~c;
}

std::string chunk(const std::string& type, const std::string& body) {
  return big_endian(static_cast<std::uint32_t>(body.size())) + type + body +
         big_endian(crc_of(type + body));
}

/// zlib stream of one stored block.
std::string stored(const std::string& raw) {
  std::uint32_t a = 1;
  std::uint32_t b = 0;
  for (char byte : raw) {
    a = (a + static_cast<unsigned char>(byte)) % 65521;
    b = (b + a) % 65521;
  }
  const auto size = static_cast<std::uint16_t>(raw.size());
  const auto inverse = static_cast<std::uint16_t>(~size);
  return std::string("\x78\x01\x01", 3) + static_cast<char>(size & 255) +
         static_cast<char>(size >> 8) + static_cast<char>(inverse & 255) +
         static_cast<char>(inverse >> 8) + raw + big_endian(b << 16 | a);
}

std::string png(std::uint32_t width, std::uint32_t height, int depth, int colour,
                const std::string& raw) {
  const std::string header = big_endian(width) + big_endian(height) + static_cast<char>(depth) +
                             static_cast<char>(colour) + std::string(3, '\0');
  return std::string("\x89PNG\r\n\x1a\n", 8) + chunk("IHDR", header) + chunk("IDAT", stored(raw)) +
         chunk("IEND", "");
}

/// Each row of a PNG starts with its filter, here none.
std::string grey_png(const std::vector<std::vector<std::uint16_t>>& rows) {
  std::string raw;
  for (const auto& row : rows) {
    raw += '\0';
    for (auto sample : row)
      raw += {static_cast<char>(sample >> 8), static_cast<char>(sample & 255)};
  }
  return png(static_cast<std::uint32_t>(rows[0].size()), static_cast<std::uint32_t>(rows.size()),
             16, 0, raw);
}

const std::vector<std::vector<std::uint16_t>> small_rows = {
  {100, 200, 400}, {300, 301, 302}, {0, 65535, 7}, {1000, 2000, 3000}};

const std::string small_toml = R"(image = "ground.png"
columns = 3
rows = 4
spacing_east_m = 10
spacing_north_m = 20.5
elevation_min_m = 0
elevation_max_m = 65535
)";

class terrain_files : public testing::Test {
protected:
  void SetUp() override {
    folder_ = fs::temp_directory_path() / ("tessera_terrain_" + std::to_string(getpid()));
    fs::create_directories(folder_);
    write("ground.png", grey_png(small_rows));
    write("ground.toml", small_toml);
  }
  void TearDown() override { fs::remove_all(folder_); }

  void write(const std::string& name, const std::string& bytes) {
    std::ofstream(folder_ / name, std::ios::binary) << bytes;
  }
  result<terrain> load() { return terrain::load(folder_ / "ground.toml"); }

  /// The message of a refusal, without the folder; "" if it loads.
  std::string refusal() {
    const auto loaded = load();
    if (loaded)
      return "";
    EXPECT_EQ(loaded.error().code, error_code::bad_world_file);
    std::string message = loaded.error().message;
    const std::string prefix = folder_.string() + "/";
    EXPECT_EQ(message.find(prefix), 0u) << message;
    return message.substr(prefix.size());
  }
  std::string refusal_of_toml(const std::string& from, const std::string& to) {
    std::string text = small_toml;
    text.replace(text.find(from), from.size(), to);
    write("ground.toml", text);
    return refusal();
  }

  fs::path folder_;
};

TEST_F(terrain_files, samples_lie_row_by_row_from_the_north_west) {
  const auto ground = load();
  ASSERT_TRUE(ground) << ground.error().message;
  EXPECT_EQ(ground->columns(), 3);
  EXPECT_EQ(ground->rows(), 4);
  EXPECT_EQ(ground->width_m(), 20);
  EXPECT_EQ(ground->depth_m(), 61.5);
  EXPECT_EQ(ground->min_m(), 0);
  EXPECT_EQ(ground->max_m(), 65535);
  ASSERT_EQ(ground->samples().size(), 12u);
  for (std::size_t row = 0; row < 4; ++row) {
    for (std::size_t column = 0; column < 3; ++column) {
      EXPECT_EQ(ground->samples()[row * 3 + column], small_rows[row][column]);
      EXPECT_EQ(ground->height_m(static_cast<double>(column) * 10, static_cast<double>(row) * 20.5),
                small_rows[row][column]);
    }
  }
}

TEST_F(terrain_files, heights_between_samples_are_bilinear) {
  const auto ground = load();
  ASSERT_TRUE(ground) << ground.error().message;
  EXPECT_EQ(ground->height_m(5, 0), 150);
  EXPECT_EQ(ground->height_m(0, 10.25), 200);
  EXPECT_EQ(ground->height_m(5, 10.25), 225.25f); // mean of 100, 200, 300, 301
  EXPECT_EQ(ground->height_m(12.5, 5.125), 262.8125f);
}

TEST_F(terrain_files, the_ground_beyond_the_edge_is_as_high_as_the_edge) {
  const auto ground = load();
  ASSERT_TRUE(ground) << ground.error().message;
  constexpr double inf = std::numeric_limits<double>::infinity();
  EXPECT_EQ(ground->height_m(-1, -1), 100);
  EXPECT_EQ(ground->height_m(-inf, 1e300), 1000);
  EXPECT_EQ(ground->height_m(inf, inf), 3000);
  EXPECT_EQ(ground->height_m(5, -7), 150);
  EXPECT_EQ(ground->height_m(25, 0), 400);
  EXPECT_EQ(ground->height_m(std::nan(""), std::nan("")), 100);
}

TEST_F(terrain_files, the_gradient_is_that_of_the_bilinear_surface) {
  const auto ground = load();
  ASSERT_TRUE(ground) << ground.error().message;
  const auto corner = ground->gradient(0, 0);
  EXPECT_EQ(corner.dx, 10);
  EXPECT_EQ(corner.dz, static_cast<float>(200 / 20.5));
  EXPECT_EQ(ground->slope(0, 0),
            static_cast<float>(std::hypot(10, static_cast<float>(200 / 20.5))));
  for (double east : {1.0, 4.5, 13.0, 19.0}) {
    for (double south : {2.0, 19.0, 33.0, 60.0}) {
      const auto g = ground->gradient(east, south);
      const double h = 0.25;
      const double dx =
        (ground->height_m(east + h, south) - ground->height_m(east - h, south)) / (2 * h);
      const double dz =
        (ground->height_m(east, south + h) - ground->height_m(east, south - h)) / (2 * h);
      EXPECT_NEAR(g.dx, dx, 0.02) << east << " " << south;
      EXPECT_NEAR(g.dz, dz, 0.02) << east << " " << south;
    }
  }
  EXPECT_EQ(ground->gradient(20, 61.5).dx, 100); // the far corner belongs to the last square
  EXPECT_EQ(ground->gradient(-1, 5).dx, 0);
  EXPECT_NE(ground->gradient(-1, 5).dz, 0);
  EXPECT_EQ(ground->gradient(21, 62).dx, 0);
  EXPECT_EQ(ground->gradient(21, 62).dz, 0);
}

TEST_F(terrain_files, the_fingerprint_follows_every_sample_and_spacing) {
  const auto before = load();
  ASSERT_TRUE(before) << before.error().message;
  EXPECT_EQ(before->fingerprint(), load()->fingerprint());
  auto rows = small_rows;
  rows[3][2] = 2999;
  write("ground.png", grey_png(rows));
  EXPECT_NE(before->fingerprint(), load()->fingerprint());
  write("ground.png", grey_png(small_rows));
  EXPECT_EQ(refusal_of_toml("20.5", "20.25"), "");
  EXPECT_NE(before->fingerprint(), load()->fingerprint());
}

TEST_F(terrain_files, missing_files_are_named) {
  EXPECT_EQ(terrain::load(folder_ / "none.toml").error().message,
            (folder_ / "none.toml").string() + ": no such file; expected the terrain's TOML");
  fs::remove(folder_ / "ground.png");
  EXPECT_EQ(refusal(), "ground.png: no such file; expected a 16-bit grey PNG");
}

TEST_F(terrain_files, an_8_bit_or_coloured_image_is_refused_by_name) {
  const std::string wanted = "; expected a 16-bit grey PNG without alpha";
  write("ground.png", png(3, 4, 8, 0, std::string(16, '\0')));
  EXPECT_EQ(refusal(), "ground.png: is 8-bit grey" + wanted);
  write("ground.png", png(3, 4, 16, 2, std::string(4 * 19, '\0')));
  EXPECT_EQ(refusal(), "ground.png: is 16-bit colour" + wanted);
  write("ground.png", png(3, 4, 16, 4, std::string(4 * 13, '\0')));
  EXPECT_EQ(refusal(), "ground.png: is 16-bit grey with alpha" + wanted);
  write("ground.png", png(3, 4, 8, 6, std::string(4 * 13, '\0')));
  EXPECT_EQ(refusal(), "ground.png: is 8-bit colour with alpha" + wanted);
}

TEST_F(terrain_files, an_image_of_another_size_than_its_toml_says_is_refused) {
  EXPECT_EQ(
    refusal_of_toml("columns = 3", "columns = 4"),
    "ground.png: has 3 columns and 4 rows; expected 4 columns and 4 rows, as its TOML says");
  EXPECT_EQ(
    refusal_of_toml("rows = 4", "rows = 3"),
    "ground.png: has 3 columns and 4 rows; expected 3 columns and 3 rows, as its TOML says");
}

TEST_F(terrain_files, heights_outside_the_named_elevations_are_refused) {
  EXPECT_EQ(refusal_of_toml("elevation_max_m = 65535", "elevation_max_m = 1076.5"),
            "ground.png: has heights from 0 to 65535 m; expected 0 m to 1076.5 m, as its TOML says "
            "(elevation_min_m, elevation_max_m)");
}

TEST_F(terrain_files, every_truncation_of_an_image_is_refused) {
  const std::string whole = grey_png(small_rows);
  for (std::size_t size = 0; size < whole.size(); ++size) {
    write("ground.png", whole.substr(0, size));
    const std::string message = refusal();
    EXPECT_NE(message.find("expected a"), std::string::npos) << size << ": " << message;
  }
}

TEST_F(terrain_files, every_flipped_bit_of_an_image_is_noticed) {
  const std::string whole = grey_png(small_rows);
  for (std::size_t at = 0; at < whole.size(); ++at) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string damaged = whole;
      damaged[at] = static_cast<char>(damaged[at] ^ (1 << bit));
      write("ground.png", damaged);
      EXPECT_NE(refusal(), "") << "byte " << at << " bit " << bit;
    }
  }
}

TEST_F(terrain_files, sound_checksums_do_not_save_pixels_that_do_not_decode) {
  const std::string header = big_endian(3) + big_endian(4) + std::string("\x10\0\0\0\0", 5);
  for (const std::string& body :
       {std::string("nonsense"), stored("too few"), std::string(1, 'x')}) {
    write("ground.png", std::string("\x89PNG\r\n\x1a\n", 8) + chunk("IHDR", header) +
                          chunk("IDAT", body) + chunk("IEND", ""));
    EXPECT_EQ(refusal(), "ground.png: is damaged: its pixels do not decode; expected an intact "
                         "16-bit grey PNG");
  }
  write("ground.png", std::string("\x89PNG\r\n\x1a\n", 8) + chunk("IHDR", header) +
                        chunk("IDAT", "") + chunk("IEND", ""));
  EXPECT_EQ(refusal(), "ground.png: has an empty IDAT chunk; expected a 16-bit grey PNG without");
  write("ground.png",
        std::string("\x89PNG\r\n\x1a\n", 8) + chunk("IHDR", header) + chunk("IEND", ""));
  EXPECT_EQ(refusal(),
            "ground.png: is damaged: its pixels do not decode; expected an intact 16-bit "
            "grey PNG");
  write("ground.png", "GIF89a, which is no PNG");
  EXPECT_EQ(refusal(), "ground.png: is not a PNG; expected a 16-bit grey PNG");
}

TEST_F(terrain_files, every_key_is_needed) {
  for (const std::string key : {"image", "columns", "rows", "spacing_east_m", "spacing_north_m",
                                "elevation_min_m", "elevation_max_m"}) {
    const std::string message = refusal_of_toml(key + " =", "other =");
    EXPECT_EQ(message.find("ground.toml: " + key + " is missing; expected "), 0u) << message;
  }
}

TEST_F(terrain_files, wrong_types_and_absurd_values_name_line_and_what_is_expected) {
  EXPECT_EQ(refusal_of_toml("image = \"ground.png\"", "image = 5"),
            "ground.toml:1: image is 5; expected the file name of a 16-bit grey PNG");
  EXPECT_EQ(refusal_of_toml("columns = 3", "columns = 3.0"),
            "ground.toml:2: columns is 3.0; expected a whole number from 2 to 65536");
  EXPECT_EQ(refusal_of_toml("rows = 4", "rows = 1"),
            "ground.toml:3: rows is 1; expected a whole number from 2 to 65536");
  EXPECT_EQ(refusal_of_toml("= 10", "= \"ten\""),
            "ground.toml:4: spacing_east_m is \"ten\"; expected a number from 0.01 to 100000");
  for (const std::string absurd : {"0", "-1", "1e9", "inf", "nan", "[1]", "{a = 1}", "true"}) {
    const std::string message = refusal_of_toml("20.5", absurd);
    EXPECT_EQ(message.find("ground.toml:5: spacing_north_m is "), 0u) << message;
  }
  EXPECT_EQ(refusal_of_toml("elevation_min_m = 0", "elevation_min_m = -5"),
            "ground.toml:6: elevation_min_m is -5; expected a number from 0 to 65535");
  EXPECT_EQ(refusal_of_toml("rows = 4", "rows = = 4").find("ground.toml:3: is not TOML: "), 0u);
}

TEST(terrain, the_real_elevation_model_loads) {
  const auto ground = terrain::load(source_root() / "configs/worlds/jacksboro_fault.toml");
  ASSERT_TRUE(ground) << ground.error().message;
  EXPECT_EQ(ground->columns(), 403);
  EXPECT_EQ(ground->rows(), 344);
  EXPECT_EQ(ground->min_m(), 236);
  EXPECT_EQ(ground->max_m(), 1076);
  EXPECT_NEAR(ground->width_m(), 29932.9, 0.1);
  EXPECT_NEAR(ground->depth_m(), 31820.1, 0.1);
}

TEST(terrain, heights_have_the_same_bits_in_every_build) {
  const auto ground = terrain::load(source_root() / "configs/worlds/jacksboro_fault.toml");
  ASSERT_TRUE(ground) << ground.error().message;
  EXPECT_EQ(ground->fingerprint(), 15296735282883539272ull);
  std::uint64_t sum = 0;
  for (int i = 0; i < 100000; ++i) {
    const double east = i * 0.31;
    const double south = (i % 997) * 32.7;
    const auto g = ground->gradient(east, south);
    for (float value : {ground->height_m(east, south), g.dx, g.dz, ground->slope(east, south)})
      sum = sum * 31 + std::bit_cast<std::uint32_t>(value);
  }
  EXPECT_EQ(sum, 2489404387154644411ull);
}

} // namespace
} // namespace tessera
