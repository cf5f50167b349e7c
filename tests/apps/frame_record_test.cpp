// Records of frames: what is kept, what goes into files and comes back, what of two records got worse.
#include "apps/frame_comparison.hpp"
#include "apps/frame_export.hpp"
#include "tests/apps/command_runner.hpp"

#include <gtest/gtest.h>

#include <sstream>

namespace tessera {
namespace {

using testing::run_command;

frame_row row_at(double at_s, double frame_ms = 33) {
  frame_row row;
  row.at_s = at_s;
  row.frame_ms = frame_ms;
  row.parts_ms = {0.5, 1.25, 2, 0, 3, frame_ms / 2, 1};
  row.tick = static_cast<tick_number>(at_s * 20);
  row.tick_interval_ms = 50;
  row.tick_busy_ms = 4.125;
  row.bodies = 4'000'000'000;
  row.by_level = {1, 22, 333, 4444};
  row.ground_tiles = 55;
  row.draw_calls = 12;
  row.rung = 3;
  return row;
}

frame_record record_of(const std::vector<frame_row>& rows) {
  frame_record out;
  for (const auto& row : rows)
    out.add(row);
  return out;
}

std::string csv_of(const frame_record& record) {
  std::ostringstream out;
  write_frames_csv(out, record);
  return out.str();
}
std::string json_of(const frame_record& record) {
  std::ostringstream out;
  write_frames_json(out, record, {"a \"world\"", "llvmpipe"});
  return out.str();
}

TEST(frame_record, keeps_five_minutes) {
  frame_record record;
  for (int i = 0; i <= 1000; ++i)
    record.add(row_at(i));
  EXPECT_EQ(record.rows().front().at_s, 700);
  EXPECT_EQ(record.rows().size(), 301u);
}

TEST(frame_record, holds_no_more_however_fast_frames_come) {
  frame_record record;
  for (std::size_t i = 0; i < frame_record::most + 5; ++i)
    record.add(row_at(static_cast<double>(i) * 1e-4));
  EXPECT_EQ(record.rows().size(), frame_record::most);
  EXPECT_EQ(record.rows().front(), row_at(5 * 1e-4));
}

TEST(frame_export, csv_and_json_come_back_as_they_were_written) {
  std::vector<frame_row> rows{row_at(0.25), row_at(0.5, 41.5), row_at(1.000001, 0.5)};
  rows[2].tick = 9'007'199'254'740'992;
  const frame_record record = record_of(rows);
  for (const auto& text : {csv_of(record), json_of(record)}) {
    const auto read = read_frames(text, "f");
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(*read, rows) << text;
  }
  EXPECT_EQ(nlohmann::json::parse(json_of(record))["world"], "a \"world\"");
}

TEST(frame_export, a_record_without_frames_is_one_too) {
  for (const auto& text : {csv_of({}), json_of({})}) {
    const auto read = read_frames(text, "f");
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_TRUE(read->empty());
  }
}

TEST(frame_export, what_is_malformed_is_refused_with_line_found_and_expected) {
  const frame_record record = record_of({row_at(0.25), row_at(0.5), row_at(0.75)});
  const std::string csv = csv_of(record);
  const std::string json = json_of(record);
  auto changed = [](std::string text, const std::string& from, const std::string& to) {
    const auto at = text.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    return text.replace(at, from.size(), to);
  };
  struct wrong {
    std::string text;
    std::vector<std::string> says;
  };
  const std::vector<wrong> cases{
    {"", {"f:1:", "found nothing", "at_s,frame_ms"}},
    {"a,b\n1,2\n", {"f:1:", "found \"a,b\"", "at_s,frame_ms"}},
    {changed(csv, "\n0.500000,33.000", "\n0.500000,often"),
     {"f:3:", "found \"often\" in column frame_ms", "expected a number"}},
    {changed(csv, "\n0.500000,33.000", "\n0.500000,-33"),
     {"f:3:", "found \"-33\" in column frame_ms", "from 0"}},
    {changed(csv, "\n0.500000,33.000", "\n0.500000,inf"), {"f:3:", "found \"inf\"", "from 0"}},
    {changed(csv, "\n0.500000,33.000", "\n0.500000,"), {"f:3:", "found \"\"", "a number"}},
    {changed(csv, "\n0.500000,", "\n"), {"f:3:", "found 19 fields", "expected 20"}},
    {changed(csv, "4000000000", "4294967296"), {"f:2:", "in column bodies", "2^32 - 1"}},
    {changed(csv, "4000000000", "1.5"), {"f:2:", "in column bodies", "a whole number"}},
    {changed(csv, "\n0.750000", "\n0.250000"), {"f:4:", "at_s 0.250000", "0.500000"}},
    {csv + "\n", {"f:5:", "found 1 fields", "expected 20"}},
    {changed(json, "[0.500000", "[\"x\""), {"f:8:", "found \"x\" in column at_s", "a number"}},
    {changed(json, "[0.500000,", "["), {"f:8:", "found 19 numbers", "an array of 20"}},
    {changed(json, "[0.500000", "[-1"), {"f:8:", "found -1 in column at_s", "from 0"}},
    {changed(json, "[0.750000", "[0.1"), {"f:9:", "at_s 0.100000", "0.500000"}},
    {json.substr(0, json.size() / 2), {"the end of the file", "JSON"}},
    {changed(json, "[0.500000,", "[0.500000 "), {"f:8:", "expected JSON"}},
    {changed(json, "tessera frames 1", "tessera frames 9"),
     {"f:1:", "tessera frames 9", "tessera frames 1"}},
    {changed(json, "\"draw_ms\"", "\"drew_ms\""), {"\"columns\"", "draw_ms"}},
    {"[1, 2]", {"f:1:", "found nothing as \"format\""}},
  };
  for (const auto& one : cases) {
    const auto read = read_frames(one.text, "f");
    ASSERT_FALSE(read) << one.text;
    EXPECT_EQ(read.error().code, error_code::bad_bytes);
    for (const auto& word : one.says)
      EXPECT_NE(read.error().message.find(word), std::string::npos)
        << word << " in " << read.error().message;
  }
}

TEST(time_figures, are_of_the_slowest_hundredth_too) {
  std::vector<double> times;
  for (int i = 1; i <= 200; ++i)
    times.push_back(i);
  const auto f = figures_of(times);
  EXPECT_EQ(f.median_ms, 100);
  EXPECT_EQ(f.p99_ms, 198);
  EXPECT_EQ(f.longest_ms, 200);
  EXPECT_EQ(f.low_ms, 199.5);
  EXPECT_EQ(figures_of(std::vector<double>{}).count, 0u);
}

TEST(frame_comparison, a_tick_counts_once_however_many_frames_show_it) {
  std::vector<frame_row> rows;
  for (int i = 0; i < 10; ++i) {
    rows.push_back(row_at(i));
    rows.back().tick = i < 9 ? 7 : 8;
    rows.back().tick_busy_ms = i < 9 ? 100 : 1;
  }
  EXPECT_EQ(figures_of(rows).tick_busy.count, 2u);
  EXPECT_EQ(figures_of(rows).frame.count, 10u);
}

TEST(frame_comparison, more_than_five_percent_is_worse) {
  auto compared = [](double before_ms, double after_ms) {
    return compared_figure{"frame max", before_ms, after_ms};
  };
  EXPECT_FALSE(compared(100, 105).worse());
  EXPECT_TRUE(compared(100, 105.01).worse());
  EXPECT_FALSE(compared(100, 50).worse());
  EXPECT_FALSE(compared(0, 50).worse()) << "there is nothing to compare with";
  EXPECT_FALSE((compared_figure{"draw max", std::nullopt, 3.0}).worse());
}

class perf_diff : public ::testing::Test {
protected:
  std::string written(const std::string& name, double frame_ms, bool json = false) {
    std::vector<frame_row> rows;
    rows.reserve(100);
    for (int i = 0; i < 100; ++i)
      rows.push_back(row_at(i * 0.05, frame_ms));
    return folder.write(name, json ? json_of(record_of(rows)) : csv_of(record_of(rows)));
  }
  testing::scratch_folder folder;
};

TEST_F(perf_diff, shows_before_after_and_change_and_marks_what_got_worse) {
  const auto ended =
    run_command({"perf", "diff", written("a.csv", 30), written("b.json", 36, true)});
  EXPECT_EQ(ended.code, 0) << ended.err;
  std::istringstream lines(ended.out);
  std::string frame;
  std::string tick;
  for (std::string line; std::getline(lines, line);) {
    frame = line.starts_with("frame median") ? line : frame;
    tick = line.starts_with("tick busy median") ? line : tick;
  }
  for (const char* word : {"30", "36", "+20.0 %", "worse"})
    EXPECT_NE(frame.find(word), std::string::npos) << word << " in " << frame;
  EXPECT_NE(tick.find("+0.0 %"), std::string::npos) << tick;
  EXPECT_EQ(tick.find("worse"), std::string::npos) << tick;
  EXPECT_NE(ended.out.find("8 figures got worse"), std::string::npos) << ended.out;
}

TEST_F(perf_diff, against_itself_nothing_got_worse) {
  const std::string same = written("a.csv", 30);
  const auto ended = run_command({"perf", "diff", same, same});
  EXPECT_NE(ended.out.find("Nothing got worse by more than 5 %"), std::string::npos) << ended.out;
  EXPECT_EQ(ended.out.find("worse\n"), std::string::npos) << ended.out;
}

TEST_F(perf_diff, answers_as_json_too) {
  const auto ended =
    run_command({"perf", "diff", written("a.csv", 30), written("b.csv", 36), "--json"});
  const auto answer = nlohmann::json::parse(ended.out);
  EXPECT_EQ(answer["before"]["frames"], 100);
  ASSERT_EQ(answer["figures"].size(), 16u);
  EXPECT_EQ(answer["figures"][0]["name"], "frame median");
  EXPECT_EQ(answer["figures"][0]["worse"], true);
  EXPECT_NEAR(answer["figures"][0]["change"].get<double>(), 0.2, 1e-9);
}

TEST_F(perf_diff, refuses_what_is_no_record_naming_file_and_line) {
  const std::string fine = written("a.csv", 30);
  const std::string broken = folder.write("broken.csv", testing::read_file(fine) + "1,2\n");
  const std::string empty = folder.write("empty.csv", csv_of({}));
  for (const auto& [path, says] : {std::pair(broken, broken + ":102: found 2 fields"),
                                   std::pair(empty, empty + ": no frame is in it"),
                                   std::pair(folder.path("none.csv"), std::string("none.csv"))}) {
    const auto ended = run_command({"perf", "diff", fine, path});
    EXPECT_EQ(ended.code, 1);
    EXPECT_EQ(ended.out, "");
    EXPECT_NE(ended.err.find(says), std::string::npos) << says << " in " << ended.err;
  }
}

} // namespace
} // namespace tessera
