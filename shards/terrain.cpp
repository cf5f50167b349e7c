#include "shards/terrain.hpp"

#include "core/hash.hpp"

#include <array>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>

#include <toml.hpp>

#define STB_IMAGE_IMPLEMENTATION
#define STB_IMAGE_STATIC
#define STBI_ONLY_PNG
#define STBI_NO_HDR
#define STBI_NO_LINEAR
#define STBI_NO_STDIO
#define STBI_NO_FAILURE_STRINGS
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-function"
#include <stb/stb_image.h>
#pragma GCC diagnostic pop

namespace tessera {

namespace {

namespace fs = std::filesystem;
using bytes = std::vector<unsigned char>;

/// The largest image by far is 65536 x 65536 x 2 bytes; a TOML beside it is a page.
constexpr std::uintmax_t most_image_bytes = std::uintmax_t{1} << 33;
constexpr std::uintmax_t most_text_bytes = std::uintmax_t{1} << 16;

tl::unexpected<error> refuse(const std::string& where, const std::string& what) {
  return fail(error_code::bad_world_file, where + ": " + what);
}

result<bytes> read_file(const fs::path& path, std::uintmax_t most, const std::string& kind) {
  std::error_code ec;
  if (!fs::is_regular_file(path, ec))
    return refuse(path.string(), "no such file; expected " + kind);
  const auto size = fs::file_size(path, ec);
  if (ec || size > most)
    return refuse(path.string(), ec ? "cannot be read: " + ec.message()
                                    : "is " + std::to_string(size) + " bytes long; expected " +
                                        kind + " of at most " + std::to_string(most));
  std::ifstream file(path, std::ios::binary);
  bytes out(static_cast<std::size_t>(size));
  file.read(reinterpret_cast<char*>(out.data()), static_cast<std::streamsize>(out.size()));
  if (!file)
    return refuse(path.string(), "cannot be read; expected " + kind);
  return out;
}

// --- the TOML ------------------------------------------------------------------------------------

struct description {
  fs::path image;
  std::int64_t columns = 0;
  std::int64_t rows = 0;
  double spacing_east_m = 0;
  double spacing_north_m = 0;
  double elevation_min_m = 0;
  double elevation_max_m = 0;
};

/// Takes keys out of a table and keeps the first error.
class key_reader {
public:
  key_reader(const toml::value& table, std::string file) : table_(table), file_(std::move(file)) {}

  std::int64_t integer(const char* key, std::int64_t least, std::int64_t most) {
    const std::string allowed =
      "a whole number from " + std::to_string(least) + " to " + std::to_string(most);
    const toml::value* value = find(key, allowed);
    if (value == nullptr)
      return least;
    if (!value->is_integer() || value->as_integer() < least || value->as_integer() > most)
      return complain(key, *value, allowed), least;
    return value->as_integer();
  }

  double number(const char* key, double least, double most) {
    std::ostringstream text;
    text << "a number from " << least << " to " << most;
    const toml::value* value = find(key, text.str());
    if (value == nullptr)
      return least;
    const double x = value->is_integer()    ? static_cast<double>(value->as_integer())
                     : value->is_floating() ? value->as_floating()
                                            : std::nan("");
    if (!(x >= least && x <= most))
      return complain(key, *value, text.str()), least;
    return x;
  }

  std::string text(const char* key, const std::string& allowed) {
    const toml::value* value = find(key, allowed);
    if (value == nullptr)
      return {};
    if (!value->is_string() || value->as_string().str.empty())
      return complain(key, *value, allowed), std::string();
    return value->as_string().str;
  }

  const std::optional<error>& first_error() const { return error_; }

private:
  const toml::value* find(const char* key, const std::string& allowed) {
    const auto& table = table_.as_table();
    const auto found = table.find(key);
    if (found != table.end())
      return &found->second;
    keep(file_ + ": " + key + " is missing; expected " + allowed);
    return nullptr;
  }

