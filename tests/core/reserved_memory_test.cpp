// reserved_memory: addresses stay, untouched bytes are 0, and nothing is used before it is touched.
#include "core/reserved_memory.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <system_error>
#include <type_traits>
#include <utility>
#include <vector>

namespace tessera {
namespace {

TEST(reserved_memory, reserving_a_gigabyte_uses_no_memory) {
  reserved_memory memory(std::size_t{1} << 30);
  EXPECT_EQ(memory.size(), std::size_t{1} << 30);
  EXPECT_EQ(memory.resident_bytes(), 0u);
}

TEST(reserved_memory, bytes_read_as_zero_wherever_they_are_first_touched) {
  reserved_memory memory(std::size_t{1} << 30);
  for (std::size_t at : {std::size_t{0}, std::size_t{12345}, memory.size() - 1})
    EXPECT_EQ(memory.data()[at], std::byte{0});
}

TEST(reserved_memory, only_touched_pages_become_resident) {
  reserved_memory memory(64 * small_page_bytes);
  memory.data()[3 * small_page_bytes] = std::byte{1};
  EXPECT_EQ(memory.resident_bytes(), small_page_bytes);
}

TEST(reserved_memory, starts_on_a_page_boundary_and_rounds_its_size_up) {
  reserved_memory memory(1);
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(memory.data()) % small_page_bytes, 0u);
  EXPECT_EQ(memory.size(), small_page_bytes);
}

TEST(reserved_memory, nothing_is_mapped_for_no_bytes) {
  reserved_memory memory(0);
  EXPECT_EQ(memory.data(), nullptr);
  EXPECT_EQ(memory.size(), 0u);
}

TEST(reserved_memory, moving_hands_the_bytes_over_and_leaves_nothing) {
  static_assert(!std::is_copy_constructible_v<reserved_memory>);
  reserved_memory first(small_page_bytes);
  first.data()[7] = std::byte{42};
  std::byte* address = first.data();
  reserved_memory second = std::move(first);
  EXPECT_EQ(first.data(),
            nullptr); // NOLINT(bugprone-use-after-move): the moved-from state is specified
  EXPECT_EQ(second.data(), address);
  second = reserved_memory(small_page_bytes);
  EXPECT_EQ(second.data()[7], std::byte{0});
}

TEST(reserved_memory, discarded_pages_read_as_zero_and_their_neighbours_stay) {
  reserved_memory memory(4 * small_page_bytes);
  std::memset(memory.data(), 0xAB, memory.size());
  memory.discard(100, 2 * small_page_bytes); // the one whole page inside
  EXPECT_EQ(memory.data()[small_page_bytes - 1], std::byte{0xAB});
  EXPECT_EQ(memory.data()[small_page_bytes], std::byte{0});
  EXPECT_EQ(memory.data()[2 * small_page_bytes], std::byte{0xAB});
}

TEST(reserved_memory, preparing_and_collapsing_keep_contents) {
  reserved_memory memory(4 * huge_page_bytes);
  memory.data()[5] = std::byte{9};
  memory.prepare(100, 2 * huge_page_bytes + 17);
  memory.collapse(0, memory.size());
  EXPECT_EQ(memory.data()[5], std::byte{9});
  EXPECT_EQ(memory.data()[huge_page_bytes], std::byte{0});
}

TEST(reserved_memory, a_size_that_no_machine_has_is_an_error_that_names_it) {
  try {
    reserved_memory memory(std::size_t{1} << 60);
    FAIL() << "reserved 2^60 bytes";
  } catch (const std::system_error& refused) {
    EXPECT_NE(std::string(refused.what()).find("1152921504606846976"), std::string::npos);
  }
}

} // namespace
} // namespace tessera
