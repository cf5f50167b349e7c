// One line per figure: what was measured, what must be reached; as JSON (form: results.py) if asked for.
#pragma once

#include <array>
#include <cstdio>
#include <string>
#include <string_view>

namespace tessera::bench {

/// Which side of `reach` is good.
enum class better { lower, higher };

struct figure {
  std::string name; ///< "armed_record"; the reporter puts the program's prefix before it
  double measured = 0;
  const char* unit = "x"; ///< "x": a ratio
  double reach = 0;       ///< 0: only shown
  bench::better better = bench::better::lower;
  std::string detail{}; ///< printed only, not in JSON
};

/// Prints on standard output. One thread.
class reporter {
public:
  explicit reporter(std::string prefix) : prefix_(std::move(prefix)) {}

  /// True, and lines are JSON from now on, if `argument` asks for that.
  bool takes(std::string_view argument) {
    bool asks = argument == "--tessera_json";
    as_json_ = as_json_ || asks;
    return asks;
  }
  bool as_json() const { return as_json_; }
  /// Figures so far on the wrong side of their reach.
  int short_of_reach() const { return short_of_reach_; }

  void print(const figure& f) {
    bool higher = f.better == better::higher;
    bool met = f.reach == 0 || (higher ? f.measured >= f.reach : f.measured <= f.reach);
    short_of_reach_ += met ? 0 : 1;
    if (as_json_) {
      const bool ratio = std::string_view(f.unit) == "x";
      std::printf(R"({"name": "%s%s", "%s": %.4g, )", prefix_.c_str(), f.name.c_str(),
                  ratio ? "ratio" : "value", f.measured);
      if (f.reach != 0)
        std::printf(R"("reach": %g, )", f.reach);
      std::printf(R"("better": "%s", "unit": "%s"})"
                  "\n",
                  higher ? "higher" : "lower", f.unit);
    } else {
      std::array<char, 32> reach{};
      if (f.reach != 0)
        std::snprintf(reach.data(), reach.size(), "%s %g %s", higher ? ">=" : "<=", f.reach,
                      met ? "met" : "SHORT");
      std::printf("%-52s %9.3f %-8s %-14s %s\n", f.name.c_str(), f.measured, f.unit, reach.data(),
                  f.detail.c_str());
    }
    std::fflush(stdout);
  }

private:
  std::string prefix_;
  bool as_json_ = false;
  int short_of_reach_ = 0;
};

} // namespace tessera::bench
