#include "persistence/journal_format.hpp"
#include "tests/apps/kept_folder.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstring>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <thread>
#include <tuple>

namespace tessera {
namespace {

using nlohmann::json;
using testing::run_command;

class log_test : public ::testing::Test {
protected:
  testing::scratch_folder folder;

  json json_of(std::vector<std::string> arguments, int code = 0) {
    arguments.push_back("--json");
    auto ended = run_command(arguments);
    EXPECT_EQ(ended.code, code) << ended.out << ended.err;
    return json::parse(ended.out);
  }
  std::string segment(const std::string& data, const std::string& name) const {
    return data + "/journal/" + name;
  }
};

/// Commands by when they apply.
void sort_commands(std::vector<json>& lines) {
  std::sort(lines.begin(), lines.end(), [](const json& l, const json& r) {
    auto order = [](const json& c) {
      return std::tuple(c["tick"].get<int>(), c["session"].get<int>(), c["seq"].get<int>());
    };
    return order(l) < order(r);
  });
}

TEST_F(log_test, commands_that_are_shown_run_again_to_the_same_world) {
  const auto data = testing::make_kept_store(folder);
  auto shown = run_command({"log", "show", data, "--commands"});
  ASSERT_EQ(shown.code, 0) << shown.err;
  auto given = testing::read_json_lines(folder.path("in.jsonl"));
  const std::string again = folder.write("again.jsonl", shown.out);
  auto ended =
    run_command({"run", folder.path("w.toml"), "--speed", "max", "--ticks", "60", "--commands",
                 again, "--report", folder.path("again.json"), "--shards", "1x1"});
  ASSERT_EQ(ended.code, 0) << ended.err;
  EXPECT_EQ(testing::read_json(folder.path("again.json"))["world_hash"],
            testing::read_json(folder.path("report.json"))["world_hash"]);
  // They are the lines that were given, in the order in which they applied; a spawn names its one component
  // among "components".
  auto shown_lines = testing::read_json_lines(again);
  sort_commands(given);
  ASSERT_EQ(shown_lines.size(), given.size());
  for (std::size_t i = 0; i < given.size(); ++i) {
    if (given[i]["op"] == "spawn") {
      given[i]["components"] = {{given[i]["component"], given[i]["value"]}};
      given[i].erase("component");
      given[i].erase("value");
    }
    EXPECT_EQ(shown_lines[i], given[i]);
  }
}

TEST_F(log_test, show_names_tick_shard_and_fields_and_the_hash_of_every_tick) {
  const auto data = testing::make_kept_store(folder);
  auto shown = run_command({"log", "show", data, "--json"});
  ASSERT_EQ(shown.code, 0) << shown.err;
  std::map<std::uint64_t, std::string> hashes;
  std::set<std::string> kinds;
  std::set<int> shards;
  for (const auto& text : testing::lines_of(shown.out)) {
    const auto record = json::parse(text);
    kinds.insert(record["kind"]);
    shards.insert(record["shard"].get<int>());
    if (record["kind"] == "world_hash") {
      EXPECT_EQ(record["state"], record["tick"].get<int>() + 1);
      hashes[record["state"]] = record["hash"];
    }
  }
  EXPECT_EQ(kinds, (std::set<std::string>{"commands", "commands_of_nobody", "world_hash"}));
  EXPECT_EQ(shards, (std::set<int>{0, 1, 2, 3}));
  EXPECT_EQ(hashes.size(), 60u);
  EXPECT_EQ(hashes[60], testing::read_json(folder.path("report.json"))["world_hash"]);
  auto words = run_command({"log", "show", data, "--from", "2", "--to", "2"});
  EXPECT_NE(words.out.find(R"("component":"value","value":{"a":"18446744073709551615","c":1}})"),
            std::string::npos)
    << words.out;
  EXPECT_EQ(words.out.find("tick 3"), std::string::npos);
  EXPECT_NE(words.out.find("after 3 ticks"), std::string::npos) << words.out;
}

TEST_F(log_test, one_shards_log_and_a_range_of_ticks_hold_nothing_else) {
  const auto data = testing::make_kept_store(folder);
  auto shown =
    run_command({"log", "show", data, "--json", "--shard", "2", "--from", "10", "--to", "30"});
  ASSERT_EQ(shown.code, 0) << shown.err;
  ASSERT_FALSE(shown.out.empty());
  for (const auto& text : testing::lines_of(shown.out)) {
    const auto record = json::parse(text);
    EXPECT_EQ(record["shard"], 2);
    EXPECT_GE(record["tick"], 10);
    EXPECT_LE(record["tick"], 30);
  }
  auto none = run_command({"log", "show", data, "--from", "5000"});
  EXPECT_EQ(none.code, 0);
  EXPECT_EQ(none.out, "");
  EXPECT_NE(none.err.find("ticks 0 to 59"), std::string::npos) << none.err;
}

TEST_F(log_test, list_and_stats_agree_with_what_was_sent) {
  const auto data = testing::make_kept_store(folder);
  const auto sent = testing::read_json_lines(folder.path("in.jsonl"));
  auto list = json_of({"log", "list", data});
  EXPECT_EQ(list["first_tick"], 0);
  EXPECT_EQ(list["next_tick"], 60);
  EXPECT_EQ(list["clean_stop"], true);
  ASSERT_EQ(list["shards"].size(), 4u);
  EXPECT_EQ(list["shards"][0]["last_tick"], 59);
  auto stats = json_of({"log", "stats", data});
  std::map<std::string, std::uint64_t> by_op;
  std::map<std::uint64_t, std::uint64_t> by_session;
  for (const auto& line : sent) {
    ++by_op[line["op"]];
    ++by_session[line["session"]];
  }
  for (const auto& [op, count] : by_op)
    EXPECT_EQ(stats["commands"][op], count) << op;
  ASSERT_EQ(stats["sessions"].size(), by_session.size());
  for (const auto& session : stats["sessions"])
    EXPECT_EQ(session["commands"], by_session[session["session"]]);
  std::uint64_t sum = 0;
  for (const auto& shard : stats["shards"])
    sum += shard["commands"].get<std::uint64_t>();
  EXPECT_EQ(sum, sent.size());
  EXPECT_GE(stats["rounds"], 1);
}

TEST_F(log_test, a_sound_journal_verifies_whichever_layout_went_on_with_it) {
  const auto data = testing::make_kept_store(folder);
  auto on =
    run_command({"run", "--data", data, "--speed", "max", "--ticks", "90", "--shards", "1x2"});
  ASSERT_EQ(on.code, 0) << on.err;
  auto verified = json_of({"log", "verify", data});
  EXPECT_EQ(verified["sound"], true);
  EXPECT_EQ(verified["next_tick"], 90);
  EXPECT_GT(verified["records"], 90);
  EXPECT_EQ(json_of({"log", "list", data})["epochs"].size(), 2u);
  auto words = run_command({"log", "verify", data});
  EXPECT_NE(words.out.find("sound: ticks 0 to 89"), std::string::npos) << words.out;
  EXPECT_NE(words.out.find("GB/s"), std::string::npos) << words.out;
}

TEST_F(log_test, damage_is_named_with_file_offset_and_what_is_lost) {
  const auto data = testing::make_kept_store(folder);
  const auto file = segment(data, "shard-00001-e000001-s000001.log");
  testing::damage_file(file, 4096 + 64 + 20);
  auto words = run_command({"log", "verify", data});
  EXPECT_EQ(words.code, 7) << words.out << words.err;
  EXPECT_NE(words.out.find("damaged: " + file + ", byte 4096"), std::string::npos) << words.out;
  EXPECT_NE(words.out.find(" to 59 of epoch 1"), std::string::npos) << words.out;
  EXPECT_NE(words.out.find("The world itself goes on"), std::string::npos) << words.out;
  auto told = json_of({"log", "verify", data}, 7);
  EXPECT_EQ(told["sound"], false);
  EXPECT_EQ(told["damage"][0]["offset"], 4096);
  EXPECT_EQ(told["lost"][0]["to"], 59);
  EXPECT_EQ(told["recovers"], true); // from the checkpoint of the clean stop
  for (const char* tool : {"list", "show", "stats"})
    EXPECT_EQ(run_command({"log", tool, data}).code, 7) << tool;
}

TEST_F(log_test, every_flipped_bit_of_a_used_log_is_noticed_and_nothing_is_written) {
  const auto data = testing::make_kept_store(folder);
  const auto file = segment(data, "shard-00003-e000001-s000001.log");
  const auto sound = testing::read_file(file);
  const auto used = sound.find_last_not_of('\0') + 1;
  ASSERT_GT(used, 4096u);
  for (std::uint64_t at = 16; at < used; at += 331) {
    testing::damage_file(file, at);
    EXPECT_EQ(run_command({"log", "verify", data}).code, 7) << "byte " << at;
    testing::damage_file(file, at);
  }
  EXPECT_EQ(testing::read_file(file), sound);
}

TEST_F(log_test, a_torn_end_is_a_notice_and_no_damage) {
  const auto data = testing::make_kept_store(folder);
  // As if a flush had been broken off: bytes well behind the last frame, that nobody witnesses.
  const auto file = segment(data, "shard-00001-e000001-s000001.log");
  const auto used = testing::read_file(file).find_last_not_of('\0');
  testing::damage_file(file, used + 4096);
  auto words = run_command({"log", "verify", data});
  EXPECT_EQ(words.code, 0) << words.out << words.err;
  EXPECT_NE(words.out.find("torn end: " + file), std::string::npos) << words.out;
  EXPECT_NE(words.out.find("sound: ticks 0 to 59"), std::string::npos) << words.out;
}

TEST_F(log_test, a_journal_of_a_newer_tessera_has_a_code_of_its_own) {
  const auto data = testing::make_kept_store(folder, 4);
  const auto file = segment(data, "shard-00000-e000001-s000001.log");
  auto text = testing::read_file(file);
  auto page = std::as_writable_bytes(std::span(text)).first(journal_format::header_bytes);
  journal_format::segment_header header;
  std::memcpy(&header, page.data(), sizeof header);
  header.format_version = journal_format::version + 1;
  header.crc = 0;
  std::memcpy(page.data(), &header, sizeof header);
  header.crc = journal_format::crc_of_page(page);
  std::memcpy(page.data(), &header, sizeof header);
  std::ofstream(file, std::ios::binary) << text;
  auto ended = run_command({"log", "verify", data});
  EXPECT_EQ(ended.code, 10) << ended.out << ended.err;
  EXPECT_NE(ended.err.find(file), std::string::npos) << ended.err;
}

TEST_F(log_test, where_there_is_no_world_all_tools_say_so_and_end_with_14) {
  const auto nothing = folder.path("nothing");
  for (const char* tool : {"list", "show", "stats", "verify"}) {
    auto ended = run_command({"log", tool, nothing});
    EXPECT_EQ(ended.code, 14) << tool;
    EXPECT_NE(ended.err.find(nothing), std::string::npos) << ended.err;
  }
  auto none = run_command({"log"});
  EXPECT_EQ(none.code, 2);
  EXPECT_NE(none.err.find("list, show, stats, verify"), std::string::npos) << none.err;
}

/// A world that runs and is sent commands as fast as it answers.
class busy_world {
public:
  /// Without `world` it goes on with what is kept.
  busy_world(const std::string& world, const std::string& data,
             const std::vector<std::string>& more = {})
    : run_(arguments(world, data, more)) {}