  void complain(const char* key, const toml::value& value, const std::string& allowed) {
    std::ostringstream found;
    if (value.is_table() || value.is_array())
      found << (value.is_table() ? "a table" : "an array");
    else
      found << value;
    keep(file_ + ":" + std::to_string(value.location().line()) + ": " + key + " is " + found.str() +
         "; expected " + allowed);
  }

  void keep(std::string message) {
    if (!error_)
      error_ = error{error_code::bad_world_file, std::move(message)};
  }

  const toml::value& table_;
  std::string file_;
  std::optional<error> error_;
};

result<toml::value> parse(const fs::path& path) {
  const auto text = read_file(path, most_text_bytes, "the terrain's TOML");
  if (!text)
    return tl::unexpected(text.error());
  std::istringstream stream(std::string(text->begin(), text->end()));
  try {
    return toml::parse(stream, path.string());
  } catch (const toml::exception& e) {
    const std::string what = e.what();
    return refuse(path.string() + ":" + std::to_string(e.location().line()),
                  "is not TOML: " + what.substr(0, what.find('\n')));
  } catch (const std::exception& e) {
    return refuse(path.string(), std::string("is not TOML: ") + e.what());
  }
}

result<description> read_description(const fs::path& path) {
  const auto table = parse(path);
  if (!table)
    return tl::unexpected(table.error());
  key_reader keys(*table, path.string());
  description d;
  d.image = path.parent_path() / keys.text("image", "the file name of a 16-bit grey PNG");
  d.columns = keys.integer("columns", 2, 65536);
  d.rows = keys.integer("rows", 2, 65536);
  d.spacing_east_m = keys.number("spacing_east_m", 0.01, 100000);
  d.spacing_north_m = keys.number("spacing_north_m", 0.01, 100000);
  d.elevation_min_m = keys.number("elevation_min_m", 0, 65535);
  d.elevation_max_m = keys.number("elevation_max_m", d.elevation_min_m, 65535);
  if (keys.first_error())
    return tl::unexpected(*keys.first_error());
  return d;
}

// --- the PNG -------------------------------------------------------------------------------------
// stb decodes, but converts 8-bit and colour without a word and checks no checksum; so chunks,
// their CRC-32 and the header are checked here (PNG specification, 3rd edition, 5 and 11.2.1).

constexpr std::array<std::uint32_t, 256> crc_table = [] {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t i = 0; i < 256; ++i) {
    std::uint32_t c = i;
    for (int bit = 0; bit < 8; ++bit)
      c = (c & 1u) != 0 ? 0xEDB88320u ^ (c >> 1) : c >> 1;
    table[i] = c;
  }
  return table;
}();

std::uint32_t crc32(const unsigned char* from, std::size_t size) {
  std::uint32_t c = 0xFFFFFFFFu;
  for (std::size_t i = 0; i < size; ++i)
    c = crc_table[(c ^ from[i]) & 255u] ^ (c >> 8);
  return ~c;
}

std::uint32_t big_endian(const unsigned char* p) {
  return std::uint32_t{p[0]} << 24 | std::uint32_t{p[1]} << 16 | std::uint32_t{p[2]} << 8 | p[3];
}

std::string name_of_colour(unsigned type) {
  switch (type) {
    case 0: return "grey";
    case 2: return "colour";
    case 3: return "palette";
    case 4: return "grey with alpha";
    case 6: return "colour with alpha";
    default: return "colour type " + std::to_string(type);
  }
}

/// What the header says must be what the description says.
result<void> check_header(const std::string& file, const unsigned char* header,
                          const description& expected) {
  const unsigned depth = header[8];
  const unsigned colour = header[9];
  if (depth != 16 || colour != 0)
    return refuse(file, "is " + std::to_string(depth) + "-bit " + name_of_colour(colour) +
                          "; expected a 16-bit grey PNG without alpha");
  const auto width = big_endian(header);
  const auto height = big_endian(header + 4);
  if (width != expected.columns || height != expected.rows)
    return refuse(file, "has " + std::to_string(width) + " columns and " + std::to_string(height) +
                          " rows; expected " + std::to_string(expected.columns) + " columns and " +
                          std::to_string(expected.rows) + " rows, as its TOML says");
  return {};
}

/// Walks all chunks from IHDR to IEND.
result<void> check_png(const std::string& file, const bytes& png, const description& expected) {
  static constexpr std::array<unsigned char, 8> signature = {137, 'P', 'N', 'G', 13, 10, 26, 10};
  if (png.size() < signature.size() ||
      std::memcmp(png.data(), signature.data(), signature.size()) != 0)
    return refuse(file, "is not a PNG; expected a 16-bit grey PNG");
  bool header_seen = false;
  for (std::size_t at = signature.size(); png.size() - at >= 12;) {
    const std::size_t size = big_endian(&png[at]);
    if (size > png.size() - at - 12)
      break;
    const std::string_view type(reinterpret_cast<const char*>(&png[at + 4]), 4);
    if (crc32(&png[at + 4], size + 4) != big_endian(&png[at + 8 + size]))
      return refuse(file, "is damaged: a wrong checksum in the chunk at byte " +
                            std::to_string(at) + "; expected an intact 16-bit grey PNG");
    if (!header_seen) {
      if (type != "IHDR" || size != 13)
        return refuse(file, "is damaged: no IHDR chunk first; expected a 16-bit grey PNG");
      if (auto ok = check_header(file, &png[at + 8], expected); !ok)
        return ok;
      header_seen = true;
    }
    if (type == "IDAT" && size == 0) // allowed by the specification, but stb copies from null
      return refuse(file, "has an empty IDAT chunk; expected a 16-bit grey PNG without");
    if (type == "IEND")
      return {};
    at += size + 12;
  }
  return refuse(file, "is cut short: it ends after " + std::to_string(png.size()) +
                        " bytes without an IEND chunk; expected a whole 16-bit grey PNG");
}

result<std::vector<std::uint16_t>> read_samples(const description& d) {
  const std::string file = d.image.string();
  const auto png = read_file(d.image, most_image_bytes, "a 16-bit grey PNG");
  if (!png)
    return tl::unexpected(png.error());
  if (auto ok = check_png(file, *png, d); !ok)
    return tl::unexpected(ok.error());
  if (png->size() > 0x7FFFFFFF)
    return refuse(file,
                  "is " + std::to_string(png->size()) + " bytes long; expected less than 2 GiB");
  int width = 0;
  int height = 0;
  int channels = 0;
  const std::unique_ptr<stbi_us, void (*)(void*)> pixels(
    stbi_load_16_from_memory(png->data(), static_cast<int>(png->size()), &width, &height, &channels,
                             1),
    stbi_image_free);
  if (!pixels || width != d.columns || height != d.rows)
    return refuse(file, "is damaged: its pixels do not decode; expected an intact 16-bit grey PNG");
  const auto count = static_cast<std::size_t>(d.columns * d.rows);
  return std::vector<std::uint16_t>(pixels.get(), pixels.get() + count);
}

std::string format_m(double metres) {
  std::ostringstream text;
  text << metres << " m";
  return text.str();
}

} // namespace

