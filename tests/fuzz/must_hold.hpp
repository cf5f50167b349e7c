// How a fuzz target says that something is wrong: it ends the program, as a fuzzer wants it.
#pragma once

#include <cstdio>
#include <cstdlib>

namespace tessera::fuzz {

inline void must_hold(bool fine, const char* what) {
  if (!fine) {
    std::fprintf(stderr, "must hold: %s\n", what);
    std::abort();
  }
}

} // namespace tessera::fuzz
