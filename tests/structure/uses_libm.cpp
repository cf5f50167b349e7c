// What tests/structure/no_libm.py must find.
#include <cmath>

float height_of_wave(float x) {
  return std::sin(x);
}