  void send(int count) {
    std::string lines;
    for (int i = 0; i < count; ++i, ++sent_)
      lines += R"({"session":4,"seq":)" + std::to_string(sent_ + 1) +
               R"(,"op":"set","component":"value","target":")" +
               testing::first_of_cell(sent_ % 8, sent_ / 8 % 8) + R"(","value":{"d":)" +
               std::to_string(sent_) + "}}\n";
    send_line(lines);
  }
  void send_line(const std::string& line) const { run_.write(line); }
  int sent() const { return sent_; }
  void kill() const { run_.signal(SIGKILL); }
  void wait() { run_.finish(); }
  testing::command_output stop() {
    run_.signal(SIGINT);
    return run_.finish();
  }

private:
  static std::vector<std::string> arguments(const std::string& world, const std::string& data,
                                            const std::vector<std::string>& more) {
    std::vector<std::string> out{"run",  "--data",     data, "--speed",
                                 "real", "--commands", "-",  "--quiet"};
    if (!world.empty())
      out.push_back(world);
    out.insert(out.end(), more.begin(), more.end());
    return out;
  }

  testing::running_command run_;
  int sent_ = 0;
};

/// Until the data directory is there.
void await(const std::string& data) {
  for (int i = 0; i < 1000 && !std::filesystem::exists(data + "/MANIFEST"); ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
}

/// What `log show --follow --json` prints, checked as it comes: every tick has its hash, once and in order,
/// and every command comes once, in order.
class followed_log {
public:
  explicit followed_log(const std::string& data)
    : run_({"log", "show", data, "--follow", "--json"}) {}

  /// Until that command has come.
  void read_to(int sequence) {
    while (last_ < sequence && !::testing::Test::HasFailure())
      take(run_.read_line());
  }
  /// The rest, after Ctrl-C.
  void stop() {
    run_.signal(SIGINT);
    auto ended = run_.finish();
    EXPECT_EQ(ended.code, 0) << ended.err;
    for (const auto& line : testing::lines_of(ended.out))
      take(line);
  }
  int next_tick() const { return next_tick_; }
  /// Commands whose number is one above that of the one before.
  int in_a_row() const { return in_a_row_; }

private:
  void take(const std::string& line) {
    ASSERT_FALSE(line.empty());
    const auto record = json::parse(line);
    if (record["kind"] == "world_hash") {
      EXPECT_EQ(record["tick"], next_tick_);
      ++next_tick_;
      return;
    }
    for (const auto& one : record["commands"]) {
      const int sequence = one["seq"];
      EXPECT_GT(sequence, last_);
      in_a_row_ += sequence - last_ == 1 ? 1 : 0;
      last_ = sequence;
    }
  }

  testing::running_command run_;
  int next_tick_ = 0;
  int last_ = 0;
  int in_a_row_ = 0;
};

TEST_F(log_test, follow_gives_every_record_of_a_running_world_once_also_across_a_restart) {
  // One shard, so that its log has the commands in the order of their numbers.
  const auto world = folder.write("w.toml", testing::store_world);
  const auto data = folder.path("D");
  busy_world first{world, data, {"--shards", "1x1"}};
  await(data);
  followed_log follow{data};
  for (int i = 0; i < 200; ++i) {
    first.send(5);
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  follow.read_to(1000);
  EXPECT_EQ(follow.in_a_row(), 1000);
  EXPECT_GT(follow.next_tick(), 50);
  first.kill();
  first.wait();
  busy_world second{"", data};
  second.send_line(R"({"session":4,"seq":5000,"op":"despawn","target":")" +
                   testing::first_of_cell(0, 0) + "\"}\n");
  follow.read_to(5000);
  EXPECT_EQ(follow.in_a_row(), 1000);
  second.stop();
  follow.stop();
}

TEST_F(log_test, tools_read_a_directory_that_a_running_world_writes_and_one_that_was_killed) {
  const auto world = folder.write("w.toml", testing::store_world);
  const auto data = folder.path("D");
  busy_world busy{world, data};
  await(data);
  std::atomic<bool> enough = false;
  std::thread sender([&] {
    while (!enough) {
      busy.send(10);
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  });
  for (int i = 0; i < 15; ++i) {
    for (const char* tool : {"list", "stats", "verify"}) {
      auto ended = run_command({"log", tool, data});
      EXPECT_EQ(ended.code, 0) << tool << ended.out << ended.err;
    }
    auto exported = run_command({"export", data});
    EXPECT_EQ(exported.code, 0) << exported.err;
  }
  enough = true;
  sender.join();
  busy.kill();
  auto verified = run_command({"log", "verify", data});
  EXPECT_EQ(verified.code, 0) << verified.out << verified.err;
  EXPECT_EQ(run_command({"log", "show", data}).code, 0);
}

} // namespace
} // namespace tessera
