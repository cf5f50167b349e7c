// How long ticks took, in constant memory however long a world runs: buckets that are 1/64 of an
// octave wide, so a percentile is within 1 % of the truth. The longest is exact.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace tessera {

class duration_histogram {
public:
  void add(std::uint64_t ns) {
    ++counts_[bucket_of(ns)];
    ++count_;
    longest_ns_ = ns > longest_ns_ ? ns : longest_ns_;
  }

  std::uint64_t count() const { return count_; }
  double longest_ms() const { return static_cast<double>(longest_ns_) * 1e-6; }

  /// The duration that `share` of all stay below, 0 to 1; 0 if there are none.
  double percentile_ms(double share) const {
    if (count_ == 0)
      return 0;
    auto rank = static_cast<std::uint64_t>(share * static_cast<double>(count_ - 1));
    std::uint64_t below = 0;
    for (std::size_t b = 0; b < counts_.size(); ++b) {
      below += counts_[b];
      if (below > rank)
        return static_cast<double>(middle_of(b)) * 1e-6;
    }
    return longest_ms();
  }

private:
  // Bucket b >= 64 holds durations whose top seven bits are 1xxxxxx, by exponent; below 64 ns, one
  // each.
  static std::size_t bucket_of(std::uint64_t ns) {
    if (ns < 64)
      return static_cast<std::size_t>(ns);
    auto exponent = static_cast<unsigned>(std::bit_width(ns)) - 7;
    return std::size_t{exponent} * 64 + static_cast<std::size_t>(ns >> exponent);
  }
  static std::uint64_t middle_of(std::size_t bucket) {
    if (bucket < 64)
      return bucket;
    std::size_t exponent = bucket / 64 - 1;
    std::uint64_t low = (64 + bucket % 64) << exponent;
    return low + ((std::uint64_t{1} << exponent) >> 1);
  }

  std::array<std::uint64_t, 64 * 59> counts_{};
  std::uint64_t count_ = 0;
  std::uint64_t longest_ns_ = 0;
};

} // namespace tessera
