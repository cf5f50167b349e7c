// The machine's own file system behind the interface, the calls made of it, CRC32C and batches.
#include "journal_records.hpp"
#include "persistence/batch_writer.hpp"
#include "persistence/crc32c.hpp"
#include "simulated_disk.hpp"

#include <filesystem>
#include <unistd.h>

namespace tessera {
namespace {

class posix_files_test : public testing::Test {
protected:
  posix_files_test()
    : root_(std::filesystem::temp_directory_path() /
            ("tessera_files_" + std::to_string(::getpid()))) {
    std::filesystem::create_directories(root_);
  }
  ~posix_files_test() override { std::filesystem::remove_all(root_); }
  std::string at(const std::string& name) const { return (root_ / name).string(); }
  file_system& fs_ = posix_files();
  std::filesystem::path root_;
};

TEST_F(posix_files_test, a_file_is_written_anywhere_read_and_cut) {
  auto made = fs_.open(at("a"), file_system::mode::create_new);
  ASSERT_TRUE(fine(made));
  ASSERT_TRUE(fine((*made)->write(5, bytes_of("hello"))));
  ASSERT_TRUE(fine((*made)->sync()));
  EXPECT_EQ(*(*made)->size(), 10u);
  std::vector<std::byte> out(20, std::byte{1});
  EXPECT_EQ(*(*made)->read(3, out), 7u);
  EXPECT_EQ(text_of(std::span(out).first(7)), std::string("\0\0hello", 7));
  EXPECT_EQ(*(*made)->read(10, out), 0u);
  ASSERT_TRUE(fine((*made)->resize(6)));
  EXPECT_EQ(*(*made)->size(), 6u);
  EXPECT_GE((*made)->descriptor(), 0);
}

TEST_F(posix_files_test, errors_name_path_call_and_reason) {
  const auto missing = fs_.open(at("none"), file_system::mode::read);
  ASSERT_FALSE(missing.has_value());
  EXPECT_EQ(missing.error().code, error_code::not_there);
  EXPECT_EQ(missing.error().message, at("none") + ": open: No such file or directory");
  ASSERT_TRUE(fine(fs_.open(at("a"), file_system::mode::create_new)));
  EXPECT_EQ(fs_.open(at("a"), file_system::mode::create_new).error().code, error_code::io_failure);
  EXPECT_EQ(fs_.list(at("none")).error().code, error_code::not_there);
  EXPECT_EQ(fs_.remove(at("none")).error().code, error_code::not_there);
  const auto full = fs_.open("/dev/full", file_system::mode::write);
  ASSERT_TRUE(fine(full));
  const auto written = (*full)->write(0, bytes_of("x"));
  ASSERT_FALSE(written.has_value());
  EXPECT_EQ(written.error().code, error_code::disk_full);
}

TEST_F(posix_files_test, directories_are_made_listed_and_removed) {
  ASSERT_TRUE(fine(fs_.make_directory(at("d"))));
  ASSERT_TRUE(fine(fs_.make_directory(at("d"))));
  EXPECT_FALSE(fs_.make_directory(at("no/d")).has_value());
  ASSERT_TRUE(fine(fs_.open(at("d/z"), file_system::mode::create_new)));
  ASSERT_TRUE(fine(fs_.make_directory(at("d/e"))));
  ASSERT_TRUE(fine(fs_.rename(at("d/z"), at("d/a"))));
  ASSERT_TRUE(fine(fs_.sync_directory(at("d"))));
  const auto entries = fs_.list(at("d"));
  ASSERT_TRUE(fine(entries));
  ASSERT_EQ(entries->size(), 2u);
  EXPECT_EQ((*entries)[0].name, "a");
  EXPECT_TRUE((*entries)[1].is_directory);
  ASSERT_TRUE(fine(fs_.remove(at("d/a"))));
  ASSERT_TRUE(fine(fs_.remove_directory(at("d/e"))));
  EXPECT_GT(*fs_.free_bytes(at("d")), 0u);
}

TEST_F(posix_files_test, a_whole_file_is_read_unless_it_is_too_large) {
  ASSERT_TRUE(fine(replace_file(fs_, at("f"), bytes_of("first"))));
  ASSERT_TRUE(fine(replace_file(fs_, at("f"), bytes_of("second"))));
  const auto read = read_file(fs_, at("f"), 6);
  ASSERT_TRUE(fine(read));
  EXPECT_EQ(text_of(*read), "second");
  EXPECT_EQ(read_file(fs_, at("f"), 5).error().code, error_code::bad_bytes);
  EXPECT_EQ(fs_.list(root_.string())->size(), 1u);
}

TEST(replace_file, leaves_the_old_or_the_new_at_any_call) {
  for (std::uint64_t k = 0; k < 7; ++k)
    for (std::uint64_t seed = 0; seed < 50; ++seed) {
      simulated_disk disk(seed);
      ASSERT_TRUE(fine(replace_file(disk, "f", bytes_of("old"))));
      disk.fail_calls(k, error_code::io_failure);
      const bool replaced = replace_file(disk, "f", bytes_of("new bytes")).has_value();
      disk.crash();
      const auto read = read_file(disk, "f", 100);
      ASSERT_TRUE(fine(read));
      const std::string text = text_of(*read);
      EXPECT_TRUE(text == "new bytes" || (text == "old" && !replaced)) << text;
      EXPECT_TRUE(fine(replace_file(disk, "f", bytes_of("later"))));
    }
}

TEST(crc32c, is_that_of_the_standard_and_goes_on_from_a_seed) {
  const auto bytes = bytes_of("123456789");
  EXPECT_EQ(crc32c(bytes), 0xE3069283u);
  EXPECT_EQ(crc32c({}), 0u);
  for (std::size_t i = 0; i <= bytes.size(); ++i)
    EXPECT_EQ(crc32c(std::span(bytes).subspan(i), crc32c(std::span(bytes).first(i))), 0xE3069283u);
  EXPECT_EQ(crc32c(std::vector<std::byte>(32)), 0x8A9136AAu); // RFC 3720, B.4
}

class batch_writer_test : public posix_files_test, public testing::WithParamInterface<bool> {};

TEST_P(batch_writer_test, writes_many_files_with_several_requests_each) {
  const auto writer = make_batch_writer(GetParam());
  constexpr std::size_t files = 300; // more than the ring holds at once
  std::vector<std::unique_ptr<file>> open;
  std::vector<write_request> requests;
  const auto first = bytes_of("first");
  const auto second = bytes_of("second");
  for (std::size_t i = 0; i < files; ++i) {
    open.push_back(*fs_.open(at(std::to_string(i)), file_system::mode::create_new));
    requests.push_back({open.back().get(), 0, first, "a"});
    if (i % 3 == 0)
      requests.push_back({open.back().get(), 5, second, "a"});
  }
  ASSERT_TRUE(fine(writer->write(requests, true)));
  ASSERT_TRUE(fine(writer->write({}, true)));
  for (std::size_t i = 0; i < files; ++i)
    EXPECT_EQ(text_of(*read_file(fs_, at(std::to_string(i)), 100)),
              i % 3 == 0 ? "firstsecond" : "first");
}

TEST_P(batch_writer_test, an_error_names_its_file_and_comes_after_all_is_done) {
  const auto writer = make_batch_writer(GetParam());
  const auto good = *fs_.open(at("good"), file_system::mode::create_new);
  const auto full = *fs_.open("/dev/full", file_system::mode::write);
  const auto bytes = bytes_of("bytes");
  const std::vector<write_request> requests = {{good.get(), 0, bytes, "good"},
                                               {full.get(), 0, bytes, "/dev/full"}};
  const auto written = writer->write(requests, true);
  ASSERT_FALSE(written.has_value());
  EXPECT_EQ(written.error().code, error_code::disk_full) << written.error().message;
  EXPECT_NE(written.error().message.find("/dev/full"), std::string::npos);
  EXPECT_TRUE(fine(writer->write(std::span(requests).first(1), true)));
}

INSTANTIATE_TEST_SUITE_P(writers, batch_writer_test, testing::Bool(),
                         [](const auto& about) { return about.param ? "io_uring" : "pwrite"; });

} // namespace
} // namespace tessera
