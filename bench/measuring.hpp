// What every benchmark needs: values or the end, medians.
#pragma once

#include "core/error.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

namespace tessera::bench {

[[noreturn]] inline void die(const std::string& why) {
  std::fprintf(stderr, "benchmark: %s\n", why.c_str());
  std::exit(1);
}

template <class T>
T or_die(result<T> r) {
  if (!r)
    die(r.error().message);
  return std::move(*r);
}

/// The value below which `share` of the others lie. Not of an empty list.
inline double percentile(std::vector<double> values, double share) {
  if (values.empty())
    die("nothing was measured");
  auto at = static_cast<std::size_t>(share * static_cast<double>(values.size() - 1) + 0.5);
  std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(at), values.end());
  return values[at];
}

inline double median(std::vector<double> values) {
  return percentile(std::move(values), 0.5);
}

} // namespace tessera::bench
