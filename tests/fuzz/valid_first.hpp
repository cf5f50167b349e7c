// For targets whose inputs no mutation finds from nothing: a libFuzzer mutator that now and then begins
// with a valid input again. Include it in a target's only file.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

/// What the target takes for valid; `seed` chooses among several.
static std::vector<std::byte> valid_input(unsigned seed);

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t most);

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size,
                                               std::size_t most, unsigned seed) {
  constexpr unsigned one_in = 16;
  if (size < 2 || seed % one_in == 0) {
    const auto valid = valid_input(seed / one_in);
    if (valid.size() <= most) {
      std::memcpy(data, valid.data(), valid.size());
      size = valid.size();
    }
  }
  return LLVMFuzzerMutate(data, size, most);
}
