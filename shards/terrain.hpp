// Ground heights from a 16-bit grey image and a TOML file beside it.
//
// Always true of a loaded terrain: at least 2 x 2 samples, each within the elevations that its TOML
// names; it never changes, so all threads read one object through a const pointer. Sample (0, 0) is
// the north-west corner and lies at (0, 0); row 0 is the north edge; x runs east along a row, z
// runs south over the rows. Samples are whole metres above sea level.
//
// Heights and gradients are computed in double, in one written order, and rounded to float once:
// the same bits in every build that keeps contraction off.
#pragma once

#include "core/error.hpp"

#include <cstdint>
#include <filesystem>
#include <span>
#include <vector>

namespace tessera {

/// Metres of rise per metre walked east (dx) and south (dz).
struct ground_gradient {
  float dx = 0;
  float dz = 0;
};

class terrain {
public:
  /// Reads the TOML and the image that it names beside it. The keys, all required: image (a file
  /// name, relative to the TOML), columns, rows (2 to 65536), spacing_east_m, spacing_north_m (0.01
  /// to 100000), elevation_min_m, elevation_max_m (0 to 65535; every sample lies between them).
  /// Other keys are left to whoever added them.
  ///
  /// Errors are of bad_world_file and name the file, what was found and what is expected: a file
  /// missing, no TOML, a key missing or of a wrong type or impossible; an image that is no PNG,
  /// damaged or cut short (all of its checksums are checked), not 16-bit grey, or of another size.
  static result<terrain> load(const std::filesystem::path& path);

  /// Height in metres, bilinear between the four samples around. Beyond the edge the ground goes on
  /// at the edge's height; NaN counts as 0.
  float height_m(double east_m, double south_m) const;

  /// Slope of that surface along its axes: of the square south-east of a point on a sample's line,
  /// of the last square on the far edges; 0 along an axis on which the point is beyond the edge.
  ground_gradient gradient(double east_m, double south_m) const;

  /// Length of the gradient: metres of rise per metre walked straight uphill.
  float slope(double east_m, double south_m) const;

  /// Metres from the first to the last sample of a row, and of a column.
  double width_m() const { return (columns_ - 1) * spacing_east_m_; }
  double depth_m() const { return (rows_ - 1) * spacing_north_m_; }

  /// Lowest and highest sample.
  float min_m() const { return min_m_; }
  float max_m() const { return max_m_; }

  int columns() const { return columns_; }
  int rows() const { return rows_; }
  double spacing_east_m() const { return spacing_east_m_; }
  double spacing_north_m() const { return spacing_north_m_; }

  /// Row by row from the north, west to east: columns() * rows() values in metres.
  std::span<const std::uint16_t> samples() const { return samples_; }

  /// The image that its TOML names.
  const std::filesystem::path& image() const { return image_; }

  /// Hash of samples, size and spacings: equal for terrains that give equal heights everywhere.
  std::uint64_t fingerprint() const { return fingerprint_; }

private:
  /// Four samples and the place between them.
  struct square;

  terrain() = default;
  square square_at(double east_m, double south_m) const;

  std::filesystem::path image_;
  int columns_ = 0;
  int rows_ = 0;
  double spacing_east_m_ = 0;
  double spacing_north_m_ = 0;
  float min_m_ = 0;
  float max_m_ = 0;
  std::uint64_t fingerprint_ = 0;
  std::vector<std::uint16_t> samples_;
};

} // namespace tessera
