// One line per figure: what was measured, what must be reached; as JSON (form: results.py) if asked for.
#pragma once

#include <array>
#include <cstdio>
#include <string>
#include <string_view>

namespace tessera::bench {

struct figure {
  std::string name; ///< "trace/armed_record"
  double measured = 0;
  const char* unit = "x"; ///< "x": a ratio
  double reach = 0;       ///< 0: only shown
  bool higher = false;    ///< is better
  std::string detail{};
};

class reporter {
public:
  /// As JSON where one of the arguments is --tessera_json.
  reporter(int argc, char** argv) {
    for (int i = 1; i < argc; ++i)
      as_json_ = as_json_ || std::string_view(argv[i]) == "--tessera_json";
  }

  void print(const figure& f) const {
    if (as_json_) {
      const bool ratio = std::string_view(f.unit) == "x";
      std::printf(R"({"name": "%s", "%s": %.4g, )", f.name.c_str(), ratio ? "ratio" : "value",
                  f.measured);
      if (f.reach != 0)
        std::printf(R"("reach": %g, )", f.reach);
      std::printf(R"("better": "%s", "unit": "%s"})"
                  "\n",
                  f.higher ? "higher" : "lower", f.unit);
    } else {
      std::array<char, 32> reach{};
      if (f.reach != 0)
        std::snprintf(reach.data(), reach.size(), "reach %s %g", f.higher ? ">=" : "<=", f.reach);
      std::printf("%-44s %9.3f %-9s %-14s %s\n", f.name.c_str(), f.measured, f.unit, reach.data(),
                  f.detail.c_str());
    }
    std::fflush(stdout);
  }

private:
  bool as_json_ = false;
};

} // namespace tessera::bench
