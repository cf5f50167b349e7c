#include "data_directory_samples.hpp"
#include "simulated_disk.hpp"

#include <gtest/gtest.h>

#include <array>
#include <csignal>
#include <filesystem>
#include <string>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

namespace tessera {
namespace {

using namespace data_directory_samples;

TEST(data_directory, what_was_created_is_opened_again) {
  simulated_disk fs(1);
  {
    const auto made = create(fs, "data/");
    ASSERT_TRUE(made) << made.error().message;
    EXPECT_EQ(made->path(), "data");
    expect_sound(fs, *made);
  }
  const auto opened = data_directory::open(fs, dir);
  ASSERT_TRUE(opened) << opened.error().message;
  EXPECT_EQ(opened->current().layout, "2x1");
  EXPECT_EQ(opened->current().inputs.size(), 3u);
  expect_sound(fs, *opened);
  EXPECT_TRUE(*data_directory::exists(fs, dir));
}

TEST(data_directory, no_world_is_made_over_another_or_over_other_files) {
  simulated_disk fs(1);
  ASSERT_TRUE(create(fs));
  const auto again = create(fs);
  ASSERT_FALSE(again);
  EXPECT_NE(again.error().message.find("data holds a world already"), std::string::npos);

  ASSERT_TRUE(fs.make_directory("home"));
  ASSERT_TRUE(replace_file(fs, "home/letter.txt", bytes_of("dear")));
  EXPECT_EQ(*data_directory::look(fs, "home"), directory_state::foreign);
  const auto foreign = create(fs, "home");
  ASSERT_FALSE(foreign);
  EXPECT_EQ(fs.list("home")->size(), 1u);
  EXPECT_FALSE(*data_directory::exists(fs, "home"));
}

TEST(data_directory, a_lost_manifest_is_damage_and_no_new_world_is_made_over_it) {
  simulated_disk fs(1);
  ASSERT_TRUE(create(fs));
  ASSERT_TRUE(fs.remove("data/MANIFEST"));
  EXPECT_EQ(create(fs).error().code, error_code::corrupt);
  EXPECT_EQ(data_directory::open(fs, dir).error().code, error_code::corrupt);
  EXPECT_EQ(data_directory::open_to_read(fs, dir).error().code, error_code::corrupt);
}

TEST(data_directory, a_damaged_manifest_is_refused_and_stays_as_it_is) {
  simulated_disk fs(1);
  ASSERT_TRUE(create(fs));
  fs.flip_bit("data/MANIFEST", 321);
  const auto before = fs.contents("data/MANIFEST");
  EXPECT_EQ(data_directory::open(fs, dir).error().code, error_code::corrupt);
  EXPECT_FALSE(create(fs));
  EXPECT_EQ(fs.contents("data/MANIFEST"), before);
}

TEST(data_directory, an_input_that_leads_outside_is_refused_before_anything_is_made) {
  simulated_disk fs(1);
  const std::vector<world_input> inputs = {{"../world.toml", {}}};
  EXPECT_EQ(data_directory::create(fs, dir, inputs, some_manifest()).error().code,
            error_code::failure);
  EXPECT_TRUE(fs.list("")->empty());
}

TEST(data_directory, a_changed_or_lost_input_is_named) {
  simulated_disk fs(1);
  const auto made = create(fs);
  ASSERT_TRUE(made);
  fs.flip_bit("data/world/world.toml", 17);
  EXPECT_EQ(made->world_files().error().code, error_code::corrupt);
  ASSERT_TRUE(fs.remove("data/world/world.toml"));
  EXPECT_EQ(made->world_files().error().code, error_code::corrupt);
  EXPECT_NE(made->world_files().error().message.find("world.toml"), std::string::npos);
}

TEST(data_directory, the_newest_two_checkpoints_are_kept_or_as_many_as_wanted) {
  simulated_disk fs(1);
  auto in = create(fs);
  ASSERT_TRUE(in);
  for (const tick_number tick : {100, 200, 300})
    ASSERT_TRUE(take_checkpoint(fs, *in, tick));
  EXPECT_EQ(ticks_of(*in), (std::vector<tick_number>{200, 300}));
  expect_sound(fs, *in);
  ASSERT_TRUE(in->commit_checkpoint(*write_files(fs, *in, 400), 3));
  EXPECT_EQ(ticks_of(*in), (std::vector<tick_number>{200, 300, 400}));
  ASSERT_TRUE(in->commit_checkpoint(*write_files(fs, *in, 500), 1));
  EXPECT_EQ(ticks_of(*in), (std::vector<tick_number>{500}));
  expect_sound(fs, *in);
  expect_sound(fs, *data_directory::open(fs, dir));
}

TEST(data_directory, a_checkpoint_that_is_old_or_not_written_does_not_come_to_count) {
  simulated_disk fs(1);
  auto in = create(fs);
  ASSERT_TRUE(take_checkpoint(fs, *in, 100));
  const auto before = in->current();
  EXPECT_EQ(in->commit_checkpoint({100, 0, {}}).error().code, error_code::failure);
  EXPECT_EQ(in->commit_checkpoint({200, 0, {{0, "none", 1, 1}}}).error().code, error_code::failure);
  auto wrong_size = *write_files(fs, *in, 300);
  ++wrong_size.files[1].bytes;
  EXPECT_EQ(in->commit_checkpoint(wrong_size).error().code, error_code::failure);
  EXPECT_EQ(in->current(), before);
  EXPECT_EQ(data_directory::open_to_read(fs, dir)->current(), before);
}

TEST(data_directory, a_checkpoint_file_in_the_place_of_another_is_found) {
  simulated_disk fs(1);
  auto in = create(fs);
  ASSERT_TRUE(take_checkpoint(fs, *in, 100));
  const auto& checkpoint = in->current().checkpoints[0];
  fs.set_contents(in->checkpoint_path(checkpoint.files[0].name),
                  fs.contents(in->checkpoint_path(checkpoint.files[1].name)));
  EXPECT_EQ(in->open_checkpoint(checkpoint, checkpoint.files[0], nullptr).error().code,
            error_code::corrupt);
  EXPECT_TRUE(in->open_checkpoint(checkpoint, checkpoint.files[1], nullptr));
}

TEST(data_directory, files_of_no_checkpoint_are_removed_by_who_goes_on_and_left_by_tools) {
  simulated_disk fs(1);
  {
    auto in = create(fs);
    ASSERT_TRUE(take_checkpoint(fs, *in, 100));
    ASSERT_TRUE(write_files(fs, *in, 200));
  }
  EXPECT_EQ(fs.list("data/checkpoints")->size(), 4u);
  const auto before = fs.files();
  ASSERT_TRUE(data_directory::open_to_read(fs, dir));
  EXPECT_EQ(fs.files(), before);
  const auto opened = data_directory::open(fs, dir);
  ASSERT_TRUE(opened);
  expect_sound(fs, *opened);
}

TEST(data_directory, who_opened_it_to_read_cannot_commit) {
  simulated_disk fs(1);
  ASSERT_TRUE(create(fs));
  auto reading = data_directory::open_to_read(fs, dir);
  const auto calls = fs.calls();
  EXPECT_EQ(reading->commit(reading->current()).error().code, error_code::failure);
  EXPECT_EQ(reading->commit_checkpoint({1, 2, {}}).error().code, error_code::failure);
  EXPECT_EQ(fs.calls(), calls);
}

TEST(data_directory, after_a_failed_commit_nothing_more_is_committed_until_it_is_opened_anew) {
  simulated_disk fs(1);
  auto in = create(fs);
  auto next = in->current();
  next.epochs.push_back({2, 50});
  fs.fail_calls(2, error_code::disk_full, 1);
  EXPECT_EQ(in->commit(next).error().code, error_code::disk_full);
  EXPECT_EQ(in->current().epochs.size(), 1u);
  const auto calls = fs.calls();
  EXPECT_EQ(in->commit(next).error().code, error_code::disk_full);
  EXPECT_EQ(fs.calls(), calls);
  auto opened = data_directory::open(fs, dir);
  ASSERT_TRUE(opened);
  EXPECT_TRUE(opened->commit(next));
}

TEST(data_directory, a_manifest_of_another_world_is_not_committed) {
  simulated_disk fs(1);
  auto in = create(fs);
  auto next = in->current();
  next.identity.world[3] = std::byte{1};
  EXPECT_EQ(in->commit(next).error().code, error_code::failure);
}

TEST(data_directory, bytes_are_reported_by_kind) {
  simulated_disk fs(1);
  auto in = create(fs);
  ASSERT_TRUE(take_checkpoint(fs, *in, 100));
  ASSERT_TRUE(replace_file(fs, in->journal_path() + "/one", bytes_of("12345")));
  ASSERT_TRUE(replace_file(fs, in->aside_path() + "/torn", bytes_of("123")));
  const auto bytes = in->disk_bytes();
  ASSERT_TRUE(bytes);
  EXPECT_EQ(bytes->world, 5000u + 15u);
  EXPECT_EQ(bytes->journal, 5u);
  EXPECT_EQ(bytes->border, 0u);
  EXPECT_EQ(bytes->aside, 3u);
  const auto& files = in->current().checkpoints[0].files;
  EXPECT_EQ(bytes->checkpoints, files[0].bytes + files[1].bytes);
  EXPECT_EQ(bytes->other, fs.contents("data/MANIFEST").size());
}

/// A directory of the machine's own file system that goes with the test.
class on_disk : public testing::Test {
protected:
  void SetUp() override {
    std::string name = testing::TempDir() + "tessera_data_XXXXXX";
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    root_ = name;
  }
  void TearDown() override { std::filesystem::remove_all(root_); }
  std::string root_;
};

using data_directory_on_disk = on_disk;

TEST_F(data_directory_on_disk, a_second_process_is_refused_with_the_pid_of_the_first) {
  const auto path = root_ + "/data";
  auto made = create(posix_files(), path);
  ASSERT_TRUE(made) << made.error().message;
  const std::string owner = "process " + std::to_string(::getpid());
  const pid_t child = ::fork();
  if (child == 0) {
    const auto opened = data_directory::open(posix_files(), path);
    const bool refused = !opened && opened.error().code == error_code::in_use &&
                         opened.error().message.find(owner + " ") != std::string::npos;
    ::_exit(refused && data_directory::open_to_read(posix_files(), path) ? 0 : 1);
  }
  int status = -1;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  EXPECT_EQ(data_directory::open(posix_files(), path).error().code, error_code::in_use);
}

TEST_F(data_directory_on_disk, the_lock_ends_with_its_owner_even_when_that_is_killed) {
  const auto path = root_ + "/data";
  ASSERT_TRUE(create(posix_files(), path));
  std::array<int, 2> to_us{}, to_child{};
  ASSERT_EQ(::pipe(to_us.data()), 0);
  ASSERT_EQ(::pipe(to_child.data()), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    ::close(to_child[1]);
    const auto opened = data_directory::open(posix_files(), path);
    char done = opened ? 'y' : 'n';
    // Waits to be killed; should the test end before that, the read does too.
    ::_exit(::write(to_us[1], &done, 1) + ::read(to_child[0], &done, 1) == 1 ? 0 : 1);
  }
  ::close(to_child[0]);
  char done = 'n';
  EXPECT_EQ(::read(to_us[0], &done, 1), 1);
  EXPECT_EQ(done, 'y');
  const auto refused = data_directory::open(posix_files(), path);
  EXPECT_FALSE(refused);
  if (!refused) {
    EXPECT_NE(refused.error().message.find("process " + std::to_string(child)), std::string::npos)
      << refused.error().message;
  }
  ::kill(child, SIGKILL);
  ASSERT_EQ(::waitpid(child, nullptr, 0), child);
  EXPECT_TRUE(refused || data_directory::open(posix_files(), path));
  for (const int end : {to_us[0], to_us[1], to_child[1]})
    ::close(end);
}

TEST_F(data_directory_on_disk, opening_what_is_no_world_leaves_no_lock_behind) {
  EXPECT_EQ(data_directory::open(posix_files(), root_).error().code, error_code::not_there);
  EXPECT_EQ(data_directory::open(posix_files(), root_ + "/none").error().code,
            error_code::not_there);
  EXPECT_TRUE(std::filesystem::is_empty(root_));
}

TEST_F(data_directory_on_disk, checkpoints_are_kept_on_the_machines_own_disk_as_well) {
  const auto path = root_ + "/data";
  auto& fs = posix_files();
  {
    auto in = create(fs, path);
    for (const tick_number tick : {100, 200, 300})
      ASSERT_TRUE(take_checkpoint(fs, *in, tick));
  }
  const auto opened = data_directory::open(fs, path);
  ASSERT_TRUE(opened) << opened.error().message;
  EXPECT_EQ(ticks_of(*opened), (std::vector<tick_number>{200, 300}));
  expect_sound(fs, *opened);
}

} // namespace
} // namespace tessera