struct terrain::square {
  double north_west;
  double north_east;
  double south_west;
  double south_east;
  double x; ///< 0 at the west side, 1 at the east side
  double z; ///< 0 at the north side, 1 at the south side
};

namespace {

/// Place along one axis, in samples: the index of the square, and how far into it.
struct along {
  std::size_t index;
  double rest;
};

along locate(double metres, double spacing_m, int samples) {
  const double last = samples - 1;
  double at = metres / spacing_m;
  if (!(at > 0)) // NaN too
    at = 0;
  if (at > last)
    at = last;
  auto index = static_cast<std::size_t>(at);
  if (index > static_cast<std::size_t>(samples - 2))
    index = static_cast<std::size_t>(samples - 2);
  return {index, at - static_cast<double>(index)};
}

} // namespace

terrain::square terrain::square_at(double east_m, double south_m) const {
  const along x = locate(east_m, spacing_east_m_, columns_);
  const along z = locate(south_m, spacing_north_m_, rows_);
  const std::uint16_t* north =
    samples_.data() + z.index * static_cast<std::size_t>(columns_) + x.index;
  const std::uint16_t* south = north + columns_;
  return {static_cast<double>(north[0]),
          static_cast<double>(north[1]),
          static_cast<double>(south[0]),
          static_cast<double>(south[1]),
          x.rest,
          z.rest};
}

