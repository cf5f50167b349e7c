// libFuzzer target for the journal's reader. Started without a corpus it begins from a valid
// journal of each kind of switches; inputs that found something are kept in corpus/journal.
#include "tests/persistence/journal_input.hpp"

#include <cstdint>
#include <cstring>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  tessera::read_any_bytes_as_journal({reinterpret_cast<const std::byte*>(data), size});
  return 0;
}

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t most);

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size,
                                               std::size_t most, unsigned seed) {
  // From nothing no mutation finds a magic number.
  if (size < 4096 && seed % 8 != 0) {
    const auto valid = tessera::valid_journal_input(static_cast<std::byte>(seed >> 8 & 31));
    if (valid.size() <= most) {
      std::memcpy(data, valid.data(), valid.size());
      return valid.size();
    }
  }
  return LLVMFuzzerMutate(data, size, most);
}