float terrain::height_m(double east_m, double south_m) const {
  const square s = square_at(east_m, south_m);
  const double north = s.north_west + (s.north_east - s.north_west) * s.x;
  const double south = s.south_west + (s.south_east - s.south_west) * s.x;
  return static_cast<float>(north + (south - north) * s.z);
}

ground_gradient terrain::gradient(double east_m, double south_m) const {
  const square s = square_at(east_m, south_m);
  const double north_rise = s.north_east - s.north_west;
  const double south_rise = s.south_east - s.south_west;
  const double west_rise = s.south_west - s.north_west;
  const double east_rise = s.south_east - s.north_east;
  const bool beyond_x = east_m < 0 || east_m > width_m();
  const bool beyond_z = south_m < 0 || south_m > depth_m();
  const double dx = (north_rise + (south_rise - north_rise) * s.z) / spacing_east_m_;
  const double dz = (west_rise + (east_rise - west_rise) * s.x) / spacing_north_m_;
  return {beyond_x ? 0.0f : static_cast<float>(dx), beyond_z ? 0.0f : static_cast<float>(dz)};
}

float terrain::slope(double east_m, double south_m) const {
  const ground_gradient g = gradient(east_m, south_m);
  const double dx = g.dx;
  const double dz = g.dz;
  return static_cast<float>(std::sqrt(dx * dx + dz * dz));
}

result<terrain> terrain::load(const std::filesystem::path& path) {
  const auto d = read_description(path);
  if (!d)
    return tl::unexpected(d.error());
  auto samples = read_samples(*d);
  if (!samples)
    return tl::unexpected(samples.error());

  terrain made;
  made.image_ = d->image;
  made.columns_ = static_cast<int>(d->columns);
  made.rows_ = static_cast<int>(d->rows);
  made.spacing_east_m_ = d->spacing_east_m;
  made.spacing_north_m_ = d->spacing_north_m;
  std::uint64_t hash = hash_name("terrain");
  for (auto word : {static_cast<std::uint64_t>(d->columns), static_cast<std::uint64_t>(d->rows),
                    std::bit_cast<std::uint64_t>(d->spacing_east_m),
                    std::bit_cast<std::uint64_t>(d->spacing_north_m)})
    hash = hash_combine(hash, word);
  std::uint16_t lowest = 65535;
  std::uint16_t highest = 0;
  for (std::uint16_t sample : *samples) {
    lowest = std::min(lowest, sample);
    highest = std::max(highest, sample);
    hash = hash_combine(hash, sample);
  }
  if (lowest < d->elevation_min_m || highest > d->elevation_max_m)
    return refuse(d->image.string(), "has heights from " + std::to_string(lowest) + " to " +
                                       std::to_string(highest) + " m; expected " +
                                       format_m(d->elevation_min_m) + " to " +
                                       format_m(d->elevation_max_m) +
                                       ", as its TOML says (elevation_min_m, elevation_max_m)");
  made.min_m_ = lowest;
  made.max_m_ = highest;
  made.fingerprint_ = hash;
  made.samples_ = std::move(*samples);
  return made;
}

} // namespace tessera
